import pytest

from sip.digest import Challenge, Credentials, strongest

MUFASA = Credentials("Mufasa", "Circle of Life")


def answer(challenge: str, method: str, uri: str, who: Credentials, cnonce: str) -> str:
    return Challenge.parse(challenge).answer(method, uri, who, cnonce)


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
    assert "algorithm" not in value


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc_7616_example(algorithm: str, response: str) -> None:
    """RFC 7616 §3.9.1."""
    challenge = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", '
        f"algorithm={algorithm}, "
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    value = answer(challenge, "GET", "/dir/index.html", MUFASA, cnonce)
    assert f'response="{response}"' in value
    assert value.endswith(f"algorithm={algorithm}")


def test_a_nonce_used_again_is_counted() -> None:
    challenge = Challenge.parse('Digest realm="r", nonce="n", qop="auth"')
    values = [challenge.answer("INVITE", "sip:x", MUFASA, "c") for _ in range(3)]
    assert ["nc=00000001" in values[0], "nc=00000003" in values[2]] == [True, True]
    assert len(set(values)) == 3


def test_the_strongest_challenge_of_each_realm_is_taken() -> None:
    offered = [
        'Digest realm="a", nonce="1", algorithm=MD5',
        'Digest realm="b", nonce="2"',
        'Digest realm="a", nonce="3", algorithm=sha-256',
        'Digest realm="a", nonce="4", algorithm=SHA-256-sess',
        "Basic realm=a",
    ]
    assert [(c.realm, c.nonce, c.algorithm) for c in strongest(offered)] == [
        ("a", "3", "SHA-256"),
        ("b", "2", "MD5"),
    ]


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "Basic realm=x",
        "Digest realm=x",
        'Digest nonce="n", algorithm=SHA-1',
        'Digest nonce="n", algorithm=MD5-sess',
        'Digest nonce="n", qop="auth-int"',
    ],
)
def test_challenges_that_cannot_be_answered(challenge: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        answer(challenge, "INVITE", "sip:x", MUFASA, "c")
