"""The embedded site is a valid one, on ports that are free."""

import socket
from pathlib import Path

import pytest

from callcenter.demo.site import Language, Ports, Site, choose_ports, is_free
from callcenter.settings import load


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_site_file_is_what_the_daemon_takes(tmp_path: Path, language: Language) -> None:
    folder = tmp_path / "a new one"
    site = Site(folder, Ports(5080, 7480, 5070, (31_000, 31_399)), language)
    site.write()
    settings = load(site.config)
    assert settings.warnings == ()
    assert settings.media.rtp_ports == (31_000, 31_399)
    assert settings.speech.language == language
    assert settings.store.recordings == site.recordings
    assert {number.dnis for number in settings.numbers} == {"4000", "4001", "4002"}


@pytest.mark.parametrize("name", ["short", "long" * 40])
def test_everything_lies_in_the_folder_but_a_socket_it_is_too_deep_for(
    tmp_path: Path, name: str
) -> None:
    site = Site(tmp_path / name, Ports(5080, 7480, 5070), "en")
    site.write()
    settings = load(site.config)
    assert settings.trace.folder.parent == site.folder
    assert (settings.daemon.control.parent == site.folder) == (name == "short")


@pytest.mark.parametrize("name", ["short", "long" * 40])
def test_nothing_of_a_removed_site_is_left(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    site = Site(tmp_path / name, Ports(5080, 7480, 5070), "en")
    site.write()
    Path(f"{site.control}.lock").touch()
    site.remove()
    assert list(tmp_path.iterdir()) == []


def test_any_ports_are_free_ones() -> None:
    ports = choose_ports(0)
    assert is_free(ports.sip)
    assert is_free(ports.agent)


def test_a_base_means_the_ports_from_there_on() -> None:
    base = choose_ports(0).sip | 1
    try:
        ports = choose_ports(base)
    except OSError:
        pytest.skip("somebody took the neighbour of a free port")
    assert (ports.sip, ports.agent) == (base, base + 1)
    assert ports.rtp[0] > ports.trunk
    assert ports.rtp[0] % 2 == 0


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_taken_port_is_named(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(OSError, match=f"port {port} "):
            choose_ports(port)
