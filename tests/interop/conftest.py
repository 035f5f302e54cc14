"""Real daemons, started by the tests."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, NewDaemon
from tests.support.live_site import LiveSite, NewSite, write_site
from tests.support.postgres import postgres_cluster, postgres_url

__all__ = ["postgres_cluster", "postgres_url"]


@pytest.fixture(scope="session")
def speech_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered speech, shared by all daemons."""
    return tmp_path_factory.mktemp("speech")


@pytest.fixture(scope="module")
def _shared(
    speech_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Daemon]]:
    daemons: list[Daemon] = []

    def current() -> Daemon:
        """The daemon of this module, or a new one after a test that left it in disorder."""
        if not daemons or daemons[-1].ended:
            daemons.append(Daemon(write_site(tmp_path_factory.mktemp("site"), speech_cache)))
            daemons[-1].wait_ready()
        return daemons[-1]

    try:
        yield current
        if daemons and not daemons[-1].ended:
            daemons[-1].stop()
    finally:
        for daemon in daemons:
            daemon.remove()


@pytest.fixture
def daemon(_shared: Callable[[], Daemon]) -> Iterator[Daemon]:
    """A daemon that serves the tests of a module; each must leave it without calls and errors."""
    daemon = _shared()
    yield daemon
    try:
        daemon.wait_quiet()
        daemon.assert_healthy()
    except BaseException:
        daemon.remove()
        raise


@pytest.fixture
def site(daemon: Daemon) -> LiveSite:
    """The site of `daemon`."""
    return daemon.site


@pytest.fixture
def new_site(speech_cache: Path, tmp_path: Path) -> NewSite:
    """Writes the one site of a test that wants its own: `new_site(drain_s=1)`."""
    return partial(write_site, tmp_path, speech_cache)


@pytest.fixture
def new_daemon() -> Iterator[NewDaemon]:
    """Starts a daemon on a site; the test stops it, or asserts how it ended."""
    started: list[Daemon] = []

    def start(site: LiveSite) -> Daemon:
        daemon = Daemon(site)
        started.append(daemon)
        daemon.wait_ready()
        return daemon

    yield start
    for daemon in started:
        daemon.remove()
