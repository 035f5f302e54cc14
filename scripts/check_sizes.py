"""Fails on a file past 600 lines or a function past 60; reports classes past 15 attributes.

Exceptions stand in `ALLOWED` with the size they have, and may only shrink: a smaller one must be
entered anew, one within the limit struck out.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

MAX_FILE = 600
MAX_FUNCTION = 60
MAX_ATTRIBUTES = 15
ROOTS = ("acd", "agent_proto", "callcenter", "ivr", "lean", "media", "scripts", "sip", "tests")

ALLOWED: dict[str, int] = {}
"""`path` of a file or `path:qualified.name` of a function: its lines."""

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> Iterator[Path]:
    """The Python and Rust files of the project."""
    for root in ROOTS:
        for path in sorted(Path(root).rglob("*")):
            if path.suffix in (".py", ".rs") and "target" not in path.parts:
                yield path


def functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    """Every function below `node` by its qualified name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            name = f"{prefix}.{child.name}" if prefix else child.name
            if isinstance(child, Function):
                yield name, child
            yield from functions(child, name)
        else:
            yield from functions(child, prefix)


def attributes(node: ast.ClassDef) -> set[str]:
    """The attributes that a class's methods give to `self`."""
    return {
        target.attr
        for target in ast.walk(node)
        if isinstance(target, ast.Attribute)
        and isinstance(target.ctx, ast.Store)
        and isinstance(target.value, ast.Name)
        and target.value.id == "self"
    }


def measure(path: Path) -> Iterator[tuple[str, int, int]]:
    """Key, size and limit of a file and of its functions."""
    text = path.read_text(encoding="utf-8")
    yield str(path), text.count("\n"), MAX_FILE
    if path.suffix == ".py":
        for name, function in functions(ast.parse(text), ""):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            yield f"{path}:{name}", lines, MAX_FUNCTION


def broad_classes(path: Path) -> Iterator[str]:
    """A line about each class that holds more than it should."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef) and len(attributes(node)) > MAX_ATTRIBUTES:
            yield f"{path}:{node.lineno}: {node.name} has {len(attributes(node))} attributes"


def complaints() -> Iterator[str]:
    """A line about everything past its limit and every exception that no longer fits."""
    unseen = dict(ALLOWED)
    for path in sources():
        for key, size, limit in measure(path):
            allowed = unseen.pop(key, limit)
            if size > allowed:
                yield f"{key}: {size} lines, allowed are {allowed}"
            elif allowed > limit and size < allowed:
                yield f"{key}: shrank to {size} lines; say so in {__file__}"
    for key in unseen:
        yield f"{key}: no longer exists; strike it from {__file__}"


def main() -> int:
    """Prints what is wrong; 1 when anything is."""
    for path in sources():
        if path.suffix == ".py":
            for line in broad_classes(path):
                print(f"note: {line}, more than {MAX_ATTRIBUTES}: does it hold two ideas?")
    found = list(complaints())
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
