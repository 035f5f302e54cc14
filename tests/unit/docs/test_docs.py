"""Documents lead where they say, name what is there, and the two READMEs tell the same."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from callcenter.cli import app

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
)
READMES = ("README.md", "README.zh-CN.md")
_SOURCE = re.compile(r"`((?:[a-z_0-9]+/)+[\w.-]+\.(?:pyi?|rs|toml|yaml|service))`")
_MODULE = re.compile(r"`((?:[a-z_]+/)+[a-z_]+)`")
_BASES = (ROOT, ROOT / "callcenter", ROOT / "media")
_TESTS = (ROOT / "tests" / "unit", ROOT / "tests" / "unit" / "callcenter")

each_page = pytest.mark.parametrize("page", PAGES)


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """Without blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """The lines of the shell blocks, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]


def headings(text: str) -> list[tuple[int, str]]:
    """Level and text."""
    return [(len(marks), title) for marks, title in re.findall(r"^(#+) (.*)$", prose(text), re.M)]


def anchor(heading: str) -> str:
    """What a heading is linked by: GitHub's rule."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(text: str) -> Iterator[tuple[str, str]]:
    """File and anchor of every relative link."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
        if "://" not in target:
            file, _, fragment = target.partition("#")
            yield file, fragment


@each_page
def test_relative_links_resolve(page: str) -> None:
    dead = []
    for file, fragment in links(read(page)):
        target = (ROOT / page).parent / file if file else ROOT / page
        if not target.exists():
            dead.append(file)
        elif fragment:
            anchors = [anchor(title) for _, title in headings(target.read_text(encoding="utf-8"))]
            if fragment not in anchors:
                dead.append(f"{file}#{fragment}")
    assert dead == []


@each_page
def test_sources_that_are_named_are_there(page: str) -> None:
    named = set(_SOURCE.findall(read(page)))
    assert {path for path in named if not any((base / path).exists() for base in _BASES)} == set()


@each_page
def test_modules_that_are_named_are_there(page: str) -> None:
    absent = set()
    for path in _MODULE.findall(read(page)):
        rooms = [base for base in _BASES if (base / path.split("/")[0] / "__init__.py").exists()]
        files = [room / name for room in rooms for name in (path, f"{path}.py")]
        files += [room / f"{path}.py" for room in _TESTS if files]
        if files and not any(file.exists() for file in files):
            absent.add(path)
    assert absent == set()


@each_page
def test_commands_are_there(page: str) -> None:
    text = read(page)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    known = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert set(re.findall(r"callcenter ([a-z]+) --", text)) <= known


def test_both_readmes_have_the_same_parts_commands_and_links() -> None:
    english, chinese = map(read, READMES)
    assert [level for level, _ in headings(chinese)] == [level for level, _ in headings(english)]
    assert commands(chinese) == commands(english)
    numbered = re.compile(r"^(\d+)\. ", re.MULTILINE)
    assert numbered.findall(chinese) == numbered.findall(english)
    bullets = re.compile(r"^- ", re.MULTILINE)
    assert len(bullets.findall(chinese)) == len(bullets.findall(english))
    twins = {"README.md": "README.zh-CN.md", "docs/flows.md": "docs/flows.zh-CN.md"}
    expected = {(twins.get(file, file), fragment) for file, fragment in links(english)}
    found = {(twins.get(file, file), fragment) for file, fragment in links(chinese)}
    assert found == expected


def test_the_readme_leads_to_every_document() -> None:
    told = {file for file, _ in links(read("README.md"))}
    pages = {page for page in PAGES if page.count("/") < 2 and not page.endswith(".zh-CN.md")}
    assert pages - told == {"README.md"}


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in commands(read("README.md"))
    assert re.search(r"^make test\b", script, re.MULTILINE)


def test_make_lists_the_targets_that_contributing_explains() -> None:
    listed = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = set(re.findall(r"^  make ([a-z]+)", listed.stdout, re.MULTILINE))
    told = set(re.findall(r"`make ([a-z]+)`", read("CONTRIBUTING.md")))
    assert targets - told == {"help"}
