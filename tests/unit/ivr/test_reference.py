"""The reference of the language, held to the language."""

import re
from pathlib import Path

import pytest

from ivr.checks import Known
from ivr.conditions import Case
from ivr.farewells import FAREWELLS
from ivr.loader import parse_flow
from ivr.schema import INVALID, KINDS, NO_INPUT, FlowFile

DOCS = Path(__file__).parents[3] / "docs"
PAGES = {"en": (DOCS / "flows.md").read_text(), "zh": (DOCS / "flows.zh-CN.md").read_text()}

each_page = pytest.mark.parametrize("language", PAGES)


def sections(language: str) -> dict[str, str]:
    """What the page has under the heading of each node kind."""
    parts = re.split(r"^#{2,3} (.*)$", PAGES[language], flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {heading: text for heading, text in found.items() if re.fullmatch("[a-z_]+", heading)}


@each_page
def test_every_kind_has_a_section_and_every_section_is_a_kind(language: str) -> None:
    assert list(sections(language)) == list(KINDS)


@each_page
@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_kind_is_explained(language: str, kind: str) -> None:
    text = sections(language)[kind]
    fields = [field.alias or name for name, field in KINDS[kind].model_fields.items()]
    assert [name for name in fields if f"`{name}`" not in text] == ["kind"]
    told = set(re.findall(r"^\| `([a-z_]+)` \|", text, flags=re.MULTILINE))
    told_of = {*fields, *Case.model_fields} if kind == "branch" else set(fields)
    assert told <= told_of


@each_page
def test_every_condition_is_explained(language: str) -> None:
    text = sections(language)["branch"]
    assert [name for name in Case.model_fields if f"`{name}`" not in text] == []


@each_page
def test_every_field_of_the_file_is_explained(language: str) -> None:
    assert [name for name in FlowFile.model_fields if f"| `{name}` |" not in PAGES[language]] == []


@each_page
def test_the_sentences_are_those_that_are_spoken(language: str) -> None:
    for cause, prompt in FAREWELLS.items():
        [text] = [(part.text or {})[language] for part in prompt]
        assert re.search(rf"^\| `{cause}` \|.*\| {re.escape(text)} \|$", PAGES[language], re.M)
    for prompt in (INVALID, NO_INPUT):
        assert (prompt[0].text or {})[language] in PAGES[language]


@each_page
def test_the_example_is_a_good_flow(language: str) -> None:
    example, *_ = re.findall(r"^```yaml\n(.*?)^```$", PAGES[language], re.M | re.S)
    known = Known(queues={"sales", "support"}, flows=(), files=lambda _: False)
    assert parse_flow(example.encode(), name="example", file="example", known=known).nodes
