"""A site of queues and agents for the simulator."""

from callcenter.settings import Settings
from tests.support.site_file import read_changed

SITE = """
[sip]
listen = ["udp:127.0.0.1:5060"]
domain = "127.0.0.1"
[media]
address = "127.0.0.1"
[[queue]]
name = "sales"
skills = { sales = 1 }
max_wait = 30
on_timeout = "queue:backup"
acw = 10
short_abandon = 2
[[queue]]
name = "backup"
skills = { backup = 1 }
max_wait = 60
[[agent]]
agent_id = "1001"
name = "Ann"
password = "x"
skills = { sales = 5 }
"""


def simulated_site(*changes: tuple[str, str], more: str = "") -> Settings:
    """With these changes."""
    return read_changed(SITE, *changes, more=more)
