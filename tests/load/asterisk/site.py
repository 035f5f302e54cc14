"""The site of tests.load.site, written for Asterisk: what `conf` has, and a phone for each seat."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from media import tones
from tests.load.site import DNIS, people
from tests.support import asterisk
from tests.support.audio import alaw_encode
from tests.support.ports import free_port

RTP_PORTS = (30_000, 32_766)
"""Beside those of the daemon, which has calls at the same time, and below the kernel's."""
_CONF = Path(__file__).parent / "conf"
_PHONE = """\
[{seat_no}](phone)
auth = {seat_no}
aors = {seat_no}

[{seat_no}](password)
username = {seat_no}
password = {phone_password}

[{seat_no}](place)

"""
_CDR = (
    *("calldate", "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp"),
    *("lastdata", "duration", "billsec", "disposition", "uniqueid", "linkedid"),
)
_CEL = (
    *("eventtype", "eventtime", "cidnum", "exten", "channame", "appname"),
    *("uniqueid", "linkedid", "peer", "eventextra"),
)


@dataclass(frozen=True, slots=True)
class AsteriskSite:
    """Where it is reached and keeps its files."""

    folder: Path
    sip_port: int
    manager_port: int

    @property
    def calls(self) -> Path:
        """The database with a row for each call."""
        return self.folder / "log" / "calls.db"

    @property
    def segments(self) -> Path:
        """That with the events of calls."""
        return self.folder / "log" / "segments.db"

    @property
    def queue_log(self) -> Path:
        """What app_queue writes of callers and agents."""
        return self.folder / "log" / "queue_log"

    @property
    def recordings(self) -> Path:
        """The folder of conversations."""
        return self.folder / "spool" / "monitor"


def write_site(folder: Path, agents: int) -> AsteriskSite:
    """Writes everything into `folder`."""
    site = AsteriskSite(folder, free_port(), free_port())
    everybody = people(agents)
    values = {
        "sip_port": site.sip_port,
        "manager_port": site.manager_port,
        "first_rtp_port": RTP_PORTS[0],
        "last_rtp_port": RTP_PORTS[1],
        "dnis": DNIS,
        "cdr_columns": ", ".join(_CDR),
        "cel_columns": ", ".join(_CEL),
        "phones": "".join(
            _PHONE.format(seat_no=who.seat_no, phone_password=who.phone_password)
            for who in everybody
        ),
        "members": "".join(
            f"member = PJSIP/{who.seat_no},0,Agent {who.agent_id}\n" for who in everybody
        ),
    }
    asterisk.write(folder, _CONF, values)
    (folder / "music" / "tune.alaw").write_bytes(_tune())
    # Made beforehand, as Asterisk asks for no WAL: in its own way each row would cost more.
    _make_table(site.calls, "cdr", _CDR)
    _make_table(site.segments, "cel", _CEL)
    return site


def _tune() -> bytes:
    """The daemon's own music, in the codec of the calls, so that nothing is converted."""
    return alaw_encode(memoryview(tones.music()).cast("h"))


def _make_table(file: Path, name: str, columns: tuple[str, ...]) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"CREATE TABLE {name} (AcctId INTEGER PRIMARY KEY, {', '.join(columns)})")
