"""Secret voice through the real engine, against libsrtp: another implementation at the far end."""

import os
import struct
from collections.abc import Iterator

import pytest
from pylibsrtp import Error, Policy, Session

from media.sdp.transport import KEY_BYTES, Suite
from tests.support.audio import dominant_tone, tone
from tests.support.engine_rig import DECODE, TONES, Phone, Rig

_PROFILES: dict[Suite, int] = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    "AEAD_AES_256_GCM": Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


SUITES = pytest.mark.parametrize("suite", list(_PROFILES))
_REPORT = struct.pack("!BBHI", 0x80, 201, 1, 7)


def session(suite: Suite, key: bytes, way: int) -> Session:
    policy = Policy(key=key, ssrc_type=way, srtp_profile=_PROFILES[suite])
    policy.allow_repeat_tx = True
    return Session(policy)


class SecretPhone(Phone):
    """A phone whose packets libsrtp seals and opens."""

    def agree(self, suite: Suite) -> None:
        """New keys both ways."""
        ours, theirs = (os.urandom(KEY_BYTES[suite]) for _ in range(2))
        self.sealer = session(suite, theirs, Policy.SSRC_ANY_OUTBOUND)
        self.opener = session(suite, ours, Policy.SSRC_ANY_INBOUND)
        self._engine.protect_port(self.port, suite, ours, theirs)

    def send_raw(self, datagram: bytes) -> None:
        super().send_raw(self.sealer.protect(datagram))

    def hear_secret(self, count: int = 10) -> list[bytes]:
        return [self.socket.recv(2048) for _ in range(count)]

    def hears(self, count: int = 10) -> float | None:
        return self.tone_of([self.opener.unprotect(sealed) for sealed in self.hear_secret(count)])

    def tone_of(self, opened: list[bytes]) -> float | None:
        assert {packet[1] & 0x7F for packet in opened} == {self.payload_type}
        return dominant_tone(DECODE[self.law](b"".join(packet[12:] for packet in opened)), TONES)


def secret_phone(rig: Rig, suite: Suite) -> SecretPhone:
    phone = SecretPhone(rig)
    rig.phones.append(phone)
    phone.agree(suite)
    return phone


def connect(rig: Rig, one: Phone, other: Phone) -> None:
    rig.engine.hear(one.port, other.port)
    rig.engine.hear(other.port, one.port)


@SUITES
def test_libsrtp_understands_the_engine_and_the_engine_libsrtp(rig: Rig, suite: Suite) -> None:
    secret, plain = secret_phone(rig, suite), rig.phone()
    connect(rig, secret, plain)
    secret.speak(440)
    assert plain.tone_in(plain.hear()) == 440
    plain.speak(660)
    assert secret.hears() == 660


def test_two_secret_phones_each_have_their_own_keys(rig: Rig) -> None:
    one = secret_phone(rig, "AES_CM_128_HMAC_SHA1_80")
    other = secret_phone(rig, "AEAD_AES_256_GCM")
    connect(rig, one, other)
    one.speak(440)
    sealed = other.hear_secret()
    assert other.tone_of([other.opener.unprotect(packet) for packet in sealed]) == 440
    with pytest.raises(Error):
        one.opener.unprotect(sealed[0])


@SUITES
def test_what_is_not_authentic_is_not_heard(rig: Rig, suite: Suite) -> None:
    secret, plain = secret_phone(rig, suite), rig.phone()
    connect(rig, secret, plain)
    forged = bytearray(secret.sealer.protect(struct.pack("!BBHII", 0x80, 8, 1, 0, 9) + bytes(160)))
    forged[-1] ^= 1
    Phone.send_raw(secret, bytes(forged))
    Phone.send_raw(secret, struct.pack("!BBHII", 0x80, 8, 1, 0, 9) + bytes(160))
    assert plain.hears_nothing()
    assert secret.statistics().discarded == 2
    assert secret.statistics().remote is None, "nor does it take the port over"
    secret.speak(440)
    assert plain.tone_in(plain.hear()) == 440


def test_a_replayed_packet_is_heard_once(rig: Rig) -> None:
    secret, plain = secret_phone(rig, "AES_CM_128_HMAC_SHA1_80"), rig.phone()
    connect(rig, secret, plain)
    sealed = secret.sealer.protect(struct.pack("!BBHII", 0x80, 8, 1, 0, 9) + bytes(160))
    for _ in range(3):
        Phone.send_raw(secret, sealed)
    assert len(plain.hear(1)) == 1
    assert plain.hears_nothing()


@SUITES
def test_keys_change_in_the_middle_of_a_call(rig: Rig, suite: Suite) -> None:
    secret, plain = secret_phone(rig, "AES_CM_128_HMAC_SHA1_80"), rig.phone()
    connect(rig, secret, plain)
    secret.speak(440)
    plain.hear()
    former = secret.sealer
    secret.agree(suite)
    renewed, secret.sealer = secret.sealer, former
    secret.speak(550, 5)
    secret.sealer = renewed
    secret.speak(550, 5)
    assert plain.tone_in(plain.hear()) == 550
    plain.speak(660)
    assert secret.hears() == 660


def test_a_player_waits_for_the_keys(rig: Rig) -> None:
    phone = SecretPhone(rig)
    rig.phones.append(phone)
    rig.engine.await_keys(phone.port)
    player = rig.engine.play(phone.port, [rig.load(tone(880, 0.3))])
    assert phone.hears_nothing()
    phone.agree("AEAD_AES_128_GCM")
    assert phone.hears() == 880
    assert rig.event("play_finished") == ("play_finished", phone.port, player, True)


@SUITES
def test_reports_are_secret_too(rig: Rig, suite: Suite) -> None:
    secret = secret_phone(rig, suite)
    rig.engine.configure_rtcp(secret.port, None)
    connect(rig, secret, secret)
    secret.speak(440, 1)
    secret.hear_secret(1)
    Phone.send_raw(secret, secret.sealer.protect_rtcp(_REPORT))
    Phone.send_raw(secret, _REPORT)
    assert rig.eventually(lambda: secret.statistics().reports_received == 1)
    rig.engine.close_port(secret.port)
    [farewell] = secret.hear_secret(1)
    opened = secret.opener.unprotect_rtcp(farewell)
    assert opened[1] in (200, 201)


def test_keys_of_the_wrong_length_and_unknown_suites_are_refused(rig: Rig) -> None:
    phone = rig.phone()
    with pytest.raises(ValueError, match="not a key of AEAD_AES_128_GCM") as told:
        rig.engine.protect_port(phone.port, "AEAD_AES_128_GCM", b"secret", bytes(28))
    assert "secret" not in str(told.value)
    with pytest.raises(ValueError, match="unknown suite"):
        rig.engine.protect_port(phone.port, "NULL", b"", b"")
