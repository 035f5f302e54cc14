"""Secrets are shown nowhere, in no mistake either."""

import pytest

from tests.support.site_file import LINES, SITE, changed, problems, read


@pytest.mark.parametrize("secret", ["'phone-8001'", "80018001", "['phone-8001']"])
def test_secrets_are_never_shown(secret: str) -> None:
    broken = changed('password = "phone-8001"', f"password = {secret}\nkind = 'x'")
    shown = "\n".join(problems(broken))
    assert "seat[8001].kind" in shown
    assert "phone-8001" not in shown
    assert "80018001" not in shown


def test_a_database_url_is_secret_too() -> None:
    mysql = '[store]\nurl = "mysql://root:hunter2@db/x"\n'
    assert problems(SITE + mysql) == [
        f"site.toml:{LINES + 2}: store.url: "
        "must begin with sqlite+aiosqlite:// or postgresql+asyncpg://"
    ]
    postgresql = '[store]\nurl = "postgresql+asyncpg://root:hunter2@db/x"\n'
    settings = read(SITE + postgresql)
    assert "hunter2" not in repr(settings)
    assert "phone-8001" not in repr(settings)
    assert settings.store.url.get_secret_value() == "postgresql+asyncpg://root:hunter2@db/x"
