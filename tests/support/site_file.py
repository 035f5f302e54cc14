"""Site files to be changed, and what reading them says."""

import pytest

from callcenter.settings import Settings, SettingsError, loads

SITE = """\
[sip]
listen = ["udp:127.0.0.1:5060", "tcp:[::1]:5060"]
domain = "pbx.example"
[media]
address = "127.0.0.1"
[[trunk]]
name = "carrier"
hosts = ["127.0.0.1:5070", "192.0.2.7"]
[[queue]]
name = "sales"
skills = { sales = 2 }
[[number]]
dnis = "4001"
queue = "sales"
[[seat]]
seat_no = "8001"
password = "phone-8001"
[[agent]]
agent_id = "1001"
name = "Ann"
password = "agent-1001"
skills = { sales = 5 }
"""
LINES = SITE.count("\n")
"""What is appended begins on the next."""


def read(text: str, **environ: str) -> Settings:
    """Without mistakes."""
    return loads(text, "site.toml", environ)


def problems(text: str, **environ: str) -> list[str]:
    """The mistakes that keep it from being read."""
    with pytest.raises(SettingsError) as caught:
        read(text, **environ)
    return [str(problem) for problem in caught.value.problems]


def warnings(text: str) -> list[str]:
    """What is hardly meant in it."""
    return [str(problem) for problem in read(text).warnings]


def changed(old: str, new: str) -> str:
    """`SITE` with `new` where it has `old`, once."""
    assert SITE.count(old) == 1
    return SITE.replace(old, new)


def read_changed(text: str, *changes: tuple[str, str], more: str = "") -> Settings:
    """Of `text` with these changes, each of something that it has, and `more` at its end."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return read(text + more)
