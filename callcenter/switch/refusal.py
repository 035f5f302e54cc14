"""Why a command about a live call is not obeyed, in the words of the agent protocol."""

from media.sdp import OPAQUE

UNDECODED = f"{OPAQUE} is passed on, not decoded"
"""Why a talk is neither recorded, supervised nor joined by others."""


class CommandRefusedError(Exception):
    """Nothing was changed. `name` is one of the protocol's errors, `facts` go with it."""

    def __init__(self, name: str, message: str | None = None, **facts: object) -> None:
        super().__init__(name, message)
        self.name = name
        self.message = message
        self.facts = facts

    @property
    def reason(self) -> str:
        """For logs."""
        return self.message or self.name.replace("_", " ")


def wrong_state(state: str, *allowed: str) -> CommandRefusedError:
    """What the call is doing does not allow the command."""
    return CommandRefusedError("wrong_state", None, state=state, allowed=list(allowed))
