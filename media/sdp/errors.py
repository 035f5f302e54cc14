"""What can be wrong with a session description."""


class SdpError(ValueError):
    """The description cannot be used; the message says what and where. Answered with SIP 488."""


class NotAcceptable(SdpError):  # noqa: N818 - the name SIP gives it (488 Not Acceptable Here)
    """The description is well formed, but nothing in it is a stream this system can speak."""


class OnlyOpaque(NotAcceptable):
    """All that is offered could be passed on to another phone, but not be decoded."""
