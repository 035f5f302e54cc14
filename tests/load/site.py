"""The site that is loaded: one carrier, one queue, as many agents with phones as wanted."""

from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port

DNIS = "4001"
RTP_PORTS = (20_000, 29_998)
"""Below the ports that the kernel hands out, so that peers and daemon never want the same."""
_FIRST_AGENT = 1000
_FIRST_SEAT = 3000

_SITE = """\
[sip]
listen = ["udp:127.0.0.1:{sip_port}", "tcp:127.0.0.1:{sip_port}"]
domain = "127.0.0.1"

[media]
address = "127.0.0.1"
rtp_ports = [{rtp_ports[0]}, {rtp_ports[1]}]

[agent_proto]
listen = "127.0.0.1:{agent_port}"

[store]
url = "sqlite+aiosqlite:///{database}"
recordings = "{folder}/recordings"
voicemail = "{folder}/voicemail"
spool = "{folder}/spool"
state = "{folder}/state"

[speech]
cache = "{folder}/speech"

[[trunk]]
name = "carrier"
hosts = ["127.0.0.1:5070"]
max_calls = 1000

[[queue]]
name = "sales"
skills = {{ sales = 1 }}
announce_agent = {announce}

[[number]]
dnis = "{dnis}"
queue = "sales"
"""

_AGENT = """
[[seat]]
seat_no = "{seat_no}"
password = "{phone_password}"

[[agent]]
agent_id = "{agent_id}"
name = "Agent {agent_id}"
password = "{password}"
class = "{agent_class}"
skills = {{ sales = 5 }}
"""


@dataclass(frozen=True, slots=True)
class Person:
    """An agent and the seat they always take."""

    agent_id: str
    password: str
    seat_no: str
    phone_password: str


def people(count: int) -> list[Person]:
    """The first agents of the site."""
    return [
        Person(
            agent_id=str(_FIRST_AGENT + n),
            password=f"agent-{_FIRST_AGENT + n}",
            seat_no=str(_FIRST_SEAT + n),
            phone_password=f"phone-{_FIRST_SEAT + n}",
        )
        for n in range(count)
    ]


@dataclass(frozen=True, slots=True)
class LoadSite:
    """Where the daemon is reached and keeps its files."""

    folder: Path
    sip_port: int
    agent_port: int

    @property
    def file(self) -> Path:
        """The site file."""
        return self.folder / "site.toml"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "calls.db"


def write_site(
    folder: Path, agents: int, supervisors: int = 0, *, announce: bool = True
) -> LoadSite:
    """Writes the site file into `folder`. Recording is on, and without a word the announcement of
    the agent, as by default.

    The last of its people are supervisors.
    """
    site = LoadSite(folder, free_port(), free_port())
    text = _SITE.format(
        sip_port=site.sip_port,
        agent_port=site.agent_port,
        rtp_ports=RTP_PORTS,
        database=site.database,
        folder=folder,
        dnis=DNIS,
        announce=str(announce).lower(),
    )
    for n, person in enumerate(people(agents + supervisors)):
        text += _AGENT.format(
            agent_class="supervisor" if n >= agents else "agent",
            agent_id=person.agent_id,
            password=person.password,
            seat_no=person.seat_no,
            phone_password=person.phone_password,
        )
    site.file.write_text(text)
    return site
