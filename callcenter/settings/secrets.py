"""What is never shown: passwords, PINs, the database's URL."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, SecretStr

_DATABASE_DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")


def _database_url(url: SecretStr) -> SecretStr:
    """Refuses URLs that no shipped driver opens, without repeating what they hold."""
    scheme = url.get_secret_value().partition("://")[0]
    if scheme not in _DATABASE_DRIVERS:
        raise ValueError(
            f"must begin with {' or '.join(f'{name}://' for name in _DATABASE_DRIVERS)}"
        )
    return url


def _pin(secret: SecretStr) -> SecretStr:
    if not re.fullmatch("[0-9]{4,12}", secret.get_secret_value()):
        raise ValueError("must be 4 to 12 digits")
    return secret


def _argon2_if_hashed(secret: SecretStr) -> SecretStr:
    """Refuses what begins like an argon2 hash and is none: nobody could ever sign in with it."""
    if secret.get_secret_value().startswith("$argon2"):
        from argon2 import extract_parameters
        from argon2.exceptions import InvalidHashError

        try:
            extract_parameters(secret.get_secret_value())
        except InvalidHashError:
            raise ValueError("is no argon2 hash, though it begins like one") from None
    return secret


Secret: TypeAlias = Annotated[SecretStr, Field(min_length=1)]
Password: TypeAlias = Annotated[Secret, AfterValidator(_argon2_if_hashed)]
"""A person's: in plain text, or an argon2 hash."""
DatabaseUrl: TypeAlias = Annotated[SecretStr, AfterValidator(_database_url)]
Pin: TypeAlias = Annotated[SecretStr, AfterValidator(_pin)]
