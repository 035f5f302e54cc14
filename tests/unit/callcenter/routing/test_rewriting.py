"""Prefix tables, numbering plans, and what trunks make of them."""

import pytest

from callcenter.routing.numbering import Numbering
from callcenter.routing.rewriting import PrefixTable
from callcenter.routing.trunk_numbers import TrunkNumbers
from callcenter.settings import PrefixRule, TrunkSettings
from callcenter.settings.trunking import NumberFormat

NUMBERING = Numbering("CN", ["110", "112"])


@pytest.mark.parametrize(
    ("number", "rewritten"),
    [
        ("057188889999", "+8657188889999"),
        ("004930123", "+4930123"),
        ("13800138000", "013800138000"),
        ("0", "+86"),
        ("", ""),
        ("*21", "*21"),
    ],
)
def test_the_longest_prefix_decides(number: str, rewritten: str) -> None:
    table = PrefixTable(
        [
            PrefixRule(prefix="0", strip=1, add="+86"),
            PrefixRule(prefix="00", strip=2, add="+"),
            PrefixRule(prefix="1", add="0"),
        ]
    )
    assert table.rewrite(number) == rewritten


def test_an_empty_prefix_fits_what_nothing_else_does() -> None:
    table = PrefixTable([PrefixRule(add="9"), PrefixRule(prefix="8", strip=1)])
    assert [table.rewrite(number) for number in ("123", "8123", "")] == ["9123", "123", "9"]


def test_more_is_never_stripped_than_there_is() -> None:
    assert PrefixTable([PrefixRule(strip=5, add="7")]).rewrite("123") == "7"


def test_no_rule_changes_nothing() -> None:
    assert PrefixTable([]).rewrite("123") == "123"


@pytest.mark.parametrize(
    ("form", "number", "formatted"),
    [
        ("as_is", "057188889999", "057188889999"),
        ("e164", "057188889999", "+8657188889999"),
        ("e164", "13800138000", "+8613800138000"),
        ("e164", "+4930123456", "+4930123456"),
        ("e164", "004930123456", "+4930123456"),
        ("digits", "057188889999", "8657188889999"),
        ("national", "+8657188889999", "057188889999"),
        ("national", "+8613800138000", "13800138000"),
        ("national", "+4930123456", "+4930123456"),
        ("e164", "4001", "4001"),
        ("e164", "10086", "10086"),
        ("e164", "anonymous", "anonymous"),
        ("e164", "", ""),
        ("e164", "9" * 300, "9" * 300),
    ],
)
def test_numbers_in_the_forms_that_trunks_want(
    form: NumberFormat, number: str, formatted: str
) -> None:
    assert NUMBERING.format(number, form) == formatted


def test_emergency_numbers_are_the_listed_ones_and_the_country_s() -> None:
    ours = ("110", "112", "119", "120")
    assert all(map(NUMBERING.is_emergency, ours))
    assert Numbering("US", []).is_emergency("911")
    others = ("", "1", "1100", "0110", "10086", "4001", "057188889999", "١١٠")
    assert not any(map(NUMBERING.is_emergency, others))


def test_a_trunk_formats_then_rewrites_what_goes_out_and_the_reverse_comes_in() -> None:
    trunk = TrunkSettings.model_validate(
        {
            "name": "t",
            "hosts": ["192.0.2.1"],
            "called_format": "digits",
            "called_out": [{"prefix": "86571", "strip": 5}, {"prefix": "110", "add": "0571"}],
            "caller_out": [{"prefix": "4", "add": "0571888"}],
            "called_in": [{"prefix": "0571888", "strip": 7}],
            "caller_in": [{"prefix": "9", "strip": 1}],
            "ani_format": "e164",
        }
    )
    numbers = TrunkNumbers(trunk, NUMBERING)

    assert numbers.called_out("057188889999") == "88889999"
    assert numbers.called_out("13800138000") == "8613800138000"
    assert numbers.caller_out("4001") == "05718884001"
    assert numbers.called_in("05718884001") == "4001"
    assert numbers.caller_in("9013800138000") == "+8613800138000"
    assert numbers.called_out("110", emergency=True) == "0571110"
    assert numbers.called_out("119", emergency=True) == "119"
