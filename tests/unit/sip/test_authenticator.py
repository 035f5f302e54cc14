import pytest

from sip.authenticator import Authenticator, Verdict
from sip.digest import ALGORITHMS, Algorithm, Challenge, Credentials

ANN = Credentials("ann", "secret")


class Rig:
    """An authenticator that knows ann."""

    def __init__(self, remembered: int = 100, *algorithms: Algorithm, epoch: float = 0.0) -> None:
        self.auth = Authenticator(
            "pbx",
            b"key",
            {"ann": "secret"}.get,
            algorithms=algorithms or ("SHA-256", "MD5"),
            lifetime=60,
            remembered=remembered,
            epoch=epoch,
        )

    def challenges(self, now: float = 0.0) -> list[str]:
        lines = self.auth.challenge(now).removesuffix("\r\n").split("\r\n")
        return [line.removeprefix("WWW-Authenticate: ") for line in lines]

    def answer(self, who: Credentials = ANN, now: float = 0.0, qop: bool = True) -> str:
        challenge = self.challenges(now)[0]
        if not qop:
            challenge = challenge.replace(', qop="auth"', "")
        return answer(challenge, who)

    def check(
        self, *values: str, now: float = 0.0, method: str = "REGISTER"
    ) -> tuple[Verdict, str]:
        return self.auth.check(method, "sip:pbx", values, now)


def answer(challenge: str, who: Credentials = ANN) -> str:
    return Challenge.parse(challenge).answer("REGISTER", "sip:pbx", who, "c0")


@pytest.mark.parametrize("qop", [True, False])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_right_password(algorithm: Algorithm, qop: bool) -> None:
    rig = Rig(100, algorithm)
    assert rig.check(rig.answer(qop=qop)) == (Verdict.RIGHT, "ann")


def test_every_algorithm_is_offered_in_order_and_any_will_do() -> None:
    """RFC 8760 §2.4."""
    rig = Rig()
    for number, algorithm in enumerate(("SHA-256", "MD5")):
        challenge = rig.challenges()[number]
        assert f"algorithm={algorithm}, " in challenge
        assert rig.check(answer(challenge)) == (Verdict.RIGHT, "ann")


def test_an_algorithm_that_was_not_offered_is_not_taken() -> None:
    rig = Rig(100, "SHA-256")
    weak = rig.challenges()[0].replace("SHA-256", "MD5")
    assert rig.check(answer(weak))[0] is Verdict.USELESS


def test_the_answer_to_our_realm_is_found_among_others() -> None:
    rig = Rig()
    other = answer('Digest realm="other", nonce="n"')
    assert rig.check(other)[0] is Verdict.USELESS
    assert rig.check(other, rig.answer()) == (Verdict.RIGHT, "ann")


@pytest.mark.parametrize(
    "who", [Credentials("ann", "wrong"), Credentials("nobody", "secret"), Credentials("nobody", "")]
)
def test_wrong_password_and_unknown_user_get_the_same_answer(who: Credentials) -> None:
    rig = Rig()
    assert rig.check(rig.answer(who)) == (Verdict.WRONG, who.user)


def test_another_method_needs_another_answer() -> None:
    rig = Rig()
    assert rig.check(rig.answer(), method="INVITE")[0] is Verdict.WRONG


@pytest.mark.parametrize("qop", [True, False])
def test_a_recorded_answer_cannot_be_played_again(qop: bool) -> None:
    rig = Rig()
    value = rig.answer(qop=qop)
    assert [rig.check(value)[0] for _ in range(2)] == [Verdict.RIGHT, Verdict.STALE]


def test_a_nonce_may_be_used_again_with_a_higher_count() -> None:
    rig = Rig()
    challenge = Challenge.parse(rig.challenges()[0])
    values = [challenge.answer("REGISTER", "sip:pbx", ANN, "c0") for _ in range(3)]
    verdicts = [rig.check(values[at])[0] for at in (0, 2, 1)]
    assert verdicts == [Verdict.RIGHT, Verdict.RIGHT, Verdict.STALE]


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


def test_a_nonce_outlives_a_restart_but_its_counts_do_too() -> None:
    """The new process has another monotonic clock; `epoch` joins the two."""
    before, used = Rig(epoch=1000.0), dict[str, int]()
    before.auth.on_used = used.__setitem__
    challenge = Challenge.parse(before.challenges(now=500.0)[0])
    first, second = (challenge.answer("REGISTER", "sip:pbx", ANN, "c0") for _ in range(2))
    unseen = before.answer(now=500.0)
    assert before.check(first, now=501.0)[0] is Verdict.RIGHT

    after = Rig(epoch=1500.0)
    after.auth.restore(used.items(), 3.0)
    assert after.check(first, now=4.0)[0] is Verdict.STALE
    assert after.check(second, now=4.0)[0] is Verdict.RIGHT
    assert after.check(unseen, now=4.0)[0] is Verdict.STALE  # who knows whether it was used
    assert after.check(after.answer(now=3.0), now=3.0)[0] is Verdict.RIGHT


@pytest.mark.parametrize("nonce", ["", "x", "ffffffff.1.00", "zz." + "0" * 32, "é.1.0"])
def test_nonces_of_others_are_stale(nonce: str) -> None:
    challenge = f'Digest realm="pbx", nonce="{nonce}", qop="auth"'
    assert Rig().check(answer(challenge))[0] is Verdict.STALE


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("", Verdict.USELESS),
        ("Digest", Verdict.USELESS),
        ("Basic abc=", Verdict.USELESS),
        ("Digest realm=pbx, username=ann, algorithm=SHA-1", Verdict.USELESS),
        ("Digest realm=pbx, username=ann, qop=auth-int, nc=00000001", Verdict.USELESS),
        ('Digest realm="pbx", username="ann\udcff", response="\udcff"', Verdict.STALE),
    ],
)
def test_hostile_fields(value: str, verdict: Verdict) -> None:
    assert Rig().check(value)[0] is verdict


def test_no_field_at_all() -> None:
    assert Rig().check() == (Verdict.USELESS, "")


@pytest.mark.parametrize(
    ("uri", "answered", "verdict"),
    [
        ("sip:4001@pbx", "sip:4001@pbx", Verdict.RIGHT),
        ("sip:4001@pbx", "sip:4001@edge.example:5061;transport=tls", Verdict.RIGHT),
        ("sip:%34001@pbx", "sip:4001@pbx", Verdict.RIGHT),
        ("sip:+861@pbx;user=phone", "tel:+861", Verdict.RIGHT),
        ("sip:pbx", "sip:pbx:5060", Verdict.RIGHT),
        ("sip:00881@pbx", "sip:4001@pbx", Verdict.MISDIRECTED),
        ("sip:4001@pbx", "sip:pbx:5060", Verdict.RIGHT),
        ("sip:00881@pbx", "", Verdict.MISDIRECTED),
        ("sip:00881@pbx", "é", Verdict.MISDIRECTED),
    ],
)
def test_an_answer_is_good_for_the_called_number_only(
    uri: str, answered: str, verdict: Verdict
) -> None:
    """RFC 7616 §3.4.6: else whoever sits on the way has the call go where it costs most."""
    rig = Rig()
    value = Challenge.parse(rig.challenges()[0]).answer("INVITE", answered, ANN, "c0")
    assert rig.auth.check("INVITE", uri, [value], 0.0) == (verdict, "ann")


def test_a_registration_is_no_call() -> None:
    """Its Request-URI names a domain, which an edge may have rewritten."""
    rig = Rig()
    assert rig.auth.check("REGISTER", "sip:10.0.0.1", [rig.answer()], 0.0)[0] is Verdict.RIGHT


@pytest.mark.parametrize("count", ["", "zz", "-1", "0", "1" * 5000])
def test_odd_nonce_counts(count: str) -> None:
    rig = Rig()
    value = rig.answer().replace("nc=00000001", f"nc={count}")
    assert rig.check(value)[0] is not Verdict.RIGHT
