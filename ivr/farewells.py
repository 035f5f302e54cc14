"""Why the system ends a call, and what it says when the flow itself has not said it."""

from typing import Literal, TypeAlias

from ivr.prompts import PromptPart, say

HangUpCause: TypeAlias = Literal[
    "hangup",
    "message_left",
    "no_input",
    "invalid_input",
    "max_wait",
    "no_agents",
    "busy",
    "callback",
    "turned_away",
    "failed",
]
"""`hangup`: the flow came to its end; `turned_away`: it refused the caller; the others are what was
last wanting, or done."""

FAREWELLS: dict[HangUpCause, tuple[PromptPart, ...]] = {
    "message_left": say(
        en="Thank you. Your message has been saved. Goodbye.",
        zh="谢谢，您的留言已保存。再见。",
    ),
    "no_input": say(
        en="We did not receive an entry. Goodbye.",
        zh="没有收到您的输入。再见。",
    ),
    "invalid_input": say(
        en="Sorry, that is not valid. Goodbye.",
        zh="对不起，您的输入无效。再见。",
    ),
    "max_wait": say(
        en="All our agents are still busy. Please call again later. Goodbye.",
        zh="坐席仍然全忙，请您稍后再拨。再见。",
    ),
    "no_agents": say(
        en="Nobody is here to take your call now. Please call again later. Goodbye.",
        zh="现在没有坐席值班，请您稍后再拨。再见。",
    ),
    "busy": say(
        en="All our agents are busy. Please call again later. Goodbye.",
        zh="坐席全忙，请您稍后再拨。再见。",
    ),
    "callback": say(
        en="We will call you back as soon as it is your turn. Goodbye.",
        zh="轮到您时我们会立即给您回电，再见。",
    ),
    "failed": say(
        en="Sorry, we cannot go on with your call. Please call again later. Goodbye.",
        zh="对不起，暂时无法为您服务，请您稍后再拨。再见。",
    ),
}
"""By cause; a call that simply came to its end is told nothing, nor is who is turned away."""
