import pytest

from ivr.implicit import implicit_flow
from ivr.targets import Target, TargetError, ToFlow, ToHangUp, ToQueue, ToVoicemail
from tests.support.mock_call import MockCall

APOLOGY = "say All our agents are still busy. Please call again later. Goodbye."


@pytest.mark.parametrize(
    ("on_timeout", "heard"),
    [
        (None, [APOLOGY, "hang up: max_wait"]),
        (ToHangUp(), [APOLOGY, "hang up: max_wait"]),
        (ToQueue("support"), ["queue support 0"]),
        (ToFlow("night"), ["flow night"]),
    ],
)
def test_after_the_wait_the_caller_goes_where_the_queue_says(
    on_timeout: Target | None, heard: list[str]
) -> None:
    line = MockCall(implicit_flow("sales", on_timeout=on_timeout))
    assert line.back_from_queue("timeout").wait(2).log == ["queue sales 0", *heard]


def test_voicemail_is_announced_recorded_and_thanked_for_in_the_callers_language() -> None:
    line = MockCall(implicit_flow("sales", on_timeout=ToVoicemail()), language="zh")
    line.back_from_queue("timeout").wait(2).message_ends("stored").wait(2)
    assert line.log == [
        "queue sales 0",
        "say 现在无法接听您的来电，请在提示音后留言，结束请挂机或按井号键。",
        "record default",
        "say 谢谢，您的留言已保存。再见。",
        "hang up: message_left",
    ]


@pytest.mark.parametrize(
    ("on_no_agents", "heard"), [(None, "queue late 0"), (ToQueue("night"), "queue night 0")]
)
def test_with_nobody_there_the_caller_goes_at_once(on_no_agents: Target | None, heard: str) -> None:
    flow = implicit_flow("sales", on_timeout=ToQueue("late"), on_no_agents=on_no_agents)
    assert MockCall(flow).back_from_queue("no_agents").log == ["queue sales 0", heard]


def test_the_flow_has_the_queues_name_and_the_calls_priority() -> None:
    flow = implicit_flow("sales", priority=5)
    assert flow.name == "queue:sales"
    assert MockCall(flow).log == ["queue sales 5"]


def test_a_name_that_no_target_can_have_is_refused() -> None:
    with pytest.raises(TargetError):
        implicit_flow("two words")
