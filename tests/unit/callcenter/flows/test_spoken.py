"""What flows say, as the prompt library knows it."""

import ivr
from callcenter.flows.spoken import prompts_of, spoken
from callcenter.routing.numbers import NumberPlan
from callcenter.settings import loads
from callcenter.speech.prompt import File, Text, Tone

SITE = """
[sip]
listen = ["udp:127.0.0.1:5060"]
domain = "site"
[media]
address = "127.0.0.1"
[[queue]]
name = "sales"
skills = {}
[[queue]]
name = "support"
skills = {}
[[number]]
dnis = "4000"
flow = "welcome"
[[number]]
dnis = "4001"
queue = "sales"
"""


def test_texts_and_files() -> None:
    assert spoken(ivr.TextPrompt("Hello", "en")) == Text("Hello", "en")
    assert spoken(ivr.FilePrompt("hello.wav")) == File("hello.wav")


def test_everything_a_site_may_say_is_known_beforehand_the_first_needed_first() -> None:
    settings = loads(SITE, "site.toml", {})
    plan = NumberPlan(settings.numbers, ivr.load_flows(settings.ivr.flows_folder))
    prompts = list(prompts_of(plan, settings))

    assert prompts[:3] == [
        Tone("music"),
        Tone("beep"),
        Text("Welcome, and thank you for calling.", "en"),
    ]
    assert Text("at your service.", "en") in prompts
    assert Text("7", "en") in prompts
    assert len(prompts) == len(set(prompts))
