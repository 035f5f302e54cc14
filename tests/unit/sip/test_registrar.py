from sip.address import Address
from sip.registrar import Binding, Expiry, Outcome, Registrar
from tests.support.sip_messages import parsed_request

HOME = Address("udp", "192.0.2.1", 4000)
STREAM = Address("tcp", "192.0.2.1", 50000)
LOCAL = Address("udp", "10.0.0.1", 5060)


class Rig:
    """A registrar and what it told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.registrar = Registrar(Expiry(minimum=30, maximum=600, default=300), self._tell)

    def _tell(self, user: str, binding: Binding | None) -> None:
        self.told.append(binding.contact_uri if binding else "gone")

    def register(
        self,
        contact: str,
        *,
        cseq: int = 1,
        call_id: str = "c",
        headers: str = "",
        source: Address = HOME,
        now: float = 0.0,
        user: str = "8001",
    ) -> Outcome:
        line = f"Contact: {contact}\r\n" if contact else ""
        request = parsed_request("REGISTER", cseq=cseq, call_id=call_id, headers=headers)
        request.headers["contact"] = [contact] if line else []
        return self.registrar.register(user, request, source, LOCAL, now)

    def uri(self, now: float = 0.0) -> str | None:
        binding = self.registrar.lookup("8001", now)
        return binding.contact_uri if binding else None


def test_a_binding_is_reached_where_its_register_came_from() -> None:
    rig = Rig()
    rig.register("<sip:8001@192.168.1.5:5060>", headers="User-Agent: Phone/1\r\n")
    binding = rig.registrar.lookup("8001", 0.0)
    assert binding is not None
    assert (binding.source, binding.local, binding.user_agent) == (HOME, LOCAL, "Phone/1")
    assert rig.registrar.is_phone(HOME, 0.0)
    assert not rig.registrar.is_phone(STREAM, 0.0)


def test_expiry_comes_from_the_contact_the_header_or_the_default_within_limits() -> None:
    rows = [
        ("<sip:a@b>;expires=60", "Expires: 90\r\n", 60),
        ("<sip:a@b>", "Expires: 90\r\n", 90),
        ("<sip:a@b>", "", 300),
        ("<sip:a@b>;expires=soon", "", 300),
        ("<sip:a@b>;expires=99999999999999999999", "", 600),
    ]
    for contact, headers, seconds in rows:
        rig = Rig()
        outcome = rig.register(contact, headers=headers)
        assert outcome == Outcome(200, [("Contact", f"<sip:a@b>;expires={seconds}")])
        assert rig.uri(seconds - 1) == "sip:a@b"
        assert rig.uri(seconds) is None


def test_too_short_an_interval_is_refused() -> None:
    rig = Rig()
    assert rig.register("<sip:a@b>;expires=5") == Outcome(423, [("Min-Expires", "30")])
    assert rig.told == []


def test_the_newest_of_several_contacts_wins_and_only_changes_are_told() -> None:
    rig = Rig()
    rig.register("<sip:a@b>", cseq=1)
    rig.register("<sip:a@b>", cseq=2, now=1.0)
    rig.register("<sip:c@d>", cseq=3, now=2.0, source=STREAM)
    rig.register("<sip:c@d>;expires=0", cseq=4, now=3.0)
    rig.register("<sip:a@b>", cseq=5, now=4.0, source=STREAM)
    assert rig.told == ["sip:a@b", "sip:c@d", "sip:a@b", "sip:a@b"]
    assert rig.uri(4.0) == "sip:a@b"


def test_a_query_changes_nothing() -> None:
    rig = Rig()
    rig.register("<sip:a@b>")
    outcome = rig.register("", cseq=2, now=100.0)
    assert outcome == Outcome(200, [("Contact", "<sip:a@b>;expires=200")])


def test_unregister_all() -> None:
    rig = Rig()
    rig.register("<sip:a@b>, <sip:c@d>")
    assert rig.register("*", cseq=2, headers="Expires: 60\r\n").code == 400
    assert rig.register("*, <sip:e@f>", cseq=2, headers="Expires: 0\r\n").code == 400
    assert rig.uri() == "sip:c@d"
    assert rig.register("*", cseq=2, headers="Expires: 0\r\n") == Outcome(200, [])
    assert rig.told[-1] == "gone"


def test_out_of_order_and_broken_requests_change_nothing() -> None:
    rig = Rig()
    rig.register("<sip:a@b>", cseq=5)
    assert rig.register("<sip:a@b>;expires=0", cseq=5).code == 500
    assert rig.register("<sip:x@y>, <sip:broken", cseq=6).code == 400
    assert rig.uri() == "sip:a@b"
    assert rig.register("<sip:a@b>;expires=0", cseq=1, call_id="after a restart").code == 200
    assert rig.uri() is None


def test_bindings_expire_by_themselves() -> None:
    rig = Rig()
    rig.register("<sip:a@b>;expires=60")
    rig.register("<sip:c@d>;expires=40", cseq=2, user="8002", source=STREAM)
    assert rig.registrar.next_deadline() == 40.0
    rig.registrar.advance(40.0)
    assert rig.registrar.next_deadline() == 60.0
    assert not rig.registrar.is_phone(STREAM, 40.0)
    rig.registrar.advance(60.0)
    assert rig.told == ["sip:a@b", "sip:c@d", "gone", "gone"]
    assert rig.registrar.next_deadline() is None


def test_bindings_die_with_their_connection() -> None:
    rig = Rig()
    rig.register("<sip:a@b>", source=STREAM)
    rig.register("<sip:a@b>", source=STREAM, user="8002")
    rig.registrar.connection_lost(STREAM)
    assert rig.told[-2:] == ["gone", "gone"]
    assert not rig.registrar.is_phone(STREAM, 0.0)


def test_one_user_cannot_register_without_end() -> None:
    rig = Rig()
    for number in range(50):
        rig.register(f"<sip:a{number}@b>", cseq=number)
    assert len(rig.register("", cseq=99).headers) == Registrar.MAX_CONTACTS
    assert rig.uri() == "sip:a49@b"
