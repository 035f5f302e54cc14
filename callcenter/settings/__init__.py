"""The site file as typed settings; every mistake in it is told with file, line, key and reason.

`models` has the tables. Of what their keys take, `addresses`, `choices`, `secrets` and `telephony`
have what their names say, `values` the rest, built of `checks`. `rules` and the modules that it
calls hold keys and tables against one another; `loader` reads the file, `problems` words what is
wrong and says where it stands.
"""

from callcenter.settings.addresses import CarrierHost, HostPort, ListenAddress
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
