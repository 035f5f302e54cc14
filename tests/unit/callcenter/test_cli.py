import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

from callcenter import cli, logs
from callcenter.cli import app
from callcenter.settings import Settings
from callcenter.store.errors import StoreError

SITE = "config/site.toml"


@pytest.fixture(autouse=True)
def _quiet_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "configure", lambda *_: None)


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Settings], int]], None]:
    """Puts a function in the place of the daemon."""

    def install(run: Callable[[Settings], int]) -> None:
        module = ModuleType("callcenter.daemon")
        module.__dict__["run"] = run
        monkeypatch.setitem(sys.modules, "callcenter.daemon", module)

    return install


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_the_version_is_the_package_s() -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"callcenter {version('callcenter')}\n")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["serve", "--help"], ["check", "--help"]])
def test_help_is_given(arguments: list[str]) -> None:
    result = run(*arguments)
    assert "Usage:" in result.output
    assert result.exit_code in (0, 2)


def test_a_valid_site_is_summed_up() -> None:
    result = run("check", "--config", SITE)
    assert result.exit_code == 0
    assert result.stdout == (f"{SITE} is valid: 1 trunk, 2 queues, 3 numbers, 5 seats, 5 agents\n")
    assert result.stderr == ""


@pytest.mark.parametrize("command", ["check", "serve"])
def test_every_mistake_is_a_line_and_the_exit_code_is_2(command: str, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[sip]\ndomain = 5\n[media]\naddress = "nowhere"\n')
    result = run(command, "--config", str(site))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{site}:1: sip.listen: is required",
        f'{site}:2: sip.domain: must be text: write it in quotes, like "4001"',
        f"{site}:4: media.address: 'nowhere' is not an IP address",
    ]


def test_warnings_are_shown_and_break_nothing(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(Path(SITE).read_text().replace("{ sales = 1 }", "{ sales = 9 }"))
    result = run("check", "-c", str(site))
    assert result.exit_code == 0
    assert "queue[sales].skills.sales: no agent reaches level 9" in result.stderr


@pytest.mark.parametrize("code", [0, 1])
def test_serve_runs_the_daemon_and_ends_with_its_code(
    code: int, daemon: Callable[[Callable[[Settings], int]], None]
) -> None:
    seen: list[Settings] = []

    def run_daemon(settings: Settings) -> int:
        seen.append(settings)
        return code

    daemon(run_daemon)
    assert run("serve", "--config", SITE).exit_code == code
    assert [settings.source for settings in seen] == [SITE]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (StoreError("cannot open the database"), "cannot open the database"),
        (OSError("udp 127.0.0.1:5060 is in use"), "udp 127.0.0.1:5060 is in use"),
        (
            OSError(None, "cannot listen on udp:127.0.0.1:5060"),
            "cannot listen on udp:127.0.0.1:5060",
        ),
        (
            PermissionError(13, "Permission denied", "var/recordings"),
            "var/recordings: Permission denied",
        ),
    ],
)
def test_what_keeps_the_daemon_from_running_is_one_line(
    error: Exception,
    line: str,
    daemon: Callable[[Callable[[Settings], int]], None],
) -> None:
    def run_daemon(settings: Settings) -> int:
        raise error

    daemon(run_daemon)
    result = run("serve", "--config", SITE)
    assert (result.exit_code, result.stderr) == (1, f"callcenter cannot run: {line}\n")


def test_a_bug_in_the_daemon_is_not_hidden(
    daemon: Callable[[Callable[[Settings], int]], None],
) -> None:
    def run_daemon(settings: Settings) -> int:
        raise ZeroDivisionError

    daemon(run_daemon)
    assert isinstance(run("serve", "--config", SITE).exception, ZeroDivisionError)


def test_an_audio_file_that_cannot_be_played_is_told(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    (prompts / "music.wav").write_bytes(b"RIFF, but no sound")
    site = tmp_path / "site.toml"
    site.write_text(
        '[sip]\nlisten = ["udp:127.0.0.1:5060"]\ndomain = "127.0.0.1"\n'
        f'[media]\naddress = "127.0.0.1"\n[speech]\nprompts = "{prompts}"\n'
        '[[queue]]\nname = "sales"\nskills = { sales = 1 }\nmusic = "music.wav"\n'
    )

    result = run("check", "--config", str(site))

    assert result.exit_code == 2
    assert "music.wav: not an audio file that can be read" in result.stderr


def test_a_password_is_asked_for_twice_and_only_its_hash_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli, "_at_a_terminal", lambda: True)

    result = CliRunner().invoke(app, ["hash-password"], input="s3cret\ntypo\ns3cret\ns3cret\n")

    assert result.exit_code == 0
    assert "do not match" in result.stderr
    assert "s3cret" not in result.output
    assert PasswordHasher().verify(result.stdout.strip(), "s3cret")


def test_a_password_may_be_given_as_an_option() -> None:
    result = run("hash-password", "--password", "s3cret")

    assert PasswordHasher().verify(result.stdout.strip(), "s3cret")


def test_a_password_may_come_by_a_pipe() -> None:
    result = CliRunner().invoke(app, ["hash-password"], input="s3cret\n")

    assert PasswordHasher().verify(result.stdout.strip(), "s3cret")


def test_no_password_has_no_hash() -> None:
    result = CliRunner().invoke(app, ["hash-password"], input="\n")

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "no password given\n")
