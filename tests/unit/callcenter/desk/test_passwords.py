"""Passwords in plain text and as hashes."""

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr, ValidationError

from callcenter.desk import passwords
from callcenter.desk.passwords import Passwords
from callcenter.settings import AgentSettings

FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def agent(agent_id: str, password: str) -> AgentSettings:
    return AgentSettings(agent_id=agent_id, name="Ann", password=SecretStr(password))


async def test_plain_text() -> None:
    kept = Passwords([agent("1001", "secret")])
    assert await kept.matches("1001", "secret")
    assert not await kept.matches("1001", "Secret")
    assert not await kept.matches("1009", "secret")
    assert not await kept.matches("1009", "")


async def test_hashes_beside_plain_text() -> None:
    kept = Passwords([agent("1001", FAST.hash("secret")), agent("1002", "plain")])
    assert await kept.matches("1001", "secret")
    assert not await kept.matches("1001", FAST.hash("secret")), "the hash is no password"
    assert not await kept.matches("1001", "plain")
    assert await kept.matches("1002", "plain")
    assert not await kept.matches("1002", "secret")
    assert not await kept.matches("1009", "secret"), "nobody has the decoy's"
    kept.close()


async def test_every_check_does_the_work_of_a_hash_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work: list[str] = []

    def verify(kept: str, password: str) -> bool:
        work.append(password)
        return False

    monkeypatch.setattr(passwords, "_verify", verify)
    kept = Passwords([agent("1001", FAST.hash("secret")), agent("1002", "plain")])
    for agent_id in ("1001", "1002", "1009"):
        await kept.matches(agent_id, agent_id)
    assert work == ["1001", "1002", "1009"]
    kept.close()


async def test_what_an_agent_chose_outlives_a_restart_until_the_site_says_otherwise(
    tmp_path: Path,
) -> None:
    file = tmp_path / "passwords.json"
    kept = Passwords([agent("1001", "secret"), agent("1002", "plain")], file)
    await kept.change("1001", "my own choice")
    assert "my own choice" not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    again = Passwords([agent("1001", "secret"), agent("1002", "plain")], file)
    for passwords_now in (kept, again):
        assert await passwords_now.matches("1001", "my own choice")
        assert not await passwords_now.matches("1001", "secret")
        assert await passwords_now.matches("1002", "plain")
    reset = Passwords([agent("1001", "fresh")], file)
    assert await reset.matches("1001", "fresh")
    assert not await reset.matches("1001", "my own choice")
    for each in (kept, again, reset):
        each.close()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "passwords.json"
    file.write_text('{"1001": 7}')
    with pytest.raises(OSError, match="is damaged"):
        Passwords([agent("1001", "secret")], file)


def test_what_only_looks_like_a_hash_is_a_mistake_of_the_site_file() -> None:
    with pytest.raises(ValidationError, match="is no argon2 hash"):
        agent("1001", "$argon2id$oops")
