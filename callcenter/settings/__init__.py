"""The site file as typed settings; every mistake in it is told with file, line, key and reason."""

from callcenter.settings.loader import load, loads
from callcenter.settings.models import (
    AgentProtoSettings,
    AgentSettings,
    DaemonSettings,
    HttpSettings,
    IvrSettings,
    MediaSettings,
    NumberSettings,
    QueueSettings,
    SeatSettings,
    SipSettings,
    SpeechSettings,
    StoreSettings,
    TraceSettings,
    TrunkSettings,
)
from callcenter.settings.problems import Problem, SettingsError
from callcenter.settings.site import Settings
from callcenter.settings.values import HostPort, ListenAddress

__all__ = [
    "AgentProtoSettings",
    "AgentSettings",
    "DaemonSettings",
    "HostPort",
    "HttpSettings",
    "IvrSettings",
    "ListenAddress",
    "MediaSettings",
    "NumberSettings",
    "Problem",
    "QueueSettings",
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
