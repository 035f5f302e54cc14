"""The registration flows of RFC 3665 §2."""

from sip import Credentials, Registration
from tests.support.sip_bench import PBX, PHONE, Bench, Party

AOR = "sip:8001@10.0.0.1"


class Pair:
    """A phone and the registrar that knows seat 8001."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.phone: Party = self.bench.add(PHONE)
        self.pbx: Party = self.bench.add(PBX)
        self.pbx.app.passwords["8001"] = "secret"
        self.results: list[tuple[int, int]] = []

    def registration(self, password: str = "secret", expires: int = 300) -> Registration:
        return Registration(AOR, PBX, Credentials("8001", password), expires)

    def register(self, password: str = "secret", expires: int = 300):  # type: ignore[no-untyped-def]
        client = self.phone.endpoint.register(
            self.registration(password, expires), lambda code, s: self.results.append((code, s))
        )
        self.bench.run()
        return client


def test_2_1_successful_new_registration() -> None:
    pair = Pair()
    pair.register()
    assert pair.bench.first_lines() == ["REGISTER", "401 REGISTER", "REGISTER", "200 REGISTER"]
    assert pair.results == [(200, 300)]
    binding = pair.pbx.endpoint.registrar.lookup("8001", pair.bench.now)
    assert binding is not None
    assert (binding.contact_uri, binding.source, binding.local) == (
        "sip:8001@10.0.0.3:5062",
        PHONE,
        PBX,
    )


def test_2_2_update_of_contact_list() -> None:
    pair = Pair()
    client = pair.register()
    pair.bench.run(200)
    client.refresh()
    pair.bench.run(250)
    assert pair.pbx.endpoint.registrar.lookup("8001", pair.bench.now) is not None
    assert len(pair.pbx.app.bindings) == 1  # a refresh is no change
    pair.bench.run(60)
    assert pair.pbx.endpoint.registrar.lookup("8001", pair.bench.now) is None
    assert pair.pbx.app.bindings[-1] == ("8001", None)


def test_2_4_cancellation_of_registration() -> None:
    pair = Pair()
    client = pair.register()
    client.unregister()
    pair.bench.run()
    assert pair.results[-1] == (200, 0)
    assert pair.pbx.app.bindings[-1] == ("8001", None)


def test_2_5_unsuccessful_registration() -> None:
    pair = Pair()
    pair.register(password="wrong")
    assert pair.results == [(403, 0)]
    assert pair.pbx.app.bindings == []


def test_an_interval_too_brief_is_lengthened() -> None:
    """RFC 3261 §10.2.8: 423 names the least interval."""
    pair = Pair()
    pair.register(expires=5)
    assert pair.results[-1] == (200, 30)
