"""Writes the files anew."""

from pathlib import Path

from agent_proto.reference.openrpc import document
from agent_proto.reference.page import renewed

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Run from a checkout."""
    page = DOCS / "agent-protocol.md"
    page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
    (DOCS / "agent-protocol.openrpc.json").write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
