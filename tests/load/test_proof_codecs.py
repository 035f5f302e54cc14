"""What is known of codecs behind bad networks (docs/media.md) is still so."""

import pytest

from tests.load.codec_speech import Coding, Network, behind_networks, factors

pytestmark = [pytest.mark.proof, pytest.mark.timeout(3600)]


def test_codecs_bear_loss_as_their_factors_say() -> None:
    heard = behind_networks(5)
    floors: dict[Coding, tuple[float, ...]] = {
        "PCMA": (3.8, 2.9, 2.4),
        "G722": (3.7, 2.5, 1.9),
        "opus": (4.1, 3.4, 2.8),
    }
    for codec, floor in floors.items():
        marks = [heard[codec][Network(loss)] for loss in (0, 5, 10)]
        assert all(mark > least for mark, least in zip(marks, floor, strict=True)), (codec, marks)
    found = factors(heard)
    assert 13 < found["G722"].robustness < 21
    assert 5 < found["opus"].robustness < 10
