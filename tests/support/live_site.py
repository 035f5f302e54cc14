"""A site for a real daemon: on loopback and free ports, all its files in one folder."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tests.support.ports import free_port, rtp_ports

CARRIER = "127.0.0.1"
STRANGER = "127.0.0.2"
NARROW_CARRIER = "127.0.0.3"
"""Its trunk carries one call."""

NewSite: TypeAlias = "Callable[..., LiveSite]"
"""`write_site` with folder and cache given."""

_SITE = """\
[sip]
listen = {listen}
domain = "127.0.0.1"

[media]
address = "127.0.0.1"
rtp_ports = [{rtp_ports[0]}, {rtp_ports[1]}]
threads = 2
{media}
[agent_proto]
listen = "127.0.0.1:{agent_port}"
tls_listen = "127.0.0.1:{agent_tls_port}"
{agent_proto}
[store]
url = "{url}"
recordings = "{recordings}"
voicemail = "voicemail"
spool = "spool"
state = "state"

[speech]
cache = "{cache}"

# A machine that runs other tests, too, stands still now and then: that is no overload.
[guard]
max_lag_s = 10

[daemon]
drain_s = {drain_s}

[[trunk]]
name = "carrier"
hosts = ["127.0.0.1:5070"]
max_calls = 100

[[trunk]]
name = "narrow"
hosts = ["127.0.0.3:5070"]
max_calls = 1

[[queue]]
name = "sales"
skills = {{ sales = 1 }}
ring_timeout = 10
max_wait = 60
announce_agent = false

[[queue]]
name = "announced"
skills = {{ sales = 1 }}
max_wait = 60

[[queue]]
name = "brief"
skills = {{ nobody_has_this = 1 }}
max_wait = 0.5
on_timeout = "voicemail"

[[number]]
dnis = "4000"
flow = "welcome"

[[number]]
dnis = "4001"
queue = "sales"

[[number]]
dnis = "4002"
queue = "announced"

[[number]]
dnis = "4003"
queue = "brief"

[[number]]
dnis = "4004"
queue = "sales"
answer = "agent"

[[number]]
dnis = "4005"
queue = "sales"
answer = "agent"
early_media = false

[[queue]]
name = "support"
skills = {{ support = 1 }}
announce_agent = false

[[seat]]
seat_no = "8001"
password = "phone-8001"

[[seat]]
seat_no = "8007"
password = "phone-8007"
mailbox = "1001"

[[seat]]
seat_no = "8002"
password = "phone-8002"

[[seat]]
seat_no = "8004"
password = "phone-8004"
answer_mode = "protocol"

[[seat]]
seat_no = "8011"
password = "phone-8011"
pbx = true

[[seat]]
seat_no = "8012"
password = "phone-8012"
pbx = true

[[seat]]
seat_no = "8013"
password = "phone-8013"
pbx = true

[[agent]]
agent_id = "1001"
name = "Ann"
password = "agent-1001"
skills = {{ sales = 5, support = 3 }}

[[agent]]
agent_id = "1002"
name = "Bo"
password = "agent-1002"
class = "supervisor"
skills = {{ support = 5 }}
"""


@dataclass(frozen=True, slots=True)
class LiveSite:
    """Where a daemon is reached and keeps its files."""

    folder: Path
    sip_port: int
    agent_port: int
    url: str
    """Of the database, absolute."""
    recordings: Path

    @property
    def file(self) -> Path:
        """The site file."""
        return self.folder / "site.toml"

    @property
    def voicemail(self) -> Path:
        """The folder of messages."""
        return self.folder / "voicemail"

    def exchange(self, transport: str = "udp") -> str:
        """The SIP address, as softphones take it."""
        return f"{transport}:127.0.0.1:{self.sip_port}"


def write_site(
    folder: Path,
    cache: Path,
    *,
    url: str | None = None,
    recordings: str = "recordings",
    drain_s: float = 10,
    sip_port: int | None = None,
    agent_port: int | None = None,
    agent_tls_port: int = 0,
    agent_proto: str = "",
    listen: Sequence[str] = (),
    media: str = "",
    more: str = "",
) -> LiveSite:
    """Writes `site.toml` into `folder`; ports that are not given are free ones.

    `cache` is the folder of rendered speech, worth sharing between sites; `listen` names listeners
    beside those of UDP and TCP.
    """
    site = LiveSite(
        folder,
        sip_port or free_port(),
        agent_port or free_port(),
        url or f"sqlite+aiosqlite:///{folder / 'calls.db'}",
        folder / recordings,
    )
    usual = [f"{transport}:127.0.0.1:{site.sip_port}" for transport in ("udp", "tcp")]
    text = _SITE.format(
        listen=json.dumps([*usual, *listen]),
        agent_port=site.agent_port,
        agent_tls_port=agent_tls_port,
        agent_proto=agent_proto,
        rtp_ports=rtp_ports(),
        url=site.url,
        recordings=recordings,
        media=media,
        cache=cache,
        drain_s=drain_s,
    )
    site.file.write_text(text + more)
    return site
