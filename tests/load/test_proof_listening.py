"""What the engine's ears make of synthesised sounds, at length: `make proof`."""

import dataclasses

import pytest

from tests.load.listening import keys
from tests.load.results import keep

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1200)]


def test_no_key_is_lost_or_invented_in_half_an_hour_of_speech_and_music() -> None:
    tally = keys.talk_off(minutes=30, seed=1)
    title = "Keys as tones (in-band) in 30 minutes of speech and music, a key in each pause"
    keep("keys", title, dataclasses.asdict(tally))
    assert (tally.lost, tally.invented) == (0, 0)
