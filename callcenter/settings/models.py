"""The tables of a site file as typed, frozen models: one class per table, one field per key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from callcenter.settings.addresses import (
    Collector,
    Domain,
    Dscp,
    HostPort,
    Listen,
    MediaAddress,
    NameServers,
    Origins,
    RtpPorts,
    SipListens,
    SocketPath,
)
from callcenter.settings.checks import CHOICE, not_less_than, not_more_than
from callcenter.settings.choices import (
    AgentClass,
    AnswerMode,
    AnswerWhen,
    CallbackFirst,
    Codecs,
    DialRight,
    DigestAlgorithms,
    IdleTime,
    Language,
    Opaque,
    ReliableProvisionals,
    SeatKind,
    ServiceLevelFormula,
    Srtp,
    Strategy,
)
from callcenter.settings.secrets import DatabaseUrl, Password, Pin, Secret
from callcenter.settings.telephony import Digits, GoesOnTo, GoesTo, Key, QueueKeys, SeatNo
from callcenter.settings.values import (
    Level,
    Line,
    Name,
    Names,
    Number,
    PlayList,
    Seconds,
    SecondsOrZero,
    SitePath,
    Whole,
)
from ivr import shipped_flows
from ivr.targets import ToHangUp
from media.tone_plans import PlanName

Skills: TypeAlias = dict[Name, Level]


class Table(BaseModel):
    """What tables share: unknown keys are mistakes, values never change, secrets stay hidden."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        validate_default=True,  # one key may not fit the default of another
    )


class SipSettings(Table):
    """`[sip]`: where SIP is spoken, and how patiently."""

    listen: SipListens
    domain: Domain
    """What stands after the @ of our own addresses, and the digest realm."""
    user_agent: Line = "callcenter"
    t1: Annotated[Seconds, Field(le=10)] = 0.5
    """Estimated round trip, seconds (RFC 3261 §17.1.1.1)."""
    t2: Annotated[Seconds, Field(le=60), not_less_than("t1")] = 4.0
    """Longest interval between retransmissions, seconds."""
    t4: Annotated[Seconds, Field(le=60)] = 5.0
    """How long a message may stay in the network, seconds."""
    max_redirects: Annotated[Whole, Field(le=10)] = 3
    """3xx answers that one call of ours follows within its trunk; 0 for none."""
    min_expires: Annotated[Whole, Field(ge=1, le=86_400)] = 60
    """Shortest registration granted, seconds; shorter wishes get 423."""
    max_expires: Annotated[Whole, Field(ge=1, le=86_400), not_less_than("min_expires")] = 3600
    """Longest registration granted, seconds."""
    session_timer: bool = True
    """Whether calls are refreshed, so that a dead side is noticed (RFC 4028)."""
    session_expires: Annotated[Whole, Field(ge=90, le=86_400)] = 1800
    """Seconds within which a call is to be refreshed."""
    min_se: Annotated[Whole, Field(ge=90, le=86_400), not_more_than("session_expires")] = 90
    """Shortest such interval that is accepted, seconds; shorter wishes get 422."""
    reliable_provisionals: ReliableProvisionals = "on_demand"
    """Whether 18x responses are sent until their PRACK (RFC 3262)."""
    digest_algorithms: DigestAlgorithms = ("MD5",)
    """What phones are challenged with, in that order (RFC 8760)."""
    dns_servers: NameServers = ()
    """Asked instead of the system's."""
    large_requests_over_tcp: bool = True
    """Whether UDP requests that might be cut on the way go over TCP (RFC 3261 §18.1.1)."""
    max_connections: Annotated[Whole, Field(ge=1, le=100_000)] = 2000
    """Connections of all stream listeners together."""
    max_connections_per_host: Annotated[Whole, Field(ge=1, le=100_000)] = 200
    """Connections from one address, or from one /64 of IPv6."""
    websocket_origins: Origins = ()
    """The web pages that may open a WebSocket; none given, all may."""
    dscp: Dscp = 24
    """The class of service of our signalling."""


class MediaSettings(Table):
    """`[media]`: where voice arrives."""

    address: MediaAddress
    """The IP address that callers and phones send their voice to, all of them by its version."""
    rtp_ports: RtpPorts = (30_000, 39_999)
    """First and last UDP port of the range."""
    rtp_timeout: Seconds = 30.0
    """Seconds without a packet after which a phone is asked whether it is still there."""
    silence: SecondsOrZero = 20.0
    """Seconds after which a voice that somebody listens to in vain is told of; 0 is never."""
    dscp: Dscp = 46
    """The class of service of voice: expedited forwarding."""
    tones: Annotated[PlanName, CHOICE] = "cn"
    """Whose ring-back and other tones callers and agents hear."""
    codecs: Codecs = ("PCMA", "PCMU")
    """What is spoken with our phones, in order of preference."""
    g729: Opaque = "pass"
    """What becomes of a call of somebody who speaks nothing else to one who does, too."""
    comfort_noise: bool = False
    """Whether it is offered to who is called for somebody who takes it."""
    srtp: Srtp = "optional"
    """Whether voice is secret, where a trunk or seat says nothing else."""
    sdes_without_tls: bool = False
    """Whether its keys may stand in SDP that anybody on the way can read."""
    threads: Annotated[Whole, Field(ge=0, le=64)] = 0
    """Audio threads; 0: one for each processor but that of the signalling, at least one."""


class AgentProtoSettings(Table):
    """`[agent_proto]`: the agent protocol over TCP and TLS."""

    listen: Listen = HostPort("127.0.0.1", 7400)
    tls_listen: Listen = HostPort("0.0.0.0", 7401)
    """The same over TLS, as soon as there is a certificate."""
    client_certificates: bool = False
    """Whether agents' programs must show a certificate of the authorities."""
    heartbeat_s: Annotated[Seconds, Field(ge=1, le=600)] = 15.0
    """Either side pings when silent for so long; three missed close the connection."""
    grace_s: SecondsOrZero = 60.0
    """How long a lost connection may be resumed."""
    login_failures: Annotated[Whole, Field(ge=1, le=1000)] = 5
    """Wrong passwords in a row for one agent from one place that lock out."""
    lockout_s: Annotated[Seconds, Field(le=86_400)] = 60.0
    """For how long at first; each further time twice as long."""
    lockout_max_s: Annotated[Seconds, Field(le=86_400), not_less_than("lockout_s")] = 900.0
    """For how long at most."""
    follow_calls: bool = False
    """Whether a supervision of a call goes on when the call goes to another team."""
    max_on_break: Annotated[Whole, Field(ge=0, le=100_000)] | None = None
    """How many of a team may be on a break at the same time; None for any number."""
    busy_reasons: tuple[Line, ...] = ()
    """The reasons that agents may give for being busy; none given, all but the system's own."""
    keep_requests: bool = False
    """Whether `agent.set_busy` and `agent.set_idle` in a call are kept and hold after it."""
    queue_updates_s: SecondsOrZero = 5.0
    """How often at most agents are told how their queues stand, seconds; 0: never."""


class HttpSettings(Table):
    """`[http]`: the agent protocol on a WebSocket, for browsers; later the HTTP API."""

    listen: Listen | None = None
    """None: nothing listens."""
    tls: bool = False
    """Whether it speaks HTTPS, with the certificate of `[tls]`."""
    websocket_origins: Origins = ()
    """The web pages that may open a WebSocket; none given, all may."""


class StoreSettings(Table):
    """`[store]`: the database, and where voice files lie."""

    url: DatabaseUrl = SecretStr("sqlite+aiosqlite:///var/callcenter.db")
    """SQLAlchemy's URL; secret, because PostgreSQL's holds a password."""
    recordings: SitePath = Path("var/recordings")
    voicemail: SitePath = Path("var/voicemail")
    spool: SitePath = Path("var/spool")
    """Where records wait while the database is away."""
    state: SitePath = Path("var/state")
    """What outlives a restart: registrations and the secret behind nonces."""


class SpeechSettings(Table):
    """`[speech]`: spoken texts and recorded prompts."""

    language: Language = "en"
    """Of texts whose flow names none."""
    cache: SitePath = Path("var/cache/speech")
    prompts: SitePath | None = None
    """Folder that prompt files named in flows are looked for in."""


class IvrSettings(Table):
    """`[ivr]`: the call flows."""

    flows: SitePath | None = None
    """Folder of flow files; None means the shipped ones."""

    @property
    def flows_folder(self) -> Path:
        """Where the flow files lie."""
        return self.flows or Path(str(shipped_flows()))


class DaemonSettings(Table):
    """`[daemon]`: the process itself."""

    drain_s: SecondsOrZero = 30.0
    """How long calls in progress may go on after SIGTERM."""
    control: SocketPath = Path("var/callcenter.sock")
    """The Unix socket that `callcenter status` and its like speak to."""


class TraceSettings(Table):
    """`[trace]`: what is kept of the SIP spoken, and where a copy goes."""

    capture: bool = True
    """Whether messages are kept on disk for `callcenter trace`."""
    folder: SitePath = Path("var/trace")
    max_mb: Annotated[Whole, Field(ge=1, le=1_000_000)] = 64
    """Megabytes (10^6) kept; the oldest go first."""
    max_days: Annotated[Number, Field(gt=0, le=3650)] = 7.0
    """Nothing older is kept."""
    hep: Collector | None = None
    """A Homer collector that is sent every message by HEPv3."""
    hep_id: Annotated[Whole, Field(ge=0, le=0xFFFF_FFFF)] = 1
    """Our capture id at the collector."""
    hep_key: Secret | None = None
    """The collector's authentication key."""


class JournalSettings(Table):
    """`[journal]`: what the queue engine was told, for `callcenter why`, `replay`, `simulate`."""

    keep: bool = True
    """Whether a journal is kept at all."""
    folder: SitePath = Path("var/journal")
    max_mb: Annotated[Whole, Field(ge=1, le=1_000_000)] = 256
    """Megabytes (10^6) kept; the oldest go first."""
    max_days: Annotated[Number, Field(gt=0, le=3650)] = 14.0
    """Nothing older is kept."""


class QueueStepSettings(Table):
    """One of `steps` of a `[[queue]]`: from some time of the wait on, more agents are asked."""

    after: Seconds
    """Seconds since the caller began to wait."""
    skills: Skills | None = None
    """What is asked for from now on; None: as before."""
    queues: Names = ()
    """The agents of these queues too."""
    agents: Names = ()
    """These agents too, whatever their skills."""


class CallbackSettings(Table):
    """`callback` of a `[[queue]]`: callers may hang up and keep their place."""

    key: Key | None = None
    """Pressed while waiting, asks to be called back; None: only flows offer it."""
    first: CallbackFirst = "agent"
    """Who is called first: the agent, who then hears the customer's phone ring, or the customer
    while an agent is kept for them."""
    attempts: Annotated[Whole, Field(ge=1, le=20)] = 3
    """How often the customer is called at most."""
    retry_after: Seconds = 600.0
    """Seconds from a customer who was not reached to the next attempt."""
    ring: Annotated[Seconds, Field(ge=5, le=120)] = 30.0
    """Seconds that the customer's phone rings."""
    delay: SecondsOrZero = 0.0
    """Seconds after the wish before which nobody is called."""
    expires: Annotated[Seconds, Field(ge=60)] = 43_200.0
    """Seconds after which a wish that could not be fulfilled is given up."""


class QueueSettings(Table):
    """`[[queue]]`: callers waiting for people with given skills."""

    name: Name
    skills: Skills
    """Skill to least level; an agent needs all of them."""
    strategy: Strategy = "longest_idle"
    idle_time: IdleTime = "state_change"
    """What counts as idle time: the rank of `longest_idle` and every other's tie-break."""
    ranking: Names = ()
    """For strategy `ranked`: agents, the first one first."""
    ring_at_once: Annotated[Whole, Field(ge=1, le=100)] = 10
    """For strategy `ring_all`: how many phones ring for one caller."""
    priority_worth: Seconds = 300.0
    """Seconds of waiting that one step of priority is worth."""
    weight: Annotated[Number, Field(gt=0, le=1000)] = 1.0
    """How fast waiting counts, beside other queues of the same agents."""
    steps: tuple[QueueStepSettings, ...] = ()
    """Whom else a caller is offered to, the longer they wait."""
    ring_timeout: Annotated[Seconds, Field(le=300)] = 10.0
    """Seconds a phone rings before the caller is offered to the next agent (WZ-3.3.3b)."""
    max_wait: Seconds | None = None
    """Seconds a caller waits before `on_timeout`; None means for ever."""
    on_timeout: GoesTo = ToHangUp()
    """Where callers go after `max_wait`."""
    on_no_agents: GoesTo | None = None
    """Where callers go when nobody is signed in for the queue; None means they wait."""
    on_closed: GoesTo | None = None
    """Where callers go while the queue is closed; None: as `on_no_agents`."""
    on_break: GoesTo | None = None
    """Where callers go in a break of its calendar; None: as `on_closed`."""
    calendar: Name | None = None
    """Outside its working hours the queue is closed."""
    clear_when_closed: bool = False
    """Whether those who wait at closing time leave too, as by `on_closed`."""
    on_all_busy: GoesTo | None = None
    """Where callers go who find no agent idle (WZ-T22); None means they wait."""
    max_length: Annotated[Whole, Field(ge=0, le=1_000_000)] | None = None
    """Callers who may wait; None means any number."""
    on_full: GoesTo = ToHangUp()
    """Where callers go who find so many waiting."""
    acw: SecondsOrZero = 0.0
    """After-call work, seconds."""
    bound_agent: bool = True
    """Callers go first to the agent or extension that their number is tied to (WZ-T2(a))."""
    bound_agent_wait: SecondsOrZero = 0.0
    """Seconds that they wait for them while they are signed in but not idle."""
    last_agent: bool = False
    """Callers go first to the agent whom they talked with last (A-24)."""
    last_agent_wait: SecondsOrZero = 0.0
    """Seconds that they wait for them."""
    last_agent_days: Seconds = 30.0
    """How long ago that may be."""
    dispositions: tuple[Line, ...] = ()
    """The codes by which agents say what came of a call; none given, any."""
    announce_after: Seconds | None = None
    """Seconds of waiting after which callers are first told where they stand; None: never."""
    announce_every: Annotated[Seconds, Field(ge=10)] = 60.0
    """Seconds between two announcements, at least."""
    announce_position: bool = True
    """Tell their place in the line."""
    announce_wait: bool = True
    """Tell the range in which their wait is expected to end, where enough is known."""
    announce_improved: bool = True
    """Tell only what is better than what was told before."""
    callback: CallbackSettings | None = None
    """Callers may ask to be called back; None: they may not."""
    keys: QueueKeys = Field(default_factory=dict)
    """What a caller who waits may press, and where that leads."""
    answer_within: Seconds = 20.0
    """The service level's threshold: answered within so many seconds is in time."""
    service_level: ServiceLevelFormula = "without_abandoned"
    """Which of the four formulas supervisors are shown."""
    short_abandon: SecondsOrZero = 0.0
    """Who leaves sooner than this did not mean to wait, and counts neither way."""
    busy_after_no_answer: bool = True
    """Set an agent busy who let an offered call ring out (A-06)."""
    announce_agent: bool = True
    """Tell both parties the agent's number before they are joined (WZ-T17)."""
    whisper: Line | None = None
    """What the agent alone hears before the caller is joined, such as the queue's name."""
    music: PlayList | None = None
    """For who waits or is held by its agents; None means the built-in music."""
    music_for: dict[str, PlayList] = {}
    """Instead of that, for callers from a trunk, by its name; `internal` for our own phones."""
    music_for_class: dict[str, PlayList] = {}
    """Instead of both, for customers of a class (IP-2.1.2b)."""
    answer: AnswerWhen = "first_prompt"
    """When callers who wait here are answered, and charging begins; their number's wins."""
    early_media: bool = True
    """Whether who is answered by the agent hears the music before (183), not ring-back (180)."""

    def music_of(self, trunk: str, customer_class: str = "") -> PlayList | None:
        """For a caller from that trunk (empty for a phone of ours) who is of that class."""
        by_trunk = self.music_for.get(trunk or "internal", self.music)
        return self.music_for_class.get(customer_class, by_trunk)

    def play_lists(self) -> Iterator[tuple[str, PlayList]]:
        """Every list, with its key."""
        if self.music is not None:
            yield "music", self.music
        for name, files in self.music_for.items():
            yield f"music_for.{name}", files
        for name, files in self.music_for_class.items():
            yield f"music_for_class.{name}", files


class NumberSettings(Table):
    """`[[number]]`: what a called number leads to: a queue, a flow or an extension."""

    dnis: Digits
    queue: str | None = None
    flow: str | None = None
    extension: SeatNo | None = None
    monitoring: bool = False
    """Whether supervisors hear agents' talks there, by agent ID and PIN (WZ-T15)."""
    on_no_answer: GoesOnTo | None = None
    """Where callers go whom the extension does not answer; None means that they are refused."""
    calendar: Name | None = None
    """What decides between the number's own way and `on_closed`, `on_break`."""
    on_closed: GoesTo | None = None
    """Where callers go outside working hours; None: where they go in them."""
    on_break: GoesTo | None = None
    """Where callers go in a break; None: as `on_closed`."""
    answer: AnswerWhen | None = None
    """When callers are answered; None leaves it to the first prompt and to the queues."""
    early_media: bool = True
    """With `answer` given: as in a queue."""


class SeatSettings(Table):
    """`[[seat]]`: a place to work at, its phone and how that phone is answered."""

    seat_no: SeatNo
    """Also the extension and the SIP user."""
    kind: SeatKind = "sip"
    password: Secret | None = None
    """The phone's digest password; kind `sip` needs one."""
    number: Digits | None = None
    """The outside phone of kind `number`."""
    confirm: bool = True
    """Whether who picks it up must press 1 before the caller is joined: no mailbox answers then."""
    answer_mode: AnswerMode = "phone"
    """Kind `webrtc` is `nailed_up`."""
    pbx: bool = False
    """A plain extension: it calls and is called whether or not somebody is signed in (A-26)."""
    dial: DialRight | None = None
    """What its phone may dial; None means `pbx.dial`."""
    presented: Digits | None = None
    """Its number in calls out; None means the trunk's."""
    srtp: Srtp | None = None
    """Whether its voice is secret; None means `media.srtp`."""
    outside_calls: Annotated[Whole, Field(ge=1, le=100)] | None = None
    outside_minutes: Annotated[Whole, Field(ge=1, le=1440 * 100)] | None = None
    """Its own limits; None means those of `[pbx]`."""
    forward_always: GoesOnTo | None = None
    forward_busy: GoesOnTo | None = None
    forward_no_answer: GoesOnTo | None = None
    """Where calls to the extension go instead; the last also where its phone cannot be reached."""
    pickup_group: Name | None = None
    """Whose phones may pick up what rings at one another's; None for nobody's."""
    mailbox: Name | None = None
    """The voicemail box whose unheard messages light the phone's lamp; None for none."""

    @model_validator(mode="before")
    @classmethod
    def _browsers_stay_connected(cls, keys: object) -> object:
        if isinstance(keys, dict) and keys.get("kind") == "webrtc":
            return {"answer_mode": "nailed_up", **keys}
        return keys

    @property
    def answers_at_desk(self) -> bool:
        """Whether only the desk rings, and the device answers when the agent has."""
        return self.answer_mode != "phone"


class AgentSettings(Table):
    """`[[agent]]`: a person who answers calls."""

    agent_id: Name
    name: Annotated[str, Field(min_length=1, max_length=100)]
    password: Password
    """In plain text, or an argon2 hash."""
    agent_class: Annotated[AgentClass, Field(alias="class")] = "agent"
    """The highest class this person may sign in with."""
    team: Name = "default"
    supervises: tuple[Name, ...] = ()
    """The teams that a supervisor looks after beside their own."""
    pin: Pin | None = None
    """By which a supervisor is known at a telephone; None: not at all."""
    boxes: Names = ()
    """Voicemail boxes beside their own whose messages they hear."""
    skills: Skills = Field(default_factory=dict)
