"""What the engine's ears make of synthesised sounds: the floors that CI holds.

The samples are seeded. `python -m tests.load.listening` prints the matrices of other seeds.
"""

import pytest

from tests.load.listening import keys, matrix, tolerances

pytestmark = [pytest.mark.load, pytest.mark.timeout(300)]

SEED = 11


def test_no_key_is_lost_or_invented_in_minutes_of_speech_and_music() -> None:
    tally = keys.talk_off(minutes=4, seed=4)
    assert (tally.lost, tally.invented) == (0, 0), tally
    assert tally.pressed > 15


def test_what_is_heard_before_an_answer_is_told_for_what_it_is() -> None:
    seen = matrix.progress(count=210, seed=SEED)
    assert seen.right >= 0.97, seen.table()
    for what in ("ringback", "busy", "congestion", "special_information", "colour_ringback"):
        assert seen.recall(what) >= 0.9, seen.table()
        assert seen.precision(what) >= 0.95, seen.table()


def test_who_answers_is_told_from_machines_and_beeps_are_heard() -> None:
    seen = matrix.answers(count=200, seed=SEED)
    assert seen.right >= 0.92, seen.table()
    assert seen.precision("human") >= 0.95, seen.table()
    assert seen.recall("machine and beep") >= 0.93, seen.table()


def test_voices_are_told_from_noise_and_clicks() -> None:
    seen = matrix.voices(count=200, seed=SEED)
    assert seen.right >= 0.98, seen.table()


def test_a_voice_is_told_to_start_and_stop_when_it_does() -> None:
    early, late = matrix.bounds(count=60, seed=SEED)
    assert early <= 0.4, "the start, median"
    assert 0.4 <= late <= 0.9, "the end, median"


@pytest.mark.parametrize("hand", tolerances.ACCEPTED, ids=str)
def test_keys_within_the_tolerances_are_understood(hand: tolerances.Hand) -> None:
    assert tolerances.understood(hand) == 1.0


@pytest.mark.parametrize("hand", tolerances.REFUSED, ids=str)
def test_keys_beyond_the_tolerances_are_not(hand: tolerances.Hand) -> None:
    assert tolerances.understood(hand) == 0.0
