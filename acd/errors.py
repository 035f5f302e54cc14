"""What the engine raises: only for misuse, never for late, repeated or unknown events."""


class AcdError(ValueError):
    """The caller asked for something that makes no sense; nothing was changed."""


class InvalidQueueError(AcdError):
    """A queue's configuration contradicts itself or names something that does not exist."""


class UnknownQueueError(AcdError):
    """A contact was sent to a queue that the engine was never told of."""

    def __init__(self, queue: str) -> None:
        super().__init__(f"no queue is named {queue!r}")
        self.queue = queue


class InvalidSkillLevelError(AcdError):
    """A skill level outside 1 to 10, or not an integer."""

    def __init__(self, owner: str, skill: str, level: object) -> None:
        super().__init__(
            f"{owner}: skill {skill!r} has level {level!r}, must be an integer 1 to 10"
        )
        self.owner = owner
        self.skill = skill
        self.level = level


class InvalidCapacityError(AcdError):
    """How many contacts at once: not a whole number from 0 on, or more than one call."""

    def __init__(self, owner: str, medium: str, number: object) -> None:
        most = ", 0 or 1" if medium == "voice" else " from 0 on"
        super().__init__(f"{owner}: {number!r} of {medium!r} at once, must be a number{most}")
        self.owner = owner
        self.medium = medium
        self.number = number


class WrongStateError(AcdError):
    """The agent's state does not allow the request (A-05: busy and idle only on-hook)."""

    def __init__(self, agent_id: str, state: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"agent {agent_id} is {state}, must be one of {', '.join(allowed)}")
        self.agent_id = agent_id
        self.state = state
        self.allowed = allowed


class InvalidStateError(AcdError):
    """A saved state that cannot be restored: damaged, or written by another version."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the saved state cannot be restored: {why}")
