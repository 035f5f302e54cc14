"""The tables about calls over trunks: the trunks themselves, the routes to them, the rules."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from callcenter.settings.addresses import CarrierHost, Domain, OneTrunkHost, TrunkHosts
from callcenter.settings.checks import CHOICE, not_less_than
from callcenter.settings.choices import Codecs, Srtp
from callcenter.settings.guard import Networks
from callcenter.settings.models import Table
from callcenter.settings.secrets import Secret
from callcenter.settings.telephony import Country, Digits, NumberPattern, Numbers, PartOfNumber
from callcenter.settings.values import Line, Name, Number, Seconds, SecondsOrZero, Whole
from media.tone_plans import PlanName

Direction: TypeAlias = Literal["both", "in", "out"]
LineType: TypeAlias = Literal["outside", "internal"]
TrunkTransport: TypeAlias = Literal["auto", "udp", "tcp", "tls"]
NumberFormat: TypeAlias = Literal["as_is", "e164", "digits", "national"]


class PrefixRule(Table):
    """One line of a rewriting table: numbers that begin so lose `strip` characters, gain `add`."""

    prefix: PartOfNumber = ""
    """The longest that fits decides; empty fits every number."""
    strip: Annotated[Whole, Field(ge=0, le=32)] = 0
    add: PartOfNumber = ""


class RoutingSettings(Table):
    """`[routing]`: how calls to outside numbers find a trunk."""

    country: Country = "CN"
    """The site's home, ISO 3166: national numbers are read as this country's."""
    emergency: tuple[Digits, ...] = ("110", "112", "119", "120", "122")
    """Numbers that no limit blocks, besides those that the country is known to have."""
    attempts: Annotated[Whole, Field(ge=1, le=20)] = 6
    """How many gateways one call tries at most."""
    first_answer: Annotated[Seconds, Field(le=60)] = 5.0
    """Seconds for a gateway's first sign of life, then the next is tried."""
    down_after: Annotated[Whole, Field(ge=1, le=100)] = 3
    """A gateway that failed so often in a row is down."""
    down_for: Seconds = 30.0
    """Seconds after which a gateway that is down is given another call."""


class TrunkSettings(Table):
    """`[[trunk]]`: a carrier or an IP-PBX, known by its addresses."""

    name: Name
    hosts: TrunkHosts
    """Calls out go to the first; calls in are accepted from any, whatever the port."""
    behind: Networks = ()
    """Of an edge proxy: the carriers behind it. What it brings from elsewhere must prove itself;
    empty means that all it brings is the trunk's."""
    max_calls: Annotated[Whole, Field(ge=1, le=100_000)] = 30
    """In and out together."""
    calls_per_second: Annotated[Number, Field(ge=0, le=10_000)] = 0.0
    """In and out together; 0 means no limit."""
    codecs: Codecs = ("PCMA", "PCMU")
    """In order of preference."""
    srtp: Srtp | None = None
    """Whether its voice is secret; None means `media.srtp`."""
    direction: Annotated[Direction, CHOICE] = "both"
    """GX-H2: a gateway may carry outgoing calls only."""
    line: Annotated[LineType, CHOICE] = "outside"
    """WZ-T12: behind an internal line is an IP-PBX, not the public network."""
    extensions: Numbers = ()
    """Behind an internal line: its extensions, which our phones call without a prefix."""
    daily_minutes: Annotated[Whole, Field(ge=1, le=1_000_000)] | None = None
    """Minutes a day that our phones may talk over it to the outside; None means any number."""
    group: Name | None = None
    """Routes may name the group instead of its trunks."""
    priority: Annotated[Whole, Field(ge=0, le=65_535)] = 0
    """In its group: the lowest first (RFC 2782)."""
    weight: Annotated[Whole, Field(ge=0, le=65_535)] = 1
    """Share of the calls among those of the same priority."""
    transport: Annotated[TrunkTransport, CHOICE] = "auto"
    """`auto`: as DNS says (RFC 3263), for an IP address UDP."""
    domain: Domain | None = None
    """What stands after the @ of numbers there; None means the host that calls go to."""
    proxy: OneTrunkHost | None = None
    """Where calls out go instead, with a Route header."""
    user: Line | None = None
    password: Secret | None = None
    """For digest challenges of the carrier."""
    registers: Annotated[bool, Field(alias="register")] = False
    register_expires: Annotated[Whole, Field(ge=30, le=86_400)] = 3600
    health: SecondsOrZero = 0.0
    """Seconds between OPTIONS to each gateway; 0 means none."""
    trusted: bool = False
    """Identities are passed both ways (RFC 3325)."""
    presented: Digits | None = None
    """The calling number where a call brings none of its own."""
    called_format: Annotated[NumberFormat, CHOICE] = "as_is"
    """Of called numbers going out, before `called_out`."""
    caller_format: Annotated[NumberFormat, CHOICE] = "as_is"
    """Of calling numbers going out, before `caller_out`."""
    ani_format: Annotated[NumberFormat, CHOICE] = "as_is"
    """Of calling numbers coming in, after `caller_in`."""
    progress: bool = False
    """Whether calls out over it are listened to: ring-back, busy, who answered."""
    tones: Annotated[PlanName, CHOICE] | None = None
    """Whose tones callers over it hear; None means those of `media.tones`."""
    called_out: tuple[PrefixRule, ...] = ()
    caller_out: tuple[PrefixRule, ...] = ()
    called_in: tuple[PrefixRule, ...] = ()
    caller_in: tuple[PrefixRule, ...] = ()

    @property
    def next_hop(self) -> CarrierHost:
        """Where calls out go."""
        return self.proxy or self.hosts[0]

    @property
    def known_hosts(self) -> list[CarrierHost]:
        """The IP addresses that calls come in from; those of names are found later."""
        proxies = () if self.proxy is None else (self.proxy,)
        return [host for host in (*self.hosts, *proxies) if not host.is_name]

    @property
    def routes(self) -> tuple[str, ...]:
        """The Route header of requests of ours there."""
        return () if self.proxy is None else (f"<sip:{self.proxy};lr>",)

    @property
    def carries_out(self) -> bool:
        """Whether calls go out here."""
        return self.direction != "in"

    @property
    def carries_in(self) -> bool:
        """Whether calls come in here."""
        return self.direction != "out"


class RouteSettings(Table):
    """`[[route]]`: which trunks carry the numbers that begin so."""

    name: Name
    prefix: NumberPattern = ""
    """`x` stands for any digit; the longest that fits decides, then the first."""
    min_digits: Annotated[Whole, Field(ge=1, le=32)] = 1
    max_digits: Annotated[Whole, Field(ge=1, le=32), not_less_than("min_digits")] = 32
    trunks: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Trunks and groups, tried in this order."""
    strip: Annotated[Whole, Field(ge=0, le=32)] = 0
    add: PartOfNumber = ""
    progress: bool | None = None
    """Whether calls to these numbers are listened to; None means as the trunk says."""
