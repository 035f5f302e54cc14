"""A daemon that cannot start says why in one clear line, and leaves with the right exit code."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import pytest

from callcenter.settings.choices import StrategyName
from tests.support.daemon import NewDaemon, run_command
from tests.support.live_site import LiveSite, NewSite

MISTAKES = """
[[queue]]
name = "odd"
skills = { sales = 11 }
strategy = "psychic"

[[number]]
dnis = "4x"
queue = "nowhere"

[surprise]
"""
MUSIC = """
[[queue]]
name = "loud"
skills = { sales = 1 }
music = "missing.wav"
"""


@contextmanager
def taken(kind: socket.SocketKind, port: int) -> Iterator[None]:
    """Somebody else is there already."""
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", port))
        if kind is socket.SOCK_STREAM:
            holder.listen()
        yield


def serve(site: LiveSite) -> tuple[int, str]:
    """What becomes of a daemon that has to give up: exit code and standard error."""
    code, output, errors = run_command("serve", "--config", str(site.file), cwd=site.folder)
    assert output == ""
    return code, errors


@pytest.mark.parametrize(
    ("kind", "who", "what"),
    [
        (socket.SOCK_DGRAM, "sip_port", "udp:127.0.0.1:{port}"),
        (socket.SOCK_STREAM, "sip_port", "tcp:127.0.0.1:{port}"),
        (socket.SOCK_STREAM, "agent_port", "127.0.0.1:{port} for agents"),
    ],
)
def test_a_port_in_use_is_named(
    new_site: NewSite, kind: socket.SocketKind, who: str, what: str
) -> None:
    site = new_site()
    port: int = getattr(site, who)
    with taken(kind, port):
        code, errors = serve(site)
    where = what.format(port=port)
    assert errors == f"callcenter cannot run: cannot listen on {where}: Address already in use\n"
    assert code == 1


@pytest.mark.parametrize("recordings", ["site.toml/recordings", "/proc/recordings"])
def test_a_folder_that_cannot_be_written_is_named(new_site: NewSite, recordings: str) -> None:
    code, errors = serve(new_site(recordings=recordings))

    assert errors.startswith(f"callcenter cannot run: cannot write to {recordings} (store.record")
    assert errors.count("\n") == 1
    assert code == 1


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("sqlite+aiosqlite:///site.toml/calls.db", "site.toml"),
        ("postgresql+asyncpg://me:secret@127.0.0.1:1/calls", "127.0.0.1:1/calls"),
    ],
)
def test_a_database_that_cannot_be_had_is_named_without_its_password(
    new_site: NewSite, url: str, where: str
) -> None:
    code, errors = serve(new_site(url=url))

    assert where in errors
    assert "secret" not in errors
    assert errors.count("\n") == 1
    assert code == 1


@pytest.mark.parametrize("command", ["serve", "check"])
def test_every_mistake_is_told_with_file_line_key_and_reason(
    new_site: NewSite, command: str
) -> None:
    site = new_site(more=MISTAKES)
    line = site.file.read_text()[: -len(MISTAKES)].count("\n")
    known = " or ".join(get_args(StrategyName))

    code, _, errors = run_command(command, "--config", str(site.file), cwd=site.folder)

    assert [text.removeprefix(f"{site.file}:") for text in errors.splitlines()] == [
        f"{line + 4}: queue[odd].skills.sales: must be less than or equal to 10",
        f"{line + 5}: queue[odd].strategy: 'psychic' is unknown; choose {known}",
        f"{line + 8}: number[4x].dnis: '4x' is not a telephone number",
        f"{line + 9}: number[4x].queue: there is no queue 'nowhere'",
        f"{line + 11}: surprise: is not a known key",
    ]
    assert code == 2


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_missing_prompt_is_a_mistake(new_site: NewSite, command: str) -> None:
    site = new_site(more=MUSIC)

    code, _, errors = run_command(command, "--config", str(site.file), cwd=site.folder)

    assert "queue[loud].music: there is no file missing.wav" in errors
    assert errors.count("\n") == 1
    assert code == 2


@pytest.mark.parametrize(
    ("text", "reason"), [("[sip\n", "syntax"), (None, "No such file or directory")]
)
def test_a_file_that_cannot_be_read_is_a_mistake(
    tmp_path: Path, text: str | None, reason: str
) -> None:
    file = tmp_path / "site.toml"
    if text is not None:
        file.write_text(text)

    code, _, errors = run_command("serve", "--config", str(file), cwd=tmp_path)

    assert errors.startswith(f"{file}")
    assert reason in errors
    assert errors.count("\n") == 1
    assert code == 2


def test_the_second_daemon_on_a_site_leaves_the_first_alone(
    new_site: NewSite, new_daemon: NewDaemon
) -> None:
    first = new_daemon(new_site())

    code, errors = serve(first.site)

    assert (code, errors.count("\n")) == (1, 1)
    first.stop()
