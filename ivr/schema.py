"""The node kinds of a flow, as pydantic models: one class per kind, one field per key.

A field that says where the call goes holds the id of a node or a target (`ivr.targets`). Whatever
such a field is, `exits()` lists it, so that the loader checks and draws the graph without knowing
the kinds. Times are seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import SchemaError, SchemaValidator, core_schema

from ivr.conditions import Case
from ivr.prompts import Language, Prompt, PromptPart, say
from ivr.targets import DEFAULT_BOX, NAME, NUMBER

KEYS = "0123456789*#"
"""GD-4.4; key 0 belongs to them (A-15)."""

MAX_DIGITS = 32
MAX_NODES = 1000


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out of a node."""

    loc: tuple[str | int, ...]
    """Where in the node it is written, e.g. `("keys", "1")`."""
    goes_to: str
    """Node id or target."""
    waits: bool
    """Whether the way is only taken after a key press, or time that the caller was given."""


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f"'{text}' is not a name (1 to 64 letters, digits, _ . -)")
    return text


def _number(text: str) -> str:
    if not NUMBER.fullmatch(text):
        raise ValueError("must be the digits to dial")
    return text


def _key(key: str) -> str:
    if len(key) != 1 or key not in KEYS:
        raise ValueError(f"'{key}' is not a key: 0 to 9, * or #")
    return key


@lru_cache(maxsize=1024)
def _digits_validator(pattern: str) -> SchemaValidator:
    # pydantic's engine takes linear time, so no pattern can stall the loop on a caller's digits.
    return SchemaValidator(core_schema.str_schema(pattern=pattern))


def _pattern(pattern: str) -> str:
    try:
        _digits_validator(pattern)
    except SchemaError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise ValueError(f"is not a regular expression: {reason}") from None
    return pattern


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Name: TypeAlias = Annotated[str, AfterValidator(_name)]
GoesTo: TypeAlias = Annotated[str, Field(min_length=1, max_length=80)]
Timeout: TypeAlias = Annotated[float, Field(gt=0, le=120, allow_inf_nan=False)]
BusyTone: TypeAlias = Literal["busy", "congestion", "special_information"]
"""ITU-T E.180: the called one talks; no line is free; this number cannot be reached."""
VariableName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z_]\w{0,63}$")]

INVALID = say(en="Sorry, that is not valid.", zh="对不起，您的输入无效。")
NO_INPUT = say(en="We did not receive an entry.", zh="没有收到您的输入。")
LEAVE_A_MESSAGE = say(
    en="Nobody can take your call now. Please leave a message after the tone,"
    " then hang up or press the pound key.",
    zh="现在无法接听您的来电，请在提示音后留言，结束请挂机或按井号键。",
)


_ExitFields: TypeAlias = tuple[tuple[str, bool], ...]


class NodeModel(BaseModel):
    """What all kinds share: unknown keys are mistakes, nothing is converted or changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    exit_fields: ClassVar[_ExitFields] = ()
    """Field and whether it waits, of each exit that is a field of its own."""

    def exits(self) -> Iterator[Exit]:
        """Every way out; none for kinds that end the flow."""
        for field, waits in self.exit_fields:
            goes_to = getattr(self, field)
            if goes_to is not None:
                yield Exit((field,), goes_to, waits)

    def prompts(self) -> Iterator[tuple[str, tuple[PromptPart, ...]]]:
        """The fields that are heard."""
        for field in type(self).model_fields:
            value = getattr(self, field)
            if isinstance(value, tuple):
                yield field, value


class PlayNode(NodeModel):
    """Says something and goes on."""

    kind: Literal["play"] = "play"
    prompt: Prompt
    interruptible: bool = True
    """A key stops the prompt and counts for the next node that takes keys; else it is lost."""
    next: GoesTo

    exit_fields = (("next", False),)


class InputNode(NodeModel):
    """What menu and collect share: ask, wait, ask again, give up."""

    prompt: Prompt | None = None
    """Heard at every try; None when what came before has asked."""
    interruptible: bool = True
    """A key stops the prompt; else keys pressed before its end are lost."""
    timeout: Timeout = 5.0
    """From the end of the prompt to the first key."""
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    invalid_prompt: Prompt = INVALID
    """Heard before the next try, after input that is not valid."""
    no_input_prompt: Prompt = NO_INPUT
    """Heard before the next try, after silence."""
    on_invalid: GoesTo = "hangup"
    """Where the call goes when the last try was not valid."""
    on_timeout: GoesTo = "hangup"
    """Where the call goes when the last try was silence."""

    exit_fields: ClassVar[_ExitFields] = (("on_invalid", True), ("on_timeout", True))


class MenuNode(InputNode):
    """One key chooses where the call goes."""

    kind: Literal["menu"] = "menu"
    keys: Annotated[
        dict[Annotated[str, AfterValidator(_key)], GoesTo], Field(min_length=1, max_length=12)
    ]

    def exits(self) -> Iterator[Exit]:
        """The keys' and those of all input."""
        for key, goes_to in self.keys.items():
            yield Exit(("keys", key), goes_to, waits=True)
        yield from super().exits()


class CollectNode(InputNode):
    """Takes one key, several or as many as come (GD-4.4) and keeps them in a variable."""

    kind: Literal["collect"] = "collect"
    into: VariableName = "digits"
    """The variable; `digits` always has the last entry as well."""
    min_digits: Annotated[int, Field(ge=0, le=MAX_DIGITS)] = 1
    """0 makes the entry optional: silence and a bare # are then an empty entry."""
    max_digits: Annotated[int, Field(ge=1, le=MAX_DIGITS)] = MAX_DIGITS
    """The entry ends with this digit; 1 means one key, which may be * or #."""
    inter_digit_timeout: Timeout = 3.0
    """From each key to the next; running out ends the entry."""
    pattern: Annotated[str, Field(max_length=200), AfterValidator(_pattern)] | None = None
    """Regular expression that the whole entry must match (Rust's syntax, linear time)."""
    next: GoesTo

    exit_fields = (("next", True), *InputNode.exit_fields)

    @model_validator(mode="after")
    def _ordered(self) -> "CollectNode":
        if self.min_digits > self.max_digits:
            raise ValueError(f"min_digits is more than max_digits ({self.max_digits})")
        return self

    def accepts(self, entry: str) -> bool:
        """Whether `entry` is long enough and matches the pattern."""
        if len(entry) < self.min_digits:
            return False
        return self.pattern is None or _digits_validator(f"^(?:{self.pattern})$").isinstance_python(
            entry
        )


class QueueNode(NodeModel):
    """Waits for an agent. What is not given falls back to `on_timeout`."""

    kind: Literal["queue"] = "queue"
    queue: Name
    priority: Annotated[int, Field(ge=0, le=100)] = 0
    """Higher goes first."""
    agent: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    """Agent or extension to be asked before all others, such as `${digits}`."""
    agent_wait: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 0.0
    """How long the caller waits for them while they are signed in but not idle."""
    on_timeout: GoesTo | None = None
    """After the longest wait. None: the queue's own target, else hang up with an apology."""
    on_no_agents: GoesTo | None = None
    """Nobody is signed in for the queue. None: they wait, unless the queue has it."""
    on_busy: GoesTo | None = None
    """Every agent is busy and the queue lets nobody wait."""
    on_error: GoesTo | None = None
    """The queue could not take the call."""
    next: GoesTo = "hangup"
    """After the talk with the agent, when the agent leaves first."""

    exit_fields = (
        ("on_timeout", True),
        ("on_no_agents", False),
        ("on_busy", False),
        ("on_error", False),
        ("next", True),
    )


class BranchNode(NodeModel):
    """Looks at a queue's live figures, the customer or the numbers, and goes on accordingly."""

    kind: Literal["branch"] = "branch"
    queue: Name | None = None
    """Whose figures are meant."""
    cases: Annotated[tuple[Case, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
    """The first that holds decides."""
    otherwise: GoesTo
    """Where the call goes if none does."""

    def exits(self) -> Iterator[Exit]:
        """The cases' and the last resort."""
        for position, case in enumerate(self.cases):
            yield Exit(("cases", position, "next"), case.next, waits=False)
        yield Exit(("otherwise",), self.otherwise, waits=False)

    def prompts(self) -> Iterator[tuple[str, tuple[PromptPart, ...]]]:
        """None."""
        yield from ()

    @model_validator(mode="after")
    def _complete(self) -> "BranchNode":
        for number, case in enumerate(self.cases, 1):
            if not case.asks_anything:
                raise ValueError(f"case {number} has no condition")
            if case.asks_queue and self.queue is None:
                raise ValueError(f"case {number} is about a queue: name it in 'queue'")
        return self


class CallbackNode(NodeModel):
    """Puts the caller on a queue's list of those to be called back, in their place."""

    kind: Literal["callback"] = "callback"
    queue: Name
    priority: Annotated[int, Field(ge=0, le=100)] = 0
    """Higher goes first."""
    next: GoesTo = "hangup"
    """They will be called, or were on the list already."""
    on_refused: GoesTo = "hangup"
    """Their number is withheld or may not be called, or the queue calls nobody back."""

    exit_fields = (("next", False), ("on_refused", False))


class VoicemailNode(NodeModel):
    """Takes a message. `#`, silence, the length or hanging up ends it."""

    kind: Literal["voicemail"] = "voicemail"
    box: Name = DEFAULT_BOX
    prompt: Prompt = LEAVE_A_MESSAGE
    """A key skips it."""
    beep: bool = True
    max_seconds: Annotated[int, Field(ge=1, le=3600)] = 120
    silence_seconds: Annotated[int, Field(ge=1, le=60)] = 5
    """So much silence ends the message."""
    next: GoesTo = "hangup"
    on_error: GoesTo = "hangup"
    """The message could not be recorded."""

    exit_fields = (("next", True), ("on_error", False))


class SetLanguageNode(NodeModel):
    """Changes the language of what follows."""

    kind: Literal["set_language"] = "set_language"
    language: Language
    next: GoesTo

    exit_fields = (("next", False),)


class CalendarNode(NodeModel):
    """Goes on by what the time of day is in a calendar; flows after it may say `${hours_en}`."""

    kind: Literal["calendar"] = "calendar"
    calendar: Name
    work: GoesTo
    """In working hours."""
    pause: GoesTo | None = Field(None, alias="break")
    """In a break. None: as outside working hours."""
    off: GoesTo
    """Outside working hours."""
    on_error: GoesTo | None = None
    """The calendar cannot be asked. None: as in working hours."""

    def exits(self) -> Iterator[Exit]:
        """One for each band."""
        ways = (("work", self.work), ("break", self.pause), ("off", self.off))
        for key, goes_to in (*ways, ("on_error", self.on_error)):
            if goes_to is not None:
                yield Exit((key,), goes_to, waits=False)


class FlowNode(NodeModel):
    """Continues in another flow, with the variables and the language of this one."""

    kind: Literal["flow"] = "flow"
    flow: Name


class DialNode(NodeModel):
    """Calls somebody for the caller: an extension, or an outside number such as a duty phone."""

    kind: Literal["dial"] = "dial"
    number: Annotated[str, AfterValidator(_number)]
    """As dialled at a seat; by the right of the site, not by a caller's wish: no variables."""
    on_failed: GoesTo = "hangup"
    """Nobody answered, or the call may not be made."""
    next: GoesTo = "hangup"
    """After the talk, when the one who was called leaves first."""

    exit_fields = (("on_failed", False), ("next", True))


class BusyNode(NodeModel):
    """Turns the caller away as the network does ("controlled busy", IP-2.1.2a)."""

    kind: Literal["busy"] = "busy"
    tone: BusyTone = "busy"
    seconds: Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)] = 10.0
    """So long who was answered hears the tone; who was not is refused at once."""


class HangUpNode(NodeModel):
    """Ends the call. Without a prompt it says why, if the call ends for want of something."""

    kind: Literal["hangup"] = "hangup"
    prompt: Prompt | None = None


Node: TypeAlias = (
    PlayNode
    | MenuNode
    | CollectNode
    | QueueNode
    | BranchNode
    | CallbackNode
    | VoicemailNode
    | SetLanguageNode
    | CalendarNode
    | FlowNode
    | DialNode
    | BusyNode
    | HangUpNode
)

KINDS: dict[str, type[Node]] = {
    "play": PlayNode,
    "menu": MenuNode,
    "collect": CollectNode,
    "queue": QueueNode,
    "branch": BranchNode,
    "callback": CallbackNode,
    "voicemail": VoicemailNode,
    "set_language": SetLanguageNode,
    "calendar": CalendarNode,
    "flow": FlowNode,
    "dial": DialNode,
    "busy": BusyNode,
    "hangup": HangUpNode,
}


class FlowFile(BaseModel):
    """The top of a flow file; its nodes are validated one by one, by their kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    language: Language | None = None
    """Of this flow; None: the language of the site, or of the flow that the call came from."""
    start: str
    variables: dict[VariableName, str] = Field(default_factory=dict)
    """Variables that the caller of the flow may set, with what they are when it does not."""
    nodes: Annotated[dict[Name, Any], Field(min_length=1, max_length=MAX_NODES)]
