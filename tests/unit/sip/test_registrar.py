import pytest

from sip.address import Address
from sip.binding import Binding
from sip.deadlines import NEVER, Alarm
from sip.registrar import Expiry, Outcome, Registrar
from tests.support.sip_messages import parsed_request

HOME = Address("udp", "192.0.2.1", 4000)
STREAM = Address("tcp", "192.0.2.1", 50000)
LOCAL = Address("udp", "10.0.0.1", 5060)


class Rig:
    """A registrar and what it told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.alarm = Alarm()
        expiry = Expiry(minimum=30, maximum=600, default=300)
        self.registrar = Registrar(expiry, self._tell, self.alarm)

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
        edge: bool = False,
    ) -> Outcome:
        line = f"Contact: {contact}\r\n" if contact else ""
        request = parsed_request("REGISTER", cseq=cseq, call_id=call_id, headers=headers)
        request.headers["contact"] = [contact] if line else []
        return self.registrar.register(user, request, source, LOCAL, now, edge=edge)

    def contacts(self, now: float = 0.0) -> list[str]:
        return [binding.contact_uri for binding in self.registrar.bindings("8001", now)]

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
    assert rig.alarm.at == 40.0
    rig.registrar.advance(40.0)
    rig.alarm.set_anew()
    assert rig.alarm.at == 60.0
    assert not rig.registrar.is_phone(STREAM, 40.0)
    rig.registrar.advance(60.0)
    assert rig.told == ["sip:a@b", "sip:c@d", "gone", "gone"]
    rig.alarm.set_anew()
    assert rig.alarm.at == NEVER


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


def test_all_contacts_are_rung_the_preferred_and_newest_first() -> None:
    rig = Rig()
    rig.register("<sip:old@b>;q=0.5, <sip:new@b>;q=0.5;expires=40, <sip:best@b>;q=0.9")
    assert rig.contacts() == ["sip:best@b", "sip:new@b", "sip:old@b"]
    assert rig.contacts(41.0) == ["sip:best@b", "sip:old@b"]
    assert rig.registrar.bindings("8002", 0.0) == []
    assert rig.register("", cseq=2).headers[2] == ("Contact", "<sip:best@b>;expires=300;q=0.9")


@pytest.mark.parametrize(
    ("q", "thousandths"),
    [("0.25", 250), ("1", 1000), ("9", 1000), ("nan", 1000), ("1e999", 1000), ("x", 1000)],
)
def test_odd_preferences(q: str, thousandths: int) -> None:
    rig = Rig()
    rig.register(f"<sip:a@b>;q={q}")
    assert rig.registrar.bindings("8001", 0.0)[0].q == thousandths


DEVICE = '+sip.instance="<urn:uuid:1>"'


def test_a_device_that_moved_replaces_its_old_contact() -> None:
    """RFC 5626 §6, also for phones that name an instance but no flow."""
    rig = Rig()
    rig.register(f"<sip:a@1.1.1.1>;{DEVICE}")
    rig.register(f"<sip:a@2.2.2.2>;{DEVICE}", call_id="after the restart")
    assert rig.contacts() == ["sip:a@2.2.2.2"]


def test_flows_of_a_device_are_kept_apart_but_rung_once() -> None:
    """RFC 5626 §6, §7: a flow needs a stream, as we do not keep UDP flows open by STUN."""
    rig = Rig()
    for number in (1, 2, 1):
        outcome = rig.register(
            f"<sip:a@1.1.1.{number}>;{DEVICE};reg-id={number}",
            headers="Supported: path, outbound\r\n",
            source=STREAM,
            call_id=f"flow {number} {len(rig.told)}",
        )
        assert ("Require", "outbound") in outcome.headers
    assert len(rig.registrar.all(0.0)) == 2
    assert rig.contacts() == ["sip:a@1.1.1.1"]


def test_flows_over_udp_are_ordinary_contacts() -> None:
    rig = Rig()
    outcome = rig.register(f"<sip:a@b>;{DEVICE};reg-id=1", headers="Supported: outbound\r\n")
    assert outcome.headers == [("Contact", f"<sip:a@b>;expires=300;{DEVICE}")]


def test_the_path_is_kept_and_repeated() -> None:
    """RFC 3327 §5.3."""
    rig = Rig()
    path = "<sip:edge@192.0.2.7:5070;lr>"
    line = f"Path: {path}, <sip:inner;lr>\r\nSupported: path\r\n"
    outcome = rig.register("<sip:a@b>", headers=line)
    assert outcome.headers[1:] == [("Path", path), ("Path", "<sip:inner;lr>")]
    binding = rig.registrar.bindings("8001", 0.0)[0]
    assert (binding.path, binding.source) == ((path, "<sip:inner;lr>"), HOME)
    assert not rig.registrar.is_phone(HOME, 0.0)  # it is the proxy's address


def test_a_proxy_on_a_stream_is_reached_where_it_listens() -> None:
    rig = Rig()
    line = "Path: <sip:192.0.2.7:5070;transport=tcp;lr>\r\nSupported: path\r\n"
    rig.register("<sip:a@b>", headers=line, source=STREAM)
    rig.registrar.connection_lost(STREAM)
    assert rig.registrar.bindings("8001", 0.0)[0].source == Address("tcp", "192.0.2.7", 5070)


def test_a_path_that_the_phone_does_not_know_of_is_refused() -> None:
    """RFC 3327 §5.3: else a phone could be hijacked by a Path it never sees."""
    rig = Rig()
    refusal = rig.register("<sip:a@b>", headers="Path: <sip:edge;lr>\r\n")
    assert refusal == Outcome(420, [("Unsupported", "path")])
    assert rig.told == []


def test_our_own_edge_adds_a_path_for_phones_that_do_not_know_it() -> None:
    """RFC 3327 §5.3: local policy. The phone, which did not ask, is not told."""
    rig = Rig()
    outcome = rig.register("<sip:a@b>", headers="Path: <sip:edge;lr>\r\n", edge=True)
    assert [name for name, _ in outcome.headers] == ["Contact"]
    assert rig.registrar.bindings("8001", 0.0)[0].path == ("<sip:edge;lr>",)


@pytest.mark.parametrize(
    ("contact", "headers"),
    [
        ("<sip:" + "a" * 600 + "@b>", ""),
        (",".join(f"<sip:a{n}@b>" for n in range(9)), ""),
        ("<sip:a@b>", f"Supported: path\r\nPath: <sip:{'a' * 2000};lr>\r\n"),
    ],
)
def test_requests_beyond_all_measure_change_nothing(contact: str, headers: str) -> None:
    rig = Rig()
    assert rig.register(contact, headers=headers).code == 400
    assert rig.told == []


def test_unregistering_all_minds_the_order_too() -> None:
    rig = Rig()
    rig.register("<sip:a@b>", cseq=5)
    assert rig.register("*", cseq=4, headers="Expires: 0\r\n").code == 500
    assert rig.uri() == "sip:a@b"


def test_what_is_written_can_be_restored() -> None:
    before, written = Rig(), dict[str, list[Binding]]()
    before.registrar.on_written = lambda user, bindings: written.update({user: list(bindings)})
    before.register("<sip:a@b>;expires=60, <sip:c@d>")
    before.register("<sip:e@f>", user="8002", source=STREAM)
    before.register("*", cseq=2, user="8002", headers="Expires: 0\r\n")
    after = Rig()
    after.registrar.on_written = lambda user, bindings: written.clear()
    after.registrar.restore([b for found in written.values() for b in found], 100.0)
    assert written["8002"] == []
    assert after.contacts(100.0) == ["sip:c@d"]
    assert after.told == ["sip:c@d"]
    assert after.registrar.is_phone(HOME, 100.0)
    after.registrar.advance(300.0)
    assert after.told == ["sip:c@d", "gone"]
