"""The whole site: as it is used (`Settings`) and as it is checked (`Draft`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from callcenter.settings.calendars import CalendarSettings
from callcenter.settings.guard import GuardSettings
from callcenter.settings.models import (
    AgentProtoSettings,
    AgentSettings,
    DaemonSettings,
    HttpSettings,
    IvrSettings,
    JournalSettings,
    MediaSettings,
    NumberSettings,
    QueueSettings,
    SeatSettings,
    SipSettings,
    SpeechSettings,
    StoreSettings,
    Table,
    TraceSettings,
)
from callcenter.settings.pbx import PbxSettings
from callcenter.settings.problems import KeyPath, Problem
from callcenter.settings.recordings import RecordingSettings
from callcenter.settings.screen_pop import ScreenPopSettings
from callcenter.settings.tls import TlsSettings
from callcenter.settings.trunking import RouteSettings, RoutingSettings, TrunkSettings

T = TypeVar("T", bound=Table)


@dataclass(frozen=True, slots=True)
class Settings:
    """A site file that holds together: every reference in it leads somewhere."""

    source: str
    """The file's name, for messages."""
    sip: SipSettings
    media: MediaSettings
    agent_proto: AgentProtoSettings
    http: HttpSettings
    store: StoreSettings
    speech: SpeechSettings
    ivr: IvrSettings
    daemon: DaemonSettings
    trace: TraceSettings
    journal: JournalSettings
    recordings: RecordingSettings
    routing: RoutingSettings
    guard: GuardSettings
    pbx: PbxSettings
    screen_pop: ScreenPopSettings
    tls: TlsSettings
    trunks: tuple[TrunkSettings, ...]
    routes: tuple[RouteSettings, ...]
    calendars: tuple[CalendarSettings, ...]
    queues: tuple[QueueSettings, ...]
    numbers: tuple[NumberSettings, ...]
    seats: tuple[SeatSettings, ...]
    agents: tuple[AgentSettings, ...]
    warnings: tuple[Problem, ...] = ()
    """What works but is probably not meant."""


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """One table of an array of tables; `model` is None where the table itself has mistakes."""

    path: KeyPath
    raw: Mapping[str, Any]
    model: T | None


@dataclass(slots=True)
class Draft:
    """A site being checked: what could be understood of it, so that one mistake hides no other."""

    sip: SipSettings | None = None
    media: MediaSettings | None = None
    agent_proto: AgentProtoSettings | None = None
    http: HttpSettings | None = None
    store: StoreSettings | None = None
    speech: SpeechSettings | None = None
    ivr: IvrSettings | None = None
    daemon: DaemonSettings | None = None
    trace: TraceSettings | None = None
    journal: JournalSettings | None = None
    recordings: RecordingSettings | None = None
    routing: RoutingSettings | None = None
    guard: GuardSettings | None = None
    pbx: PbxSettings | None = None
    screen_pop: ScreenPopSettings | None = None
    tls: TlsSettings | None = None
    trunk: list[Row[TrunkSettings]] = field(default_factory=list)
    route: list[Row[RouteSettings]] = field(default_factory=list)
    calendar: list[Row[CalendarSettings]] = field(default_factory=list)
    queue: list[Row[QueueSettings]] = field(default_factory=list)
    number: list[Row[NumberSettings]] = field(default_factory=list)
    seat: list[Row[SeatSettings]] = field(default_factory=list)
    agent: list[Row[AgentSettings]] = field(default_factory=list)

    def queue_names(self) -> set[str]:
        """The names that queues give themselves, also where a queue has mistakes."""
        return {name for row in self.queue if isinstance(name := row.raw.get("name"), str)}

    def calendar_names(self) -> set[str]:
        """The names that calendars give themselves, also where one has mistakes."""
        return {name for row in self.calendar if isinstance(name := row.raw.get("name"), str)}

    def seat_numbers(self) -> set[str]:
        """The numbers that seats give themselves, also where a seat has mistakes."""
        return {number for row in self.seat if isinstance(number := row.raw.get("seat_no"), str)}

    def flow_names(self) -> set[str]:
        """The names of the flow files; none where their folder is unknown or does not exist."""
        return {file.stem for file in self.ivr.flows_folder.glob("*.yaml")} if self.ivr else set()

    def has_prompt(self, name: str) -> bool:
        """Whether the folder of prompts has the file; also true where the folder is unknown."""
        if self.speech is None:
            return True
        folder = self.speech.prompts
        return folder is not None and (folder / name).is_file()


SECTIONS: dict[str, type[Table]] = {
    "sip": SipSettings,
    "tls": TlsSettings,
    "media": MediaSettings,
    "agent_proto": AgentProtoSettings,
    "http": HttpSettings,
    "store": StoreSettings,
    "speech": SpeechSettings,
    "ivr": IvrSettings,
    "daemon": DaemonSettings,
    "trace": TraceSettings,
    "recordings": RecordingSettings,
    "journal": JournalSettings,
    "routing": RoutingSettings,
    "guard": GuardSettings,
    "pbx": PbxSettings,
    "screen_pop": ScreenPopSettings,
}
"""Tables that occur once, by their name in the file."""

ARRAYS: dict[str, tuple[type[Table], str]] = {
    "trunk": (TrunkSettings, "name"),
    "route": (RouteSettings, "name"),
    "calendar": (CalendarSettings, "name"),
    "queue": (QueueSettings, "name"),
    "number": (NumberSettings, "dnis"),
    "seat": (SeatSettings, "seat_no"),
    "agent": (AgentSettings, "agent_id"),
}
"""Arrays of tables, with the key that identifies each table."""


TARGET_KEYS: dict[str, tuple[str, ...]] = {
    "queue": ("on_timeout", "on_no_agents", "on_closed", "on_break", "on_all_busy", "on_full"),
    "number": ("on_no_answer", "on_closed", "on_break"),
    "seat": ("forward_always", "forward_busy", "forward_no_answer"),
}
"""The keys of each array whose values may name a queue or a flow."""


def understood(rows: list[Row[T]]) -> Iterator[tuple[KeyPath, T]]:
    """The rows without mistakes of their own."""
    return ((row.path, row.model) for row in rows if row.model is not None)
