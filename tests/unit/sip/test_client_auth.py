from sip.address import Address
from sip.client_auth import Login, Wallet
from sip.digest import Credentials
from sip.message import Response
from tests.support.sip_bench import counting_ids
from tests.support.sip_messages import parsed_response

CARRIER = Address("udp", "192.0.2.1", 5060)
ANN = Credentials("ann", "secret")


def login(wallet: Wallet, destination: Address = CARRIER) -> Login:
    return Login(wallet, destination, ANN, counting_ids("c"))


def challenge(code: int = 401, nonce: str = "n", extra: str = "", realm: str = "r") -> Response:
    name = "WWW" if code == 401 else "Proxy"
    line = f'{name}-Authenticate: Digest realm="{realm}", nonce="{nonce}", qop="auth"{extra}\r\n'
    return parsed_response(code, headers=line)


def lines(one: Login) -> str:
    return one.lines("INVITE", "sip:1@carrier")


def test_nothing_is_sent_unasked() -> None:
    assert lines(login(Wallet())) == ""


def test_the_second_request_carries_credentials_at_once() -> None:
    wallet = Wallet()
    first = login(wallet)
    assert first.take(challenge())
    assert "nc=00000001" in lines(first)
    assert "nc=00000002" in lines(login(wallet))
    assert lines(login(wallet, Address("udp", "192.0.2.2", 5060))) == ""


def test_a_wrong_password_is_offered_once() -> None:
    wallet = Wallet()
    first = login(wallet)
    assert first.take(challenge())
    assert not first.take(challenge(nonce="n2"))
    assert lines(login(wallet)) == ""


def test_a_stale_nonce_is_no_wrong_password_but_not_for_ever() -> None:
    first = login(Wallet())
    taken = [first.take(challenge(nonce=f"n{n}", extra=", stale=true")) for n in range(6)]
    assert taken == [True] * 4 + [False] * 2


def test_proxy_and_server_are_both_answered() -> None:
    first = login(Wallet())
    assert first.take(challenge(407))
    assert first.take(challenge(401))
    assert sorted(line.split(":")[0] for line in lines(first).splitlines()) == [
        "Authorization",
        "Proxy-Authorization",
    ]


def test_a_challenge_that_cannot_be_answered_ends_it() -> None:
    assert not login(Wallet()).take(challenge(extra=", algorithm=SHA-1"))
    assert not login(Wallet()).take(parsed_response(401))
    assert not login(Wallet()).take(parsed_response(403))


def test_the_wallet_is_bounded() -> None:
    wallet = Wallet(limit=2)
    for number in range(5):
        assert login(wallet, Address("udp", "192.0.2.9", 5000 + number)).take(challenge())
    kept = [bool(wallet.wanted(Address("udp", "192.0.2.9", 5000 + n), "ann")) for n in range(5)]
    assert kept == [False, False, False, True, True]
