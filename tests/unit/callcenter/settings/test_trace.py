"""`[trace]` and the control socket's path: what is refused, and in which words."""

import pytest

from callcenter.settings import SettingsError, loads

SITE = """[sip]
listen = ["udp:127.0.0.1:5060"]
domain = "pbx.example"
[media]
address = "127.0.0.1"
"""


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            '[trace]\nhep = "tcp:127.0.0.1:9060"',
            'site.toml:7: trace.hep: must be text like "udp:192.0.2.1:9060"',
        ),
        (
            '[trace]\nhep = "udp:homer:9060"',
            "site.toml:7: trace.hep: 'homer' is not an IP address",
        ),
        ('[trace]\nhep = "udp:127.0.0.1"', "site.toml:7: trace.hep: '127.0.0.1' lacks a port"),
        ("[trace]\nmax_mb = 0", "site.toml:7: trace.max_mb: must be greater than or equal to 1"),
        ("[trace]\nmax_days = 0", "site.toml:7: trace.max_days: must be greater than 0"),
        (
            f'[daemon]\ncontrol = "/run/{"x" * 110}"',
            "site.toml:7: daemon.control: has 115 bytes, and the path of a Unix socket may have",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(table: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        loads(SITE + table, "site.toml", {})
    assert str(caught.value).startswith(problem)


def test_what_is_left_out_keeps_a_week_and_mirrors_nothing() -> None:
    settings = loads(SITE, "site.toml", {})
    assert settings.trace.capture
    assert (settings.trace.max_mb, settings.trace.max_days) == (64, 7.0)
    assert settings.trace.hep is None


def test_the_collector_s_key_is_no_text_to_be_printed() -> None:
    settings = loads(SITE + '[trace]\nhep_key = "s3cret"', "site.toml", {})
    assert "s3cret" not in repr(settings)
