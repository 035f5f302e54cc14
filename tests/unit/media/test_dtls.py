"""Handshakes between two ends of our own; browsers and baresip are in tests/interop."""

from collections.abc import Iterable

import pytest

from media.dtls import Association, Identity
from media.sdp import Fingerprint, Handshake, Sdes


@pytest.fixture(scope="module")
def identities() -> tuple[Identity, Identity]:
    return Identity(), Identity()


def ends(
    identities: tuple[Identity, Identity], *, named: Fingerprint | None = None
) -> tuple[Association, Association]:
    """One that begins, and one that waits; `named` is what the first believes of the second."""
    one, other = identities
    first = Handshake((named or other.fingerprint,), begins=True)
    return Association(one, first), Association(other, Handshake((one.fingerprint,), begins=False))


def converse(one: Association, other: Association, first: Iterable[bytes]) -> None:
    waiting = [(other, datagram) for datagram in first]
    while waiting:
        to, datagram = waiting.pop(0)
        back = one if to is other else other
        waiting.extend((back, answer) for answer in to.receive(datagram))


def test_both_ends_have_the_same_keys_crosswise(identities: tuple[Identity, Identity]) -> None:
    one, other = ends(identities)
    converse(one, other, one.begin())
    assert isinstance(one.keys, Sdes)
    assert isinstance(other.keys, Sdes)
    assert one.keys.suite == other.keys.suite == "AEAD_AES_128_GCM"
    assert (one.keys.ours, one.keys.theirs) == (other.keys.theirs, other.keys.ours)
    assert one.keys.ours != one.keys.theirs
    assert one.wait_s() is None


def test_another_certificate_than_the_named_one_gives_no_keys(
    identities: tuple[Identity, Identity],
) -> None:
    one, other = ends(identities, named=Fingerprint("sha-256", bytes(32)))
    converse(one, other, one.begin())
    assert one.keys is None
    assert "not the one that SDP named" in one.failed


def test_datagrams_get_through_everywhere_and_lost_ones_are_sent_again(
    identities: tuple[Identity, Identity],
) -> None:
    one, other = ends(identities)
    lost = list(one.begin())
    assert lost
    assert all(len(datagram) <= 1200 for datagram in lost)
    assert 0 < (one.wait_s() or 0) <= 1
    assert list(other.begin()) == []


@pytest.mark.parametrize("datagram", [b"\x16", bytes(100), b"\x16\xfe\xfd" + bytes(300)])
def test_garbage_neither_ends_nor_makes_a_handshake(
    identities: tuple[Identity, Identity], datagram: bytes
) -> None:
    one, other = ends(identities)
    assert list(other.receive(datagram)) == []
    converse(one, other, one.begin())
    assert other.keys is not None
    list(other.receive(datagram))
    assert other.keys is not None
    assert not other.failed
