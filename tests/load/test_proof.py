"""What takes longer than CI may: `make proof`. Results are kept in docs/proof."""

import dataclasses
import time
from pathlib import Path

import pytest

from tests.load import concurrent, proc
from tests.load.centre import running, silent_phones
from tests.load.cores import one_core_for_the_daemon
from tests.load.results import keep
from tests.load.storm import storm

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1200)]

TALKING = 200
TALK_S = 60

SOAK_S = 300
SOAK_RATE = 100.0
SOAK_HOLD_S = 1.0
SOAK_AGENTS = 250
DAEMON_CORE = 0
"""The daemon has this one to itself, with all its threads; everybody else has the others."""
STORM_PHONES = 5000
STORM_S = 60.0
SAMPLE_S = 15.0
SETTLED = 6
"""Samples until all that is kept for a while (ended transactions, 32 s) has reached its level."""
GROWTH_KIB = 8192
"""Of the 20,000 calls after that; a leak of 420 bytes a call would be more."""


def test_two_hundred_conversations_lose_no_packet(tmp_path: Path) -> None:
    with running(tmp_path, TALKING) as centre:
        seen = concurrent.talk(centre, TALKING, TALK_S)
    title = f"{TALKING} conversations at once, recorded, {TALK_S} s of voice both ways"
    keep("concurrent-calls", title, dataclasses.asdict(seen))
    assert seen.voice["sent"] == 2 * TALKING * 50 * TALK_S
    assert (seen.voice["lost"], seen.voice["misdelivered"]) == (0, 0)
    assert seen.ports_left == 0


def test_one_core_takes_a_hundred_calls_a_second_for_five_minutes(tmp_path: Path) -> None:
    calls = int(SOAK_S * SOAK_RATE)
    samples: list[int] = []
    with (
        one_core_for_the_daemon(DAEMON_CORE) as pin,
        running(tmp_path, SOAK_AGENTS) as centre,
        silent_phones() as ports,
    ):
        pid = centre.daemon.pid
        pin(pid)
        ports_before, cpu_before = proc.udp_ports(pid), proc.cpu_seconds(pid)
        with centre.calls([ports] * calls, SOAK_RATE, SOAK_HOLD_S) as callers:
            while callers.running:
                time.sleep(SAMPLE_S)
                samples.append(proc.resident_kib(pid))
            callers.passed(within=10)
        stored = centre.wait_stored(calls)
        cpu = proc.cpu_seconds(pid) - cpu_before
        ports_left = len(proc.udp_ports(pid) - ports_before)
    facts = {
        "command": "pytest -m proof tests/load/test_proof.py -k one_core",
        **dataclasses.asdict(stored),
        "failed": calls - stored.talked,
        "calls_a_second": SOAK_RATE,
        "seconds": SOAK_S,
        "cores_of_the_daemon": 1,
        "cpu_ms_a_call": round(cpu / calls * 1000, 2),
        "ports_left": ports_left,
        f"resident_kib_every_{SAMPLE_S:.0f}_s": samples,
    }
    keep("soak", f"{calls} queue calls, {SOAK_RATE:.0f} a second, on one core", facts)
    assert max(samples[SETTLED:]) - samples[SETTLED] < GROWTH_KIB, samples
    assert ports_left == 0


def test_five_thousand_phones_register_within_a_minute(tmp_path: Path) -> None:
    seen = storm(tmp_path, STORM_PHONES, STORM_S)
    title = f"{STORM_PHONES} phones register within {STORM_S:.0f} s"
    keep("registration-storm", title, seen._asdict())
    assert seen.registered == STORM_PHONES
