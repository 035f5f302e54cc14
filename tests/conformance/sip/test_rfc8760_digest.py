"""RFC 8760 and RFC 7616: digest with several algorithms between a phone and the registrar."""

import pytest

from sip import Credentials, Registration
from sip.digest import Algorithm
from tests.support.sip_bench import PBX, PHONE, Bench
from tests.support.sip_messages import request
from tests.support.sip_wire import Wire


def registered(*algorithms: Algorithm) -> tuple[Bench, list[int]]:
    """A phone that registers with an exchange offering these."""
    bench = Bench()
    phone = bench.add(PHONE)
    bench.add(PBX, digest_algorithms=algorithms).app.passwords["8001"] = "secret"
    codes: list[int] = []
    registration = Registration("sip:8001@10.0.0.1", PBX, Credentials("8001", "secret"))
    phone.endpoint.register(registration, lambda code, _: codes.append(code))
    bench.run()
    return bench, codes


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        (("MD5",), "MD5"),
        (("MD5", "SHA-256"), "SHA-256"),
        (("SHA-512-256", "SHA-256", "MD5"), "SHA-512-256"),
    ],
)
def test_one_challenge_each_and_the_strongest_is_answered(
    offered: tuple[Algorithm, ...], taken: str
) -> None:
    """RFC 8760 §2.4, §2.5."""
    bench, codes = registered(*offered)
    challenge, answer = bench.sent[1].data.decode(), bench.sent[2].data.decode()
    lines = [line for line in challenge.split("\r\n") if line.startswith("WWW-Authenticate")]
    assert [line.split("algorithm=")[1].split(",")[0] for line in lines] == list(offered)
    assert f"algorithm={taken}\r\n" in answer
    assert codes == [200]


def test_auth_int_is_not_taken() -> None:
    """RFC 7616 §3.4: only what was offered; the phone is challenged again, and not as stale."""
    wire = Wire()
    wire.app.passwords["8001"] = "secret"
    line = (
        'Authorization: Digest username="8001", realm="pbx", nonce="n", uri="sip:x", '
        'qop=auth-int, nc=00000001, cnonce="c", response="0", algorithm=MD5\r\n'
    )
    wire.receive(request("REGISTER", headers=line))
    answer = wire.take_response()
    assert answer.code == 401
    assert "stale" not in (answer.header("www-authenticate") or "")
