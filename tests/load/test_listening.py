"""What the engine's ears make of synthesised sounds: the floors that CI holds."""

import pytest

from tests.load.listening import keys

pytestmark = pytest.mark.timeout(300)


def test_no_key_is_lost_or_invented_in_minutes_of_speech_and_music() -> None:
    tally = keys.talk_off(minutes=4, seed=4)
    assert (tally.lost, tally.invented) == (0, 0), tally
    assert tally.pressed > 15
