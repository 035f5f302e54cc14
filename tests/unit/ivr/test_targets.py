import pytest

from ivr.targets import (
    Target,
    TargetError,
    ToBusy,
    ToFlow,
    ToHangUp,
    ToNumber,
    ToQueue,
    ToVoicemail,
    parse,
)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("hangup", ToHangUp()),
        ("busy", ToBusy()),
        ("voicemail", ToVoicemail("default")),
        ("voicemail:night", ToVoicemail("night")),
        ("queue:sales", ToQueue("sales")),
        ("queue:a.b-c_1", ToQueue("a.b-c_1")),
        ("flow:welcome", ToFlow("welcome")),
        ("queue:销售", ToQueue("销售")),
        ("number:8011", ToNumber("8011")),
        ("number:+8657188880000", ToNumber("+8657188880000")),
    ],
)
def test_the_grammar_reads_and_writes_the_same_text(text: str, target: Target) -> None:
    assert parse(text) == target
    assert str(target) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "'' is not a target; write hangup, busy, voicemail, voicemail:BOX, queue:NAME,"
            " flow:NAME or number:DIGITS",
        ),
        ("queue", "'queue' must name one: write queue:NAME"),
        ("flow", "'flow' must name one: write flow:NAME"),
        ("queue:", "'queue:' needs a name after the colon (1 to 64 letters, digits, _ . -)"),
        ("queue:a b", "'queue:a b' needs a name after the colon (1 to 64 letters, digits, _ . -)"),
        ("number:12a", "'number:12a' needs the digits to dial after the colon"),
        ("hangup:now", "'hangup:now' must be just hangup"),
        ("que:sales", "'que:sales' is not a target; did you mean 'queue:sales'?"),
        ("voicemial", "'voicemial' is not a target; did you mean 'voicemail'?"),
    ],
)
def test_what_is_no_target_is_refused_with_the_way_to_write_it(text: str, message: str) -> None:
    with pytest.raises(TargetError) as refused:
        parse(text)
    assert str(refused.value) == message


def test_a_target_that_could_not_be_written_cannot_be_made() -> None:
    with pytest.raises(TargetError):
        ToQueue("two words")
