"""The shipped sample, call by call."""

import pytest

from ivr.loader import load_flows
from tests.support.mock_call import MockCall

WELCOME = load_flows()["welcome"]

GREETING = "say Welcome, and thank you for calling."
MENU = "say For sales, press 1. For support, press 2. To leave a message, press 0."
AGAIN = "We did not receive an entry. + " + MENU.removeprefix("say ")
MESSAGE = (
    "say Nobody can take your call now. Please leave a message after the tone."
    " When you have finished, hang up or press the pound key."
)


@pytest.mark.parametrize(
    ("key", "then"), [("1", "queue sales 0"), ("2", "queue support 0"), ("0", MESSAGE)]
)
def test_a_key_after_the_menu_leads_where_it_says(key: str, then: str) -> None:
    assert MockCall(WELCOME).wait(5).press(key).log == [GREETING, MENU, then]


def test_a_caller_who_knows_the_menu_need_not_hear_it() -> None:
    assert MockCall(WELCOME).press("2").log == [GREETING, "stop", "queue support 0"]


def test_a_silent_caller_can_leave_a_message() -> None:
    line = MockCall(WELCOME).wait(2 + 3 * 7 + 2)
    assert line.log == [GREETING, MENU, f"say {AGAIN}", f"say {AGAIN}", MESSAGE, "record default"]


def test_a_caller_who_waited_in_vain_leaves_a_message_in_chinese() -> None:
    line = MockCall(WELCOME, language="zh").press("1")
    line.back_from_queue("timeout").wait(2).message_ends("stored").wait(2)
    assert line.log == [
        "say 您好，欢迎致电。",
        "stop",
        "queue sales 0",
        "say 现在无法接听您的来电，请在提示音后留言，结束请挂机或按井号键。",
        "record default",
        "say 谢谢，您的留言已保存。再见。",
        "hang up: message_left",
    ]
