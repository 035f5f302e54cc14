"""A flow that can be run: nodes by id, and the id that it starts with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ivr.farewells import FAREWELLS
from ivr.prompts import Language, ResolvedPrompt
from ivr.schema import BusyNode, DialNode, FlowNode, HangUpNode, Node, QueueNode, VoicemailNode
from ivr.targets import (
    Target,
    ToBusy,
    ToFlow,
    ToHangUp,
    ToNumber,
    ToQueue,
    ToVoicemail,
    parse,
)


@dataclass(frozen=True, slots=True)
class Flow:
    """Immutable, shared by every call that runs it.

    Raises `TargetError` at construction when a node's exit, or `start`, leads nowhere, so that no
    run ever can. (The loader finds the same, with lines, before it gets here.)
    """

    name: str
    start: str
    nodes: Mapping[str, Node]
    language: Language | None = None
    """None: the language that the run is started with."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Defaults of variables."""

    def __post_init__(self) -> None:
        self.node(self.start)
        for node in self.nodes.values():
            for way in node.exits():
                self.node(way.goes_to)

    def node(self, goes_to: str) -> Node:
        """The node of this id or, where none has it, the one that does what the target says.

        Raises `TargetError` for text that is neither.
        """
        node = self.nodes.get(goes_to)
        return target_node(parse(goes_to)) if node is None else node

    def prompts(self, language: str) -> Iterator[ResolvedPrompt]:
        """Everything the flow may say that holds no variable, for rendering ahead; may repeat."""
        said = [prompt for node in self.nodes.values() for _, prompt in node.prompts()]
        for prompt in (*said, *FAREWELLS.values()):
            for part in prompt:
                if next(part.references(), None) is None:
                    yield part.resolve(language, {})


def target_node(target: Target) -> Node:
    """A node that does what `target` says, every option at its default."""
    match target:
        case ToQueue(queue):
            return QueueNode(queue=queue)
        case ToVoicemail(box):
            return VoicemailNode(box=box)
        case ToFlow(name):
            return FlowNode(flow=name)
        case ToNumber(number):
            return DialNode(number=number)
        case ToBusy():
            return BusyNode()
        case ToHangUp():
            return HangUpNode()
