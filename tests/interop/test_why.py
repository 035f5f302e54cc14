"""`callcenter why` and `replay` beside a daemon that serves calls of SIPp."""

import json

from tests.support.daemon import Daemon, run_command
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite
from tests.support.records import cdr_of
from tests.support.sipp import Sipp, registered_phone


def _ask(site: LiveSite, *arguments: str) -> str:
    code, out, err = run_command(*arguments, "--config", str(site.file), cwd=site.folder)
    assert code == 0, err
    return out


async def test_a_served_call_is_explained_and_all_decisions_repeat(
    site: LiveSite, daemon: Daemon
) -> None:
    async with (
        registered_phone(site, "phone_answers") as phone,
        desk(site) as agent,
        Sipp(site, "exchange_hangs_up", user="13800300") as caller,
    ):
        answered = await agent.wait_for("call.answered")
        await agent.hangup(answered.call_id)
        await caller.passed()
        await phone.passed()
    cdr, _ = await cdr_of(site, "13800300")

    story = json.loads(_ask(site, "why", cdr.call_id, "--json"))
    assert story["differs"] == 0
    assert [each["what"] for each in story["moments"]] == ["queued", "offer", "accepted", "ended"]
    offer = story["moments"][1]
    assert (offer["agent_id"], offer["rank"]) == ("1001", 1)
    assert {each["agent_id"]: each["verdict"] for each in offer["standings"]} == {"1001": "offered"}
    assert "1001 answered" in _ask(site, "why", cdr.call_id, "--agent", "1001")
    assert ": same" in _ask(site, "replay")
