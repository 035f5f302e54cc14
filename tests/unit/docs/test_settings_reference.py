"""The reference of the settings, held to the models that read them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from callcenter.settings import HostPort
from callcenter.settings.problems import keys_of
from callcenter.settings.site import ARRAYS, SECTIONS
from ivr.targets import ToHangUp

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
TABLES: dict[str, type[BaseModel]] = {
    **{f"[{name}]": model for name, model in SECTIONS.items()},
    **{f"[[{name}]]": model for name, (model, _) in ARRAYS.items()},
}


def documented() -> dict[str, dict[str, str]]:
    """Table → key → default, as the page has them."""
    [reference] = re.findall(r"^## Settings$(.*?)^## ", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    parts = re.split(r"^### `(.*)`$", reference, flags=re.MULTILINE)
    return {
        table: dict(re.findall(r"^\| `([a-z_0-9]+)` \| (.*?) \|", text, flags=re.MULTILINE))
        for table, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def written(value: Any) -> str:
    """A default as it would stand in a site file."""
    match value:
        case None:
            return "–"
        case SecretStr():
            return f'`"{value.get_secret_value()}"`'
        case str() | Path() | HostPort() | ToHangUp():
            return f'`"{value}"`'
        case _:
            return f"`{json.dumps(value)}`"


def defaults(model: type[BaseModel]) -> dict[str, str]:
    """Key → default, as the model has them."""
    return {
        key: "required"
        if field.is_required()
        else written(field.get_default(call_default_factory=True))
        for key, field in zip(keys_of(model), model.model_fields.values(), strict=True)
    }


def test_every_table_has_a_section_and_every_section_is_a_table() -> None:
    assert list(documented()) == list(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_every_key_is_told_with_its_default(table: str) -> None:
    assert documented()[table] == defaults(TABLES[table])
