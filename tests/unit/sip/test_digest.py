import pytest

from sip.digest import Authenticator, Credentials, Verdict, answer

ANN = Credentials("ann", "secret")


class Rig:
    """An authenticator that knows ann."""

    def __init__(self, remembered: int = 100) -> None:
        self.auth = Authenticator(
            "pbx", b"key", {"ann": "secret"}.get, lifetime=60, remembered=remembered
        )

    def answer(self, who: Credentials = ANN, now: float = 0.0, qop: bool = True) -> str:
        challenge = self.auth.challenge(now)
        if not qop:
            challenge = challenge.replace(', qop="auth"', "")
        return answer(challenge, "REGISTER", "sip:pbx", who, "c0")

    def check(self, value: str, now: float = 0.0, method: str = "REGISTER") -> tuple[Verdict, str]:
        return self.auth.check(method, value, now)


@pytest.mark.parametrize("qop", [True, False])
def test_the_right_password(qop: bool) -> None:
    rig = Rig()
    assert rig.check(rig.answer(qop=qop)) == (Verdict.RIGHT, "ann")


def test_rfc_2617_example() -> None:
    """RFC 2617 §3.5."""
    challenge = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    value = answer(
        challenge, "GET", "/dir/index.html", Credentials("Mufasa", "Circle Of Life"), "0a4f113b"
    )
    assert 'response="6629fae49393a05397450978507c4ef1"' in value
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in value
    assert "nc=00000001, " in value


@pytest.mark.parametrize(
    "who", [Credentials("ann", "wrong"), Credentials("nobody", "secret"), Credentials("nobody", "")]
)
def test_wrong_password_and_unknown_user_get_the_same_answer(who: Credentials) -> None:
    rig = Rig()
    assert rig.check(rig.answer(who)) == (Verdict.WRONG, "")


def test_another_method_needs_another_answer() -> None:
    rig = Rig()
    assert rig.check(rig.answer(), method="INVITE")[0] is Verdict.WRONG


@pytest.mark.parametrize("qop", [True, False])
def test_a_recorded_answer_cannot_be_played_again(qop: bool) -> None:
    rig = Rig()
    value = rig.answer(qop=qop)
    assert [rig.check(value)[0] for _ in range(2)] == [Verdict.RIGHT, Verdict.STALE]


def test_what_was_forgotten_does_not_become_usable_again() -> None:
    rig = Rig(remembered=2)
    values = [rig.answer(now=float(n)) for n in range(4)]
    assert all(rig.check(value)[0] is Verdict.RIGHT for value in values)
    assert [rig.check(value)[0] for value in values] == [Verdict.STALE] * 4


def test_nonces_expire() -> None:
    rig = Rig()
    value = rig.answer(now=0.0)
    assert rig.check(value, now=61.0)[0] is Verdict.STALE
    assert rig.check(value, now=59.0)[0] is Verdict.RIGHT


@pytest.mark.parametrize("nonce", ["", "x", "ffffffff.1.00", "zz." + "0" * 32, "é.1.0"])
def test_nonces_of_others_are_stale(nonce: str) -> None:
    challenge = f'Digest realm="pbx", nonce="{nonce}", qop="auth"'
    assert Rig().check(answer(challenge, "REGISTER", "sip:pbx", ANN, "c"))[0] is Verdict.STALE


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("", Verdict.WRONG),
        ("Digest", Verdict.WRONG),
        ("Basic abc=", Verdict.STALE),
        ("Digest username=ann, algorithm=SHA-256", Verdict.STALE),
        ('Digest username="ann\udcff", response="\udcff"', Verdict.STALE),
    ],
)
def test_hostile_fields(value: str, verdict: Verdict) -> None:
    assert Rig().check(value)[0] is verdict


@pytest.mark.parametrize("count", ["", "zz", "-1", "0", "1" * 5000])
def test_odd_nonce_counts(count: str) -> None:
    rig = Rig()
    value = rig.answer().replace("nc=00000001", f"nc={count}")
    assert rig.check(value)[0] is not Verdict.RIGHT


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "Basic realm=x",
        "Digest realm=x",
        'Digest nonce="n", algorithm=SHA-256',
        'Digest nonce="n", qop="auth-int"',
    ],
)
def test_challenges_that_cannot_be_answered(challenge: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        answer(challenge, "INVITE", "sip:x", ANN, "c")
