"""Who said what to whom, drawn."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from callcenter import events
from callcenter.cli import app
from tests.support.trace_rig import CALL, PHONE, TraceRig, request, response

SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n"
)


def trace(rig: TraceRig, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["trace", "--folder", str(rig.folder), *arguments])


def told(rig: TraceRig, *arguments: str) -> str:
    result = trace(rig, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def rig(tmp_path: Path) -> TraceRig:
    """A call that was repeated, rang at a phone and was given up."""
    rig = TraceRig(tmp_path)
    invite = request("INVITE", "leg-a", "Content-Type: application/sdp", body=SDP)
    rig.message(invite)
    rig.call(legs=[("leg-a", "trunk carrier"), ("leg-b", "seat 8001")])
    rig.now = 0.5
    rig.message(invite)
    rig.message(request("INVITE", "leg-b"), PHONE, sent=True)
    rig.message(response("486 Busy Here", "leg-b", "Reason: Q.850;cause=17"), PHONE)
    rig.message(b"\x1b[2J garbage\r\nCall-ID: leg-b\r\n\r\n", PHONE)
    rig.now = 3.0
    rig.tell(events.LegClosed(3.0, CALL, "leg-a", 90, 100, 10, 2.5))
    rig.tell(events.CallEnded(3.0, CALL, "abandoned", "caller", 487))
    rig.close()
    return rig


def test_a_ladder_has_columns_arrows_repetitions_voice_and_events(rig: TraceRig) -> None:
    lines = told(rig, CALL).splitlines()
    assert re.search(r"trunk carrier +callcenter +seat 8001", lines[1])
    assert re.search(r"udp:10\.0\.0\.9:5060 +udp:10\.0\.1\.1:5060", lines[2])
    arrows = [line for line in lines if re.search("[▶◀]", line)]
    assert re.search(
        r"\+0\.000  │─+ INVITE ─+▶│ +│  13800138000 → 4001  "
        r"PCMA,PCMU,TELEPHONE-EVENT 10\.0\.0\.9:40000 sendonly",
        arrows[0],
    )
    assert re.search(r"\+0\.500  │─+ INVITE ─+▶│ +│  again", arrows[1])
    assert re.search(r"│ +│─+ INVITE ─+▶│", arrows[2])
    assert re.search(r"│ +│◀─+ 486 Busy Here ─+│  Reason: Q.850;cause=17", arrows[3])
    assert "malformed" in arrows[4]
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "voice of trunk carrier: 90 packets in, 100 out, 10 lost (10.0 %), jitter 2.5 ms" in text
    assert "call ends: abandoned by caller, 487" in text


def test_raw_and_json_have_the_whole_messages(rig: TraceRig) -> None:
    assert "    m=audio 40000 RTP/AVP 8 0 101" in told(rig, CALL, "--raw")
    answer = json.loads(told(rig, "4001", "--json"))
    assert answer["legs"] == {"leg-a": "trunk carrier", "leg-b": "seat 8001"}
    messages = [row for row in answer["rows"] if row["event"] == "message"]
    assert [row["repeated"] for row in messages] == [False, True, False, False, False]
    assert "m=audio 40000" in messages[0]["text"]


def test_the_list_has_calls_and_those_who_were_refused(tmp_path: Path) -> None:
    rig = TraceRig(tmp_path)
    rig.message(request("INVITE", "leg-a"))
    rig.call(legs=[("leg-a", "trunk carrier")])
    rig.now = 1.0
    rig.message(request("INVITE", "stranger"))
    rig.message(response("403 Forbidden", "stranger"), sent=True)
    rig.close()
    lines = told(rig, "--list").splitlines()
    assert re.search(rf"{CALL} +13800138000 +4001 +trunk carrier +in progress", lines[1])
    assert re.search(
        r"stranger +13800138000 +4001 +udp:10.0.0.9:5060 +0.0 +403 Forbidden", lines[2]
    )
    assert len(json.loads(told(rig, "--list", "--json", "--limit", "1"))) == 1
    assert "no call with 999" in told(rig, "--list", "--number", "999")


def test_following_a_call_that_is_over_ends(rig: TraceRig) -> None:
    assert "call ends" in told(rig, CALL, "--follow")


def test_mistakes_are_one_line(rig: TraceRig, tmp_path: Path) -> None:
    result = trace(rig, "nobody")
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    result = CliRunner().invoke(app, ["trace", "--folder", str(tmp_path / "none"), CALL])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing is captured" in result.stderr
    result = trace(rig, CALL, "--pcap", str(tmp_path / "no" / "file"))
    assert result.exit_code == 1
    assert "No such file" in result.stderr


def test_a_live_call_is_followed_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = TraceRig(tmp_path)
    rig.message(request("INVITE", "leg-a"))
    rig.call(legs=[("leg-a", "trunk carrier")])

    def goes_on(_seconds: float) -> None:
        rig.now = 4.0
        rig.tell(events.LegOpened(4.0, CALL, "leg-b", "seat 8001"))
        rig.message(request("INVITE", "leg-b"), PHONE, sent=True)
        rig.tell(events.CallEnded(4.0, CALL, "hangup", "caller", 200))
        rig.close()

    rig.flush()
    monkeypatch.setattr("callcenter.trace.view.time.sleep", goes_on)
    shown = told(rig, CALL, "--follow")
    assert shown.count("INVITE") == 2
    assert shown.count("callcenter") == 2  # a new column, so the names again
    assert shown.index("+0.000") < shown.index("+4.000") < shown.index("call ends")


def test_everything_that_passes_is_followed_until_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = TraceRig(tmp_path)
    rig.message(request("OPTIONS", "before"))
    rig.flush()

    def passes(_seconds: float) -> None:
        if rig.now:
            raise KeyboardInterrupt
        rig.now = 1.0
        rig.message(request("OPTIONS", "now"))
        rig.message(response("200 OK", "now", method="OPTIONS"), sent=True)
        rig.close()

    monkeypatch.setattr("callcenter.trace.view.time.sleep", passes)
    first, second = told(rig, "--follow").splitlines()
    assert "udp:10.0.0.1:5060 ← udp:10.0.0.9:5060  OPTIONS" in first
    assert "udp:10.0.0.1:5060 → udp:10.0.0.9:5060  200 OK (OPTIONS)" in second
