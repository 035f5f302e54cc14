"""When a caller is answered by the 200, from which on the call costs: as number and queue say.

What the called number says (`Party.answer_rule`) goes before what a queue says. These are asked
before anything is played; who plays what is not decided here.
"""

from typing import TYPE_CHECKING

from callcenter.settings import QueueSettings

if TYPE_CHECKING:
    from callcenter.switch.call import Call


def call_begins(call: "Call") -> None:
    """The call was admitted. A codec that can only be passed on has to be the called phone's, too,
    before anybody is answered."""
    rule = call.caller.answer_rule
    if rule is not None and rule.answer == "at_once" and not call.opaque:
        call.answer()


def prompt_begins(call: "Call") -> None:
    """Words follow that the caller has to hear: before the 200 as early media, or after it."""
    rule = call.caller.answer_rule
    if rule is None or rule.answer != "agent" or not call.caller.hear_early():
        call.answer()


def wait_begins(call: "Call", queue: QueueSettings) -> bool:
    """The caller waits for an agent; returns whether they hear what is played meanwhile.

    If not, what they hear is their own network's ring-back tone.
    """
    rule = call.caller.answer_rule or queue
    if rule.answer != "agent":
        call.answer()
    elif not call.caller.answered:
        return rule.early_media and call.caller.hear_early()
    return True
