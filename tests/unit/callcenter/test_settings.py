from pathlib import Path

import pytest

from callcenter.settings import CarrierHost, HostPort, Settings, SettingsError, load, loads
from ivr.targets import ToHangUp, ToVoicemail
from sip.stack import make_transport

SITE = """\
[sip]
listen = ["udp:127.0.0.1:5060", "tcp:[::1]:5060"]
domain = "pbx.example"
[media]
address = "127.0.0.1"
[[trunk]]
name = "carrier"
hosts = ["127.0.0.1:5070", "192.0.2.7"]
[[queue]]
name = "sales"
skills = { sales = 2 }
[[number]]
dnis = "4001"
queue = "sales"
[[seat]]
seat_no = "8001"
password = "phone-8001"
[[agent]]
agent_id = "1001"
name = "Ann"
password = "agent-1001"
skills = { sales = 5 }
"""
BASE = SITE.count("\n")


def read(text: str, **environ: str) -> Settings:
    return loads(text, "site.toml", environ)


def problems(text: str, **environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(text, **environ)
    return [str(problem) for problem in caught.value.problems]


def warnings(text: str) -> list[str]:
    return [str(problem) for problem in read(text).warnings]


def changed(old: str, new: str) -> str:
    assert SITE.count(old) == 1
    return SITE.replace(old, new)


def test_the_shipped_sample_is_valid_and_means_what_it_says() -> None:
    settings = load(Path("config/site.toml"), environ={})
    assert settings.warnings == ()
    assert [str(address) for address in settings.sip.listen] == [
        "udp:127.0.0.1:5060",
        "tcp:127.0.0.1:5060",
    ]
    assert settings.agent_proto.listen == HostPort("127.0.0.1", 7400)
    sales, support = settings.queues
    assert (sales.name, sales.skills, sales.max_wait, sales.on_timeout) == (
        "sales",
        {"sales": 1},
        20.0,
        ToVoicemail(),
    )
    assert (support.max_wait, support.on_timeout, support.ring_timeout) == (600.0, ToHangUp(), 10.0)
    assert {number.dnis: number.queue or number.flow for number in settings.numbers} == {
        "4000": "welcome",
        "4001": "sales",
        "4002": "support",
    }
    assert [seat.seat_no for seat in settings.seats if seat.answer_mode == "protocol"] == ["8004"]
    assert [agent.name for agent in settings.agents if agent.agent_class == "supervisor"] == ["Eva"]


@pytest.mark.parametrize(
    "address",
    [
        "udp:0.0.0.0:5062 advertise 203.0.113.7:5070",
        "udp:[::]:5060 advertise [2001:db8::1]:5060",
        "udp:[::]:5060 advertise pbx.example",
        "ws:127.0.0.1:8088 advertise pbx.example:80",
    ],
)
def test_what_is_advertised_is_understood_by_the_stack(address: str) -> None:
    settings = read(changed('"tcp:[::1]:5060"', f'"{address}"'))
    assert str(settings.sip.listen[1]) == address
    assert make_transport(address).local.transport == settings.sip.listen[1].transport


def test_files_of_certificates_must_be_there(tmp_path: Path) -> None:
    tls = changed('"tcp:[::1]:5060"', '"tls:[::1]:5061"') + '[tls]\ncertificate = "no.pem"\n'
    assert problems(tls) == [f"site.toml:{BASE + 2}: tls.certificate: there is no file no.pem"]
    there = tmp_path / "cert.pem"
    there.touch()
    assert read(tls.replace("no.pem", str(there))).tls.certificate == there


def test_addresses_are_parsed_and_written_back() -> None:
    settings = read(SITE)
    assert [str(address) for address in settings.sip.listen][1] == "tcp:[::1]:5060"
    carrier = settings.trunks[0]
    assert carrier.hosts == (CarrierHost("127.0.0.1", 5070), CarrierHost("192.0.2.7", 0))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # key, value and type of single settings
        ('domain = "pbx.example"', "", "site.toml:1: sip.domain: is required"),
        ('domain = "pbx.example"', 'domain = ""', "site.toml:3: sip.domain: must not be empty"),
        (
            'domain = "pbx.example"',
            'domain = "pbx example"',
            "site.toml:3: sip.domain: 'pbx example' is not a host name or an IP address",
        ),
        (
            'domain = "pbx.example"',
            'domain = "x"\nuser_agent = "me\\r\\nX: y"',
            "site.toml:4: sip.user_agent: must be one line of printable text",
        ),
        (
            'domain = "pbx.example"',
            'domain = "x"\nt1 = true',
            "site.toml:4: sip.t1: must be a number, not true or false",
        ),
        (
            'domain = "pbx.example"',
            'domain = "x"\nt1 = 2.0\nt2 = 1',
            "site.toml:5: sip.t2: must not be less than t1",
        ),
        (
            'domain = "pbx.example"',
            'domain = "x"\nmin_expires = 4000',
            "site.toml:1: sip.max_expires: must not be less than min_expires",
        ),
        (
            'domain = "pbx.example"',
            'domain = "x"\nsession_expires = 600\nmin_se = 900',
            "site.toml:5: sip.min_se: must not be more than session_expires",
        ),
        (
            'domain = "pbx.example"',
            'domain = "x"\nreliable_provisionals = "never"',
            "site.toml:4: sip.reliable_provisionals: 'never' is unknown; "
            "choose on_demand or if_supported or required",
        ),
        (
            "[[queue]]",
            '[routing]\ncountry = "XX"\n[[queue]]',
            "site.toml:10: routing.country: 'XX' is not a country's two letters (ISO 3166)",
        ),
        (
            '"tcp:[::1]:5060"',
            '"sctp:127.0.0.1:5061"',
            "site.toml:2: sip.listen[1]: "
            'must be text like "udp:127.0.0.1:5060" or "tls:127.0.0.1:5061"',
        ),
        (
            '"tcp:[::1]:5060"',
            '"wss:127.0.0.1:443"',
            "site.toml:2: sip.listen[1]: needs tls.certificate",
        ),
        (
            '"tcp:[::1]:5060"',
            '"ws:127.0.0.1:7400"',
            "site.toml: agent_proto.listen: takes tcp port 7400, which sip takes too",
        ),
        (
            '"tcp:[::1]:5060"',
            '"udp:10.0.0.5:5060 advertise [2001:db8::1]"',
            "site.toml:2: sip.listen[1]: "
            "'2001:db8::1' is not of the IP version that is listened on",
        ),
        (
            '"tcp:[::1]:5060"',
            '"udp:10.0.0.5:5060 advertise not/a/host"',
            "site.toml:2: sip.listen[1]: 'not/a/host' is neither an IP address nor a host name",
        ),
        (
            '"tcp:[::1]:5060"',
            '"udp:10.0.0.5:5060 advertise pbx.example:0"',
            "site.toml:2: sip.listen[1]: '0' is not a port (1 to 65535)",
        ),
        (
            '"tcp:[::1]:5060"',
            '"tcp:127.0.0.1:70000"',
            "site.toml:2: sip.listen[1]: '70000' is not a port (0 to 65535)",
        ),
        (
            '"tcp:[::1]:5060"',
            '"tcp:127.0.0.1"',
            "site.toml:2: sip.listen[1]: '127.0.0.1' lacks a port: write IP:PORT",
        ),
        (
            '"tcp:[::1]:5060"',
            '"udp:127.0.0.1:5060"',
            "site.toml:2: sip.listen: address udp:127.0.0.1:5060 is named twice",
        ),
        (
            'address = "127.0.0.1"',
            'address = "0.0.0.0"',
            "site.toml:5: media.address: "
            "'0.0.0.0' cannot be told to a phone as the place to send its voice to",
        ),
        (
            'address = "127.0.0.1"',
            'address = "127.0.0.1"\nrtp_ports = [30001, 39999]',
            "site.toml:6: media.rtp_ports: must begin with an even port (RFC 3550 §11), not 30001",
        ),
        (
            'address = "127.0.0.1"',
            'address = "127.0.0.1"\nrtp_ports = [30000, 20000]',
            "site.toml:6: media.rtp_ports: must be [first, last] with first less than last",
        ),
        (
            'address = "127.0.0.1"',
            'address = "127.0.0.1"\nrtp_ports = [5000, 6001]',
            "site.toml:6: media.rtp_ports: holds port 5060, which sip.listen takes",
        ),
        (
            '"127.0.0.1:5070"',
            '"carrier..example:5070"',
            "site.toml:8: trunk[carrier].hosts[0]: "
            "'carrier..example' is not an IP address or a host name",
        ),
        (
            '"127.0.0.1:5070"',
            '"carrier.example:x"',
            "site.toml:8: trunk[carrier].hosts[0]: 'x' is not a port (0 to 65535)",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\ndirection = "sideways"',
            "site.toml:9: trunk[carrier].direction: "
            "'sideways' is unknown; choose both or in or out",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\nregister = true',
            "site.toml:9: trunk[carrier].register: needs user and password",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\npassword = "x"',
            "site.toml:9: trunk[carrier].password: user and password belong together",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\ncalled_out = [{ prefix = "0", strip = 99 }]',
            "site.toml:9: trunk[carrier].called_out[0].strip: must be less than or equal to 32",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\n[[route]]\nname = "r"\ntrunks = ["carier"]',
            "site.toml:11: route[r].trunks[0]: there is no trunk or group 'carier'; "
            "did you mean 'carrier'?",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\ndirection = "in"\n[[route]]\nname = "r"\ntrunks = ["carrier"]',
            "site.toml:12: route[r].trunks[0]: 'carrier' takes no calls out",
        ),
        (
            "{ sales = 2 }",
            "{ sales = 11 }",
            "site.toml:11: queue[sales].skills.sales: must be less than or equal to 10",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nstrategy = "loudest"',
            "site.toml:12: queue[sales].strategy: 'loudest' is unknown; choose longest_idle or "
            "fewest_contacts or most_skilled or least_skilled or least_occupied or round_robin or "
            "ranked or random or ring_all",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nidle_time = "ever"',
            "site.toml:12: queue[sales].idle_time: "
            "'ever' is unknown; choose state_change or contact or available",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nstrategy = "ranked"',
            "site.toml:12: queue[sales].strategy: 'ranked' needs a ranking",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nranking = ["1001", "101"]',
            "site.toml:12: queue[sales].ranking: there is no agent '101'; did you mean '1001'?",
        ),
        (
            "{ sales = 2 }",
            "{ sales = 2 }\nsteps = [{ after = 20, skills = { sales = 3 } }]",
            "site.toml:12: queue[sales].steps: "
            "step 1: skill 'sales' at level 3 asks for more than before",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nsteps = [{ after = 20, queues = ["salse"] }]',
            "site.toml:12: queue[sales].steps[0].queues: "
            "there is no queue 'salse'; did you mean 'sales'?",
        ),
        (
            "{ sales = 2 }",
            "{ sales = 2 }\nmax_wait = inf",
            "site.toml:12: queue[sales].max_wait: must be a finite number",
        ),
        (
            "{ sales = 2 }",
            "{ sales = 2 }\nmaxwait = 20",
            "site.toml:12: queue[sales].maxwait: is not a known key; did you mean 'max_wait'?",
        ),
        (
            'dnis = "4001"',
            "dnis = 4001",
            'site.toml:13: number[4001].dnis: must be text: write it in quotes, like "4001"',
        ),
        (
            'seat_no = "8001"',
            'seat_no = "80"',
            "site.toml:16: seat[80].seat_no: '80' is not a seat number (3 to 6 digits)",
        ),
        (
            'seat_no = "8001"',
            'seat_no = "8001"\nkind = "webrtc"\nanswer_mode = "phone"',
            "site.toml:18: seat[8001].answer_mode: a browser's voice is connected once: kind "
            "'webrtc' is 'nailed_up'",
        ),
        (
            'seat_no = "8001"',
            'seat_no = "8001"\nforward_busy = "8x"',
            "site.toml:17: seat[8001].forward_busy: '8x' is not a target; write hangup, busy, "
            "voicemail, voicemail:BOX, queue:NAME, flow:NAME or number:DIGITS; or a number to dial",
        ),
        ('name = "Ann"\n', "", "site.toml:18: agent[1001].name: is required"),
        (
            'name = "Ann"',
            'name = "Ann"\nclass = "boss"',
            "site.toml:21: agent[1001].class: 'boss' is unknown; choose agent or supervisor",
        ),
        # between keys and tables
        (
            'queue = "sales"',
            "",
            "site.toml:12: number[4001]: must name a queue, a flow or an extension",
        ),
        (
            'queue = "sales"',
            'queue = "salse"',
            "site.toml:14: number[4001].queue: there is no queue 'salse'; did you mean 'sales'?",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\non_timeout = "voice mail"',
            "site.toml:12: queue[sales].on_timeout: 'voice mail' is not a target; "
            "did you mean 'voicemail'?",
        ),
        (
            "{ sales = 2 }",
            "{ sales = 2 }\non_no_agents = 20",
            "site.toml:12: queue[sales].on_no_agents: must be text: "
            "hangup, busy, voicemail, voicemail:BOX, queue:NAME, flow:NAME or number:DIGITS",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\non_timeout = "queue:salse"',
            "site.toml:12: queue[sales].on_timeout: "
            "there is no queue 'salse'; did you mean 'sales'?",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\non_timeout = "queue:sales"',
            "site.toml:12: queue[sales].on_timeout: leads back to the queue itself",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nmusic = "no/such.wav"',
            "site.toml:12: queue[sales].music: there is no file no/such.wav in speech.prompts",
        ),
    ],
)
def test_a_mistake_is_told_with_file_line_key_and_reason(old: str, new: str, expected: str) -> None:
    assert problems(changed(old, new)) == [expected]


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (
            '[[seat]]\nseat_no = "8001"\npassword = "x"',
            f"site.toml:{BASE + 2}: seat[8001].seat_no: '8001' is already taken by another seat",
        ),
        (
            '[http]\nlisten = "0.0.0.0:7400"',
            f"site.toml:{BASE + 2}: http.listen: takes tcp port 7400, which agent_proto takes too",
        ),
        ("[sup]\n", f"site.toml:{BASE + 1}: sup: is not a known key; did you mean 'sip'?"),
        ("[speech]\n[ivr]\n[voice]", f"site.toml:{BASE + 3}: voice: is not a known key"),
        (
            "[daemon]\ndrain_s = -1",
            f"site.toml:{BASE + 2}: daemon.drain_s: must be greater than or equal to 0",
        ),
        (
            '[ivr]\nflows = "no/such"',
            f"site.toml:{BASE + 2}: ivr.flows: there is no folder no/such",
        ),
        (
            '[speech]\nprompts = "no/such"',
            f"site.toml:{BASE + 2}: speech.prompts: there is no folder no/such",
        ),
    ],
)
def test_a_mistaken_table_is_told(added: str, expected: str) -> None:
    assert problems(SITE + added) == [expected]


def test_every_mistake_is_told_in_the_order_of_the_file() -> None:
    text = (
        SITE.replace('domain = "pbx.example"', "domain = 5")
        .replace("{ sales = 2 }", '{ sales = 0 }\non_timeout = "queue:x"')
        .replace('password = "agent-1001"', "")
    )
    assert [line.split(": ")[:2] for line in problems(text)] == [
        ["site.toml:3", "sip.domain"],
        ["site.toml:11", "queue[sales].skills.sales"],
        ["site.toml:12", "queue[sales].on_timeout"],
        ["site.toml:19", "agent[1001].password"],
    ]


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """A folder of flows whose `menu` leads to `bye`."""
    menu = "start: a\nnodes:\n  a:\n    kind: flow\n    flow: bye\n"
    (tmp_path / "menu.yaml").write_text(menu)
    (tmp_path / "bye.yaml").write_text("start: a\nnodes:\n  a:\n    kind: hangup\n")
    return tmp_path


def test_a_number_leads_to_a_queue_or_a_flow_but_not_to_both(flows: Path) -> None:
    ivr = f'[ivr]\nflows = "{flows}"\n'
    assert read(ivr + changed('queue = "sales"', 'flow = "menu"')).numbers[0].flow == "menu"
    assert problems(ivr + changed('queue = "sales"', 'queue = "sales"\nflow = "menus"')) == [
        "site.toml:17: number[4001].flow: must not stand beside a queue: a number leads to one",
        "site.toml:17: number[4001].flow: there is no flow 'menus'; did you mean 'menu'?",
    ]


def test_mistakes_in_the_site_s_own_flows_come_after_those_in_the_site(flows: Path) -> None:
    (flows / "bye.yaml").write_text(
        "start: a\nnodes:\n  a:\n    kind: queue\n    queue: salse\n  b:\n    kind: hangup\n"
    )
    found = problems(
        f'[ivr]\nflows = "{flows}"\n' + changed('domain = "pbx.example"', "domain = 1")
    )
    assert [line.split(": ")[0] for line in found] == [
        "site.toml:5",
        f"{flows}/bye.yaml:5",
        f"{flows}/bye.yaml:6",
    ]
    assert "there is no queue 'salse'; did you mean 'sales'?" in found[1]


def test_shipped_flows_are_checked_where_the_site_leads_to_them() -> None:
    assert read(SITE).queues[0].name == "sales"  # though the shipped menu wants a queue of support
    (found,) = problems(changed("{ sales = 2 }", '{ sales = 2 }\non_timeout = "flow:welcome"'))
    assert "welcome.yaml" in found
    assert "there is no queue 'support'" in found


def test_prompt_files_are_looked_for_in_the_folder_of_prompts(flows: Path, tmp_path: Path) -> None:
    play = "start: a\nnodes:\n  a:\n    kind: hangup\n    prompt:\n      file: bye.wav\n"
    (flows / "bye.yaml").write_text(play)
    text = f'[ivr]\nflows = "{flows}"\n[speech]\nprompts = "{tmp_path}"\n' + SITE
    (found,) = problems(text)
    assert "there is no file 'bye.wav'" in found
    (tmp_path / "bye.wav").touch()
    assert read(text).warnings == ()


@pytest.mark.parametrize("secret", ["'phone-8001'", "80018001", "['phone-8001']"])
def test_secrets_are_never_shown(secret: str) -> None:
    broken = changed('password = "phone-8001"', f"password = {secret}\nkind = 'x'")
    shown = "\n".join(problems(broken))
    assert "seat[8001].kind" in shown
    assert "phone-8001" not in shown
    assert "80018001" not in shown


def test_a_database_url_is_secret_too() -> None:
    mysql = '[store]\nurl = "mysql://root:hunter2@db/x"\n'
    assert problems(SITE + mysql) == [
        f"site.toml:{BASE + 2}: store.url: "
        "must begin with sqlite+aiosqlite:// or postgresql+asyncpg://"
    ]
    postgresql = '[store]\nurl = "postgresql+asyncpg://root:hunter2@db/x"\n'
    settings = read(SITE + postgresql)
    assert "hunter2" not in repr(settings)
    assert "phone-8001" not in repr(settings)
    assert settings.store.url.get_secret_value() == "postgresql+asyncpg://root:hunter2@db/x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[sip]\nlisten = \n", "site.toml:2: syntax: "),
        ("[sip]\n[sip]\n", "site.toml:2: syntax: "),
        ("a = [", "site.toml: syntax: "),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(text: str, expected: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(expected)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read: No such file or directory"), (b"\xff", "is not UTF-8 text (byte 0)")],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    site = tmp_path / "site.toml"
    if content is not None:
        site.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load(site, environ={})
    assert str(caught.value) == f"{site}: file: {reason}"


def test_arrays_of_tables_must_be_written_as_such() -> None:
    text = 'seat = "8001"\n' + SITE.replace("[[seat]]", "[seats]")
    assert problems(text) == [
        "site.toml:1: seat: must be an array of tables: write [[seat]]",
        "site.toml:16: seats: is not a known key; did you mean 'seat'?",
    ]


def test_the_environment_overrides_the_file() -> None:
    settings = read(
        SITE,
        CALLCENTER__SIP__DOMAIN="other.example",
        CALLCENTER__SIP__LISTEN='["udp:127.0.0.1:0"]',
        CALLCENTER__AGENT_PROTO__HEARTBEAT_S="5",
        CALLCENTER__QUEUE__0__ANNOUNCE_AGENT="false",
        CALLCENTER__SEAT__0__PASSWORD="123456",
        UNRELATED="1",
    )
    assert settings.sip.domain == "other.example"
    assert [str(address) for address in settings.sip.listen] == ["udp:127.0.0.1:0"]
    assert settings.agent_proto.heartbeat_s == 5.0
    assert settings.queues[0].announce_agent is False
    assert settings.seats[0].model_dump()["password"].get_secret_value() == "123456"


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("CALLCENTER__SIP__T1", "soon", "must be a number"),
        ("CALLCENTER__SIP__DOMIAN", "x", "is not a known key; did you mean 'domain'?"),
        ("CALLCENTER__SIP__LISTEN", "[", "is not a valid TOML value"),
        ("CALLCENTER__SEAT__7__PASSWORD", "x", "names nothing that the file has"),
        ("CALLCENTER__SEAT__X__PASSWORD", "x", "names nothing that the file has"),
        ("CALLCENTER__", "x", "names nothing that the file has"),
        ("CALLCENTER__NUMBER__0__QUEUE", "x", "there is no queue 'x'"),
    ],
)
def test_a_mistaken_variable_is_told_by_its_name(variable: str, value: str, reason: str) -> None:
    assert problems(SITE, **{variable: value}) == [f"environment: {variable}: {reason}"]


def test_what_works_but_is_hardly_meant_is_a_warning() -> None:
    assert warnings(SITE) == []
    assert warnings(changed("{ sales = 2 }", "{ sales = 6 }")) == [
        "site.toml:11: queue[sales].skills.sales: no agent reaches level 6"
    ]
    second = '[[trunk]]\nname = "second"\nhosts = ["192.0.2.7"]\n'
    assert warnings(SITE + second) == [
        f"site.toml:{BASE + 3}: trunk[second].hosts[0]: "
        "calls in from 192.0.2.7 will count as trunk 'carrier'"
    ]
    secure = '[[trunk]]\nname = "second"\nhosts = ["192.0.2.9"]\ntransport = "tls"\n'
    assert warnings(SITE + secure) == [
        f"site.toml:{BASE + 4}: trunk[second].transport: "
        "takes no calls out: nothing in sip.listen speaks tls"
    ]
    sixth = '[[trunk]]\nname = "second"\nhosts = ["[2001:db8::9]"]\n'
    assert warnings(SITE + sixth) == [
        f"site.toml:{BASE + 3}: trunk[second].hosts: "
        "takes no calls out: nothing in sip.listen speaks udp over IPv6"
    ]
    few = 'address = "127.0.0.1"\nrtp_ports = [30000, 30099]'
    assert warnings(changed('address = "127.0.0.1"', few)) == [
        "site.toml:6: media.rtp_ports: has 100 ports, but the trunks' calls may need 120"
    ]
