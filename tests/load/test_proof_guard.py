"""What an attacker can do, at length: `make proof`. Results are kept in docs/proof."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.load import mutations, proc
from tests.load.centre import running, silent_phones
from tests.load.flood import flooding
from tests.load.results import keep

pytestmark = [pytest.mark.proof, pytest.mark.timeout(2400)]

ROOT = Path(__file__).parents[2]
DAMAGED = 200_000
PROCESSES = 2
SETTLED = 10
"""Chunks until every table and cache has reached its level."""
GROWTH_KIB = 8192
"""A leak of 80 bytes a message would be more than this."""

FLOOD_S = 60
FLOOD_RATE = 5000
SOURCES = 1000
CALLS_A_SECOND = 20.0
HOLD_S = 1.0
AGENTS = 60


def test_two_hundred_thousand_damaged_messages_raise_nothing_and_leave_nothing() -> None:
    chunks = DAMAGED // PROCESSES // (mutations.STORIES * mutations.MESSAGES)
    begun = time.monotonic()
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.load.mutations", str(number * chunks), str(chunks)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]
    try:
        printed = [process.communicate()[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * PROCESSES
    resident = [json.loads(text) for text in printed]
    facts = {
        "messages": chunks * PROCESSES * mutations.STORIES * mutations.MESSAGES,
        "seconds": round(time.monotonic() - begun),
        "exceptions": 0,
        "resident_kib_of_each_process_after_every_tenth_chunk": [each[9::10] for each in resident],
    }
    keep("mutations", f"{DAMAGED} damaged messages, as datagrams and byte by byte", facts)
    for each in resident:
        assert max(each[SETTLED:]) - each[SETTLED] < GROWTH_KIB, each


def test_a_flood_from_a_thousand_addresses_fails_no_call(tmp_path: Path) -> None:
    calls = int(FLOOD_S * CALLS_A_SECOND)
    with running(tmp_path, AGENTS) as centre, silent_phones() as ports:
        pid = centre.daemon.pid
        before, cpu_before = proc.resident_kib(pid), proc.cpu_seconds(pid)
        with (
            flooding(centre.site.sip_port, SOURCES, FLOOD_RATE) as flood,
            centre.calls([ports] * calls, rate=CALLS_A_SECOND, hold_s=HOLD_S) as callers,
        ):
            callers.passed(within=FLOOD_S + 60)
        centre.wait_stored(calls)
        cpu, after = proc.cpu_seconds(pid) - cpu_before, proc.resident_kib(pid)
        lines = centre.daemon.log.read_text().count("refused ")
    facts = {
        "sources": SOURCES,
        "invites_of_the_flood": flood.result["sent"],
        "of_them_answered": flood.result["answered"],
        "seconds": round(flood.result["seconds"]),
        "calls_of_the_trunk": calls,
        "calls_failed": 0,
        "cpu_seconds": round(cpu, 1),
        "resident_kib_before_and_after": [before, after],
        "lines_in_the_log": lines,
    }
    keep("flood", f"A flood from {SOURCES} addresses beside {CALLS_A_SECOND:.0f} calls/s", facts)
    assert lines < 2 * FLOOD_S + 100
