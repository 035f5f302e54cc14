"""One whole call with PostgreSQL behind the daemon."""

from callcenter.demo.softphone import Softphone
from tests.support.daemon import NewDaemon
from tests.support.live_desk import desk
from tests.support.live_site import NewSite
from tests.support.records import cdr_of, recording_of, records


async def test_a_call_is_written_to_postgresql(
    new_site: NewSite, new_daemon: NewDaemon, postgres_url: str
) -> None:
    daemon = new_daemon(new_site(url=postgres_url))
    site = daemon.site
    async with (
        Softphone(site.exchange(), "8001", password="phone-8001") as phone,
        desk(site) as agent,
        Softphone(site.exchange(), "13800001") as caller,
    ):
        call = await caller.call("4001")
        handset = await phone.incoming()
        handset.answer()
        call_id = (await agent.wait_for("call.answered")).call_id
        await handset.listen(0.5)
        await agent.hangup(call_id)
        await call.ended()
    daemon.stop()

    cdr, segments = await cdr_of(site, "13800001")
    assert (cdr.call_id, cdr.cause, cdr.agent_id) == (call_id, "hangup", "1001")
    assert [segment.kind for segment in segments] == ["ivr", "wait", "ring", "talk"]
    assert (await recording_of(site, call_id)).path == cdr.recording
    async with records(site) as store:
        log = await store.agent_log.list("1001")
    assert [entry.event for entry in reversed(log)][:2] == ["login", "state"]
    assert log[0].event == "logout"
