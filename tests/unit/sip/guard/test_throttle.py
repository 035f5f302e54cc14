"""Guessing is slow for who guesses, and costs the phone whose password is guessed nothing."""

from sip import Address
from sip.guard.throttle import Throttle

PHONE = Address("udp", "192.0.2.7", 5062)
ATTACKER = Address("udp", "203.0.113.9", 5060)


def fail(throttle: Throttle, source: Address, times: int, *, known: bool = False) -> None:
    """Wrong passwords for seat 8001 at once."""
    for _ in range(times):
        throttle.failed(source, "8001", known, 0.0)


def test_who_guesses_is_not_believed_for_a_while() -> None:
    throttle = Throttle(100)
    fail(throttle, ATTACKER, 4)
    assert not throttle.blocks(ATTACKER, "8001", False, 0.0)
    fail(throttle, ATTACKER, 1)
    assert throttle.blocks(ATTACKER, "8001", False, 0.0)
    assert not throttle.blocks(ATTACKER, "8001", False, 10.0)


def test_another_source_and_another_user_are_believed() -> None:
    throttle = Throttle(100)
    fail(throttle, ATTACKER, 10)
    assert not throttle.blocks(PHONE, "8001", False, 0.0)
    assert not throttle.blocks(ATTACKER, "8002", False, 0.0)


def test_many_sources_that_guess_for_one_user_are_slowed_down_together() -> None:
    throttle = Throttle(1000)
    for n in range(30):
        fail(throttle, ATTACKER._replace(host=f"198.51.100.{n}"), 1)
    newcomer = ATTACKER._replace(host="198.51.100.99")
    assert throttle.blocks(newcomer, "8001", False, 0.0)
    assert not throttle.blocks(newcomer, "8001", True, 0.0)  # an address of phones is not meant
    assert not throttle.blocks(newcomer, "8001", False, 60.0)


def test_the_phone_itself_is_believed_while_its_neighbour_guesses() -> None:
    throttle = Throttle(100)
    throttle.proved(PHONE, "8001")
    neighbour = PHONE._replace(port=40_000)
    fail(throttle, neighbour, 100, known=True)
    assert throttle.blocks(neighbour, "8001", True, 0.0)
    assert not throttle.blocks(PHONE, "8001", True, 0.0)


def test_one_source_that_tries_everybody_is_slowed_down() -> None:
    throttle = Throttle(1000)
    for n in range(30):
        throttle.failed(ATTACKER, f"80{n:02}", True, 0.0)
    assert throttle.blocks(ATTACKER, "8099", True, 0.0)


def test_memory_is_bounded() -> None:
    throttle = Throttle(50)
    for n in range(1000):
        throttle.failed(ATTACKER, f"user{n}", False, 0.0)
        throttle.proved(PHONE._replace(port=n), "8001")
    assert len(throttle._buckets) == len(throttle._proved) == 50
