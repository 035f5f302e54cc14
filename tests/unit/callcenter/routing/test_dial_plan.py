"""What a dialled number is, and who may call it."""

import pytest

from callcenter.routing.dial_plan import (
    Destination,
    DialPlan,
    Extension,
    Origin,
    Outside,
    PbxExtension,
    Service,
)
from callcenter.routing.numbering import Numbering
from callcenter.routing.numbers import NumberPlan
from callcenter.routing.rights import DialRights
from callcenter.settings import NumberSettings, PbxSettings, SeatSettings
from ivr.targets import ToVoicemail

HOME = {"8001", "80011"}


def plan(**settings: object) -> DialPlan:
    rows = [
        NumberSettings(dnis="4001", queue="sales"),
        NumberSettings.model_validate(
            {"dnis": "4011", "extension": "8001", "on_no_answer": "voicemail:office"}
        ),
    ]
    return DialPlan(
        PbxSettings.model_validate(settings),
        NumberPlan(rows, {}),
        rows,
        [seat(number) for number in sorted(HOME)],
        {"pbx": ("85*", "860000")},
        {"110", "112"}.__contains__,
    )


def one(number: str) -> tuple[str, ...]:
    return (number,)


def seat(number: str, **more: object) -> SeatSettings:
    return SeatSettings.model_validate({"seat_no": number, "password": "x", **more})


@pytest.mark.parametrize(
    ("number", "origin", "found"),
    [
        ("8001", "seat", Extension("8001")),
        ("8001", "internal", Extension("8001")),
        ("8001", "outside", None),
        ("80011", "seat", Extension("80011")),
        ("4011", "outside", Extension("8001", ToVoicemail("office"))),
        ("4011", "seat", Extension("8001", ToVoicemail("office"))),
        ("8599", "seat", PbxExtension("8599", "pbx")),
        ("860000", "seat", PbxExtension("860000", "pbx")),
        ("8599", "internal", None),
        ("860001", "seat", None),
        ("110", "seat", Outside("110", emergency=True)),
        ("0110", "seat", Outside("110", emergency=True)),
        ("110", "outside", None),
        ("110", "internal", None),
        ("001062345678", "seat", Outside("01062345678")),
        ("0+8613800138000", "seat", Outside("+8613800138000")),
        ("013", "seat", None),
        ("0" + "1" * 40, "seat", None),
        ("01380013x", "seat", None),
        ("0١٢٣", "seat", None),
        ("1062345678", "seat", None),
        ("8001*", "seat", Extension("8001")),
        ("8599*", "seat", PbxExtension("8599", "pbx")),
        ("13800138000*", "seat", None),
        ("13800138000#", "seat", Outside("13800138000")),
        ("8001#", "seat", Outside("8001")),
        ("110#", "seat", Outside("110", emergency=True)),
        ("8001*", "outside", None),
        ("", "seat", None),
        ("+", "seat", None),
    ],
)
def test_what_a_number_is(number: str, origin: Origin, found: Destination | None) -> None:
    assert plan(outside_prefix="0").destination(number, origin) == found


def test_without_a_prefix_the_rest_is_outside() -> None:
    assert plan().destination("13800138000", "seat") == Outside("13800138000")
    assert plan().destination("*", "seat") is None


def test_a_queue_is_a_service() -> None:
    found = plan().destination("4001", "outside")
    assert isinstance(found, Service)
    assert found.flow.name == "queue:sales"


@pytest.mark.parametrize(
    ("right", "allowed"),
    [
        ("none", {"help", "queue"}),
        ("internal", {"help", "queue", "extension", "pbx"}),
        ("whitelist", {"help", "queue", "extension", "pbx", "listed"}),
        ("national", {"help", "queue", "extension", "pbx", "listed", "home"}),
        ("all", {"help", "queue", "extension", "pbx", "listed", "home", "abroad"}),
    ],
)
def test_each_right_includes_those_before_it(right: str, allowed: set[str]) -> None:
    settings = PbxSettings(whitelist=("0044*",), forbidden=("190",))
    rights = DialRights(settings, lambda number: number.startswith("00"), one)
    service = plan().destination("4001", "seat")
    assert service is not None
    places: dict[str, Destination] = {
        "help": Outside("110", emergency=True),
        "queue": service,
        "extension": Extension("8001"),
        "pbx": PbxExtension("8599", "pbx"),
        "listed": Outside("00441632960960"),
        "home": Outside("01062345678"),
        "abroad": Outside("0018005550100"),
        "forbidden": Outside("1901234567"),
    }
    who = seat("8001", dial=right)
    assert {name for name, to in places.items() if rights.refusal(who, to) is None} == allowed


def test_the_site_itself_may_call_all_but_what_is_forbidden() -> None:
    rights = DialRights(PbxSettings(forbidden=("190",)), lambda number: True, one)
    assert rights.refusal(None, Outside("0018005550100")) is None
    assert rights.refusal(None, Outside("1901234567")) == "forbidden destination"


def test_a_seat_without_a_right_of_its_own_has_the_sites() -> None:
    rights = DialRights(PbxSettings(), lambda number: False, one)
    assert rights.refusal(seat("8001"), Outside("01062345678")) == "no right"
    rights = DialRights(PbxSettings(dial="all"), lambda number: False, one)
    assert rights.refusal(seat("8001"), Outside("01062345678")) is None


@pytest.mark.parametrize(
    "dialled", ["01062345678", "1062345678", "+861062345678", "00861062345678", "0106234567"]
)
def test_no_spelling_gets_round_a_list(dialled: str) -> None:
    numbering = Numbering("CN", ())
    settings = PbxSettings(forbidden=("010", "+8610", "10"))
    rights = DialRights(settings, numbering.is_abroad, numbering.spellings)
    assert rights.refusal(None, Outside(dialled)) == "forbidden destination"
    for beginning in ("010", "+8610"):
        rights = DialRights(
            PbxSettings(forbidden=(beginning,)), numbering.is_abroad, numbering.spellings
        )
        if len(dialled) > 10:
            assert rights.refusal(None, Outside(dialled)) == "forbidden destination"


def test_a_number_that_no_plan_knows_is_itself() -> None:
    numbering = Numbering("CN", ())
    assert numbering.spellings("+99") == ("+99",)
    assert numbering.is_abroad("+99")
    assert not numbering.is_abroad("0086106")
