"""`callcenter trace` and its like beside a daemon that serves calls of SIPp."""

import asyncio
import json
import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.daemon import NewDaemon, run_command
from tests.support.live_desk import desk
from tests.support.live_site import LiveSite, NewSite
from tests.support.ports import free_port, is_served
from tests.support.records import cdr_of
from tests.support.rtp import RtpEndpoint
from tests.support.sipp import Sipp, registered_phone, run


def tshark(file: Path, sip_port: int, fields: Sequence[str]) -> str:
    """Those fields of every packet, a line each."""
    checks = ("-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE")
    wanted = [part for field in fields for part in ("-e", field)]
    return subprocess.run(
        ["tshark", "-r", file, "-d", f"udp.port=={sip_port},sip", *checks, "-T", "fields", *wanted],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def trace(site: LiveSite, *arguments: str) -> str:
    code, out, err = run_command("trace", *arguments, "--config", str(site.file), cwd=site.folder)
    assert code == 0, err
    return out


async def written(site: LiveSite, text: str, *arguments: str, times: int = 1) -> None:
    """Until `trace` shows that text so often: what it reads is written half a second behind."""
    shown = ""
    async with asyncio.timeout(30):
        while shown.count(text) < times:
            command = ("trace", *arguments, "--config", str(site.file))
            _, shown, _ = await asyncio.to_thread(run_command, *command, cwd=site.folder)


async def called(site: LiveSite, ani: str) -> str:
    """A call of SIPp that an agent answers and ends; its call id."""
    async with (
        RtpEndpoint(440) as mouth,
        RtpEndpoint(620) as headset,
        registered_phone(site, "phone_answers", rtp_port=headset.port) as phone,
        desk(site) as agent,
        Sipp(site, "exchange_hangs_up", user=ani, rtp_port=mouth.port) as caller,
    ):
        answered = await agent.wait_for("call.answered")
        await mouth.hears(620)
        await agent.hangup(answered.call_id)
        await caller.passed()
        await phone.passed()
    cdr, _ = await cdr_of(site, ani)
    await written(site, "200 OK (BYE)", cdr.call_id, times=2)
    return cdr.call_id


async def test_a_call_is_seen_from_both_its_ends(site: LiveSite, tmp_path: Path) -> None:
    call_id = await called(site, "13800200")

    ladder = trace(site, "13800200")

    once = "\n".join(line for line in ladder.splitlines() if "  again" not in line)
    labels = re.findall(r"[◀─] (INVITE|ACK|BYE|CANCEL|[1-6]\d\d [^─▶]*?) [─▶]", once)
    assert labels[:2] == ["INVITE", "180 Ringing"]
    assert labels.count("INVITE") == 2
    assert labels.count("200 OK") == 2
    assert labels.count("ACK") == 2
    assert labels.count("BYE") == 2
    assert labels.count("200 OK (BYE)") == 2
    assert f"call {call_id}: 13800200 → 4001" in ladder
    assert re.search(r"trunk carrier +callcenter +seat 8001", ladder)
    assert "PCMA" in ladder
    assert "offered to agent 1001 at seat 8001" in ladder
    assert re.search(r"voice of trunk carrier: [1-9]\d* packets in, [1-9]\d* out, 0 lost", ladder)
    assert "call ends: hangup by agent, 200" in ladder

    told = json.loads(trace(site, call_id, "--json"))
    assert len(told["legs"]) == 2
    invites = [row for row in told["rows"] if row.get("label") == "INVITE" and not row["repeated"]]
    assert [row["direction"] for row in invites] == ["received", "sent"]
    assert call_id in trace(site, "--list", "--number", "13800200")
    assert "Call-ID: " in trace(site, call_id, "--raw")


async def test_wireshark_reads_what_is_exported(site: LiveSite, tmp_path: Path) -> None:
    call_id = await called(site, "13800201")
    file = tmp_path / "call.pcap"
    trace(site, call_id, "--pcap", str(file))

    fields = ("udp.srcport", "ip.checksum.status", "udp.checksum.status", "sip.Method")
    seen = await asyncio.to_thread(tshark, file, site.sip_port, fields)
    rows = [line.split("\t") for line in seen.splitlines()]
    assert {(row[1], row[2]) for row in rows} == {("1", "1")}
    kept = [row for row in json.loads(trace(site, call_id, "--json"))["rows"] if "label" in row]
    labels = [row["label"] for row in kept if row["label"].isalpha()]
    assert labels.count("INVITE") >= 2
    assert [row[3] for row in rows if row[3]] == labels
    assert len(rows) == len(kept)
    assert any(row[0] == str(site.sip_port) for row in rows)


async def test_a_collector_of_other_make_reads_what_is_mirrored(
    new_site: NewSite, new_daemon: NewDaemon, tmp_path: Path
) -> None:
    """sngrep decodes our HEPv3, writes what was inside as pcap, and Wireshark reads that."""
    port, file = free_port(), tmp_path / "collected.pcap"
    listening = ("-L", f"udp:127.0.0.1:{port}", "-O", str(file))
    sngrep = await asyncio.create_subprocess_exec(
        "sngrep", "-F", "-N", "-q", *listening, stdin=subprocess.DEVNULL
    )
    try:
        for _ in range(1000):
            if is_served(port):
                break
            await asyncio.sleep(0.02)
        site = new_site(more=f'[trace]\nhep = "udp:127.0.0.1:{port}"\n')
        daemon = new_daemon(site)
        call_id = await called(site, "13800205")
        kept = json.loads(trace(site, call_id, "--json"))["rows"]
        daemon.stop()
    finally:
        sngrep.terminate()
        await sngrep.wait()
    fields = ("udp.srcport", "sip.CSeq.method", "sip.Call-ID", "sip.Status-Code")
    seen = await asyncio.to_thread(tshark, file, site.sip_port, fields)
    rows = [line.split("\t") for line in seen.splitlines()]
    mirrored = {(row[2], row[1], row[3]) for row in rows}
    assert {method for _, method, _ in mirrored} >= {"REGISTER", "INVITE", "ACK", "BYE"}
    assert any(row[0] == str(site.sip_port) for row in rows), "ours"
    assert any(row[0] != str(site.sip_port) for row in rows), "theirs"
    statuses = [row["label"].split()[0] for row in kept if row.get("label", "")[:1].isdigit()]
    assert set(statuses) <= {status for _, _, status in mirrored}
    assert len(rows) >= sum("label" in row for row in kept)


async def test_who_is_refused_is_seen_too(site: LiveSite) -> None:
    await run(site, "refused_404", number="9999", user="13800202")

    await written(site, "404 Not Found", "--list", "--number", "13800202")
    listed = trace(site, "--list", "--number", "13800202")
    [line] = [line for line in listed.splitlines() if "13800202" in line]
    sip_call_id = line.split()[2]
    assert "INVITE" in trace(site, sip_call_id)


async def test_digests_are_struck_out(site: LiveSite) -> None:
    await called(site, "13800203")
    everything = "".join(
        path.read_bytes().decode("utf-8", "replace")
        for path in (site.folder / "var" / "trace").glob("*.sip")
    )
    [sip_call_id, *_] = re.findall(
        r"REGISTER [^\0]*?Call-ID: (\S+)\r\n[^\0]*?response=", everything
    )
    shown = trace(site, sip_call_id, "--raw")
    assert re.search(r'response="?\*{32}', shown)
    assert not re.search(r'response="?[0-9a-f]{32}', shown)


def test_an_unknown_call_is_one_clear_line(site: LiveSite) -> None:
    code, out, err = run_command(
        "trace", "nobody-knows", "--config", str(site.file), cwd=site.folder
    )
    assert (code, out) == (2, "")
    assert "no such call" in err
    assert len(err.splitlines()) == 1


async def test_the_running_daemon_is_asked(site: LiveSite) -> None:
    def ask(*arguments: str) -> str:
        code, out, err = run_command(*arguments, "--config", str(site.file), cwd=site.folder)
        assert code == 0, err
        return out

    async with registered_phone(site, "phone_answers"), desk(site):
        status = json.loads(ask("status", "--json"))
        assert (status["seats"]["registered"], status["agents"]["signed_in"]) == (1, 1)
        assert {trunk["name"] for trunk in status["trunks"]} == {"carrier", "narrow"}
        assert f"1 of {status['seats']['all']} registered" in ask("status")
        assert "8001" in ask("registrations")
        assert "narrow" in ask("trunks")
        assert "0 rooms" in ask("media")
        assert json.loads(ask("media", "--json"))["ports"] == []
        counted = json.loads(ask("counters", "--json"))
        assert counted["requests_received"]["REGISTER"] > 0
        assert "# TYPE callcenter_sip_requests_total counter" in ask("counters", "--prometheus")


async def test_neither_a_second_daemon_nor_a_kill_takes_the_socket_for_good(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    def answers(site: LiveSite) -> int:
        code, out, err = run_command("status", "--json", cwd=site.folder)
        assert code == 0, err
        return int(json.loads(out)["pid"])

    first = new_daemon(new_site())
    second = new_daemon(new_site())
    await second.logged("no control socket", level="warning")
    assert answers(first.site) == first.pid
    await run(first.site, "refused_404", number="9999", user="13800204")

    await written(first.site, "404 Not Found", "--list")  # that survives what comes now
    first.signal(signal.SIGKILL)
    await first.exited()
    code, _, err = run_command("status", cwd=first.site.folder)
    assert (code, len(err.splitlines())) == (1, 1)
    third = new_daemon(new_site())
    assert answers(third.site) == third.pid
    assert "404 Not Found" in trace(third.site, "--list", "--number", "13800204")
    for daemon in (second, third):
        daemon.stop()
