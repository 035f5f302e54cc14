"""Secret voice with baresip: keys in SDP over TLS, keys by DTLS; the other phone may be plain."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from callcenter.demo.phone_call import CallFailedError
from callcenter.demo.softphone import NotHeardError, Softphone
from tests.support.baresip import Baresip, Secrecy
from tests.support.certificates import make_certificate
from tests.support.daemon import NewDaemon
from tests.support.live_site import LiveSite, NewSite
from tests.support.ports import free_port

PLAIN_HZ, SECRET_HZ = 440, 620
TONES = (350, PLAIN_HZ, SECRET_HZ, 880)
_SEATS = """
[[seat]]
seat_no = "8021"
password = "phone-8021"
pbx = true
srtp = "required"
"""


@dataclass(frozen=True)
class Secret:
    """A daemon with TLS."""

    site: LiveSite
    tls_port: int

    def baresip(self, seat_no: str, secrecy: Secrecy, *, rtcp_mux: bool = True) -> Baresip:
        return Baresip(
            self.site,
            seat_no,
            SECRET_HZ,
            transport="tls",
            exchange=self.tls_port,
            secrecy=secrecy,
            rtcp_mux=rtcp_mux,
        )

    def softphone(self, seat_no: str) -> Softphone:
        return Softphone(self.site.exchange(), seat_no, password=f"phone-{seat_no}")


@pytest.fixture
def secret(new_site: NewSite, new_daemon: NewDaemon, tmp_path: Path) -> Secret:
    certificate = make_certificate(tmp_path / "tls")
    port = free_port()
    more = f'[tls]\ncertificate = "{certificate.chain}"\nkey = "{certificate.key}"\n'
    site = new_site(listen=[f"tls:127.0.0.1:{port}"], more=more + _SEATS)
    new_daemon(site)
    return Secret(site, port)


@pytest.mark.parametrize(
    ("secrecy", "said"),
    [
        ("offered", "SRTP is Enabled"),
        ("required", "SRTP is Enabled"),
        ("dtls", "DTLS-SRTP complete"),
        ("dtls with ice", "DTLS-SRTP complete"),
    ],
)
async def test_a_secret_phone_calls_a_plain_one_and_each_hears_the_other(
    secret: Secret, secrecy: Secrecy, said: str
) -> None:
    async with secret.baresip("8011", secrecy) as phone, secret.softphone("8012") as plain:
        await phone.dial("8012")
        call = await plain.incoming()
        call.answer()
        await call.answered()
        call.say(PLAIN_HZ)
        await call.hears(tone=SECRET_HZ)
        await call.listen(0.5)
        call.hang_up()
        await phone.told("CALL_CLOSED")
        assert said in phone.screen
    assert phone.last_tone(TONES) == PLAIN_HZ


@pytest.mark.parametrize(("seat_no", "secrecy"), [("8011", "offered"), ("8021", "required")])
async def test_a_plain_phone_calls_a_secret_one_and_each_hears_the_other(
    secret: Secret, seat_no: str, secrecy: Secrecy
) -> None:
    async with secret.baresip(seat_no, secrecy) as phone, secret.softphone("8012") as plain:
        call = await plain.call(seat_no)
        await call.answered()
        call.say(PLAIN_HZ)
        await call.hears(tone=SECRET_HZ)
        await call.listen(0.5)
        call.hang_up()
        await phone.told("CALL_CLOSED")
        assert "SRTP is Enabled" in phone.screen
    assert phone.last_tone(TONES) == PLAIN_HZ


async def test_two_secret_phones_hear_each_other(secret: Secret) -> None:
    async with (
        secret.baresip("8021", "required") as first,
        secret.baresip("8012", "dtls") as second,
    ):
        await second.talk(first)
    for phone in (first, second):
        assert phone.last_tone(TONES) == SECRET_HZ


@pytest.mark.parametrize("secrecy", ["offered", "dtls", "dtls with ice"])
async def test_a_secret_phone_is_heard_again_after_it_held(
    secret: Secret, secrecy: Secrecy
) -> None:
    async with secret.baresip("8011", secrecy) as phone, secret.softphone("8012") as plain:
        await phone.dial("8012")
        call = await plain.incoming()
        call.answer()
        await call.hears(tone=SECRET_HZ)
        await phone.command("hold")
        with pytest.raises(NotHeardError):
            await call.hears(tone=SECRET_HZ, within=0.6)
        await phone.command("resume")
        await call.hears(tone=SECRET_HZ)
        call.hang_up()
        await phone.told("CALL_CLOSED")


async def test_a_plain_phone_at_a_seat_that_requires_secrecy_is_refused(secret: Secret) -> None:
    async with secret.softphone("8021") as plain:
        call = await plain.call("8012")
        with pytest.raises(CallFailedError, match="488"):
            await call.answered()
