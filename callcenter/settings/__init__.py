"""The site file as typed settings; every mistake in it is told with file, line, key and reason."""

from callcenter.settings.loader import load, loads
from callcenter.settings.models import (
    AgentProtoSettings,
    AgentSettings,
    CallbackSettings,
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
    TraceSettings,
)
from callcenter.settings.pbx import PbxSettings
from callcenter.settings.problems import Problem, SettingsError
from callcenter.settings.recordings import RecordingSettings
from callcenter.settings.site import Settings
from callcenter.settings.trunking import (
    PrefixRule,
    RouteSettings,
    RoutingSettings,
    TrunkSettings,
)
from callcenter.settings.values import CarrierHost, HostPort, ListenAddress

__all__ = [
    "AgentProtoSettings",
    "AgentSettings",
    "CallbackSettings",
    "CarrierHost",
    "DaemonSettings",
    "HostPort",
    "HttpSettings",
    "IvrSettings",
    "JournalSettings",
    "ListenAddress",
    "MediaSettings",
    "NumberSettings",
    "PbxSettings",
    "PrefixRule",
    "Problem",
    "QueueSettings",
    "RecordingSettings",
    "RouteSettings",
    "RoutingSettings",
    "SeatSettings",
    "Settings",
    "SettingsError",
    "SipSettings",
    "SpeechSettings",
    "StoreSettings",
    "TraceSettings",
    "TrunkSettings",
    "load",
    "loads",
]
