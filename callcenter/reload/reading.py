"""Reads the site file and its flows once more. It blocks: for a thread."""

from pathlib import Path

import ivr
from callcenter.settings import Settings, load


def read_again(source: str) -> tuple[Settings, dict[str, ivr.Flow]]:
    """Raises `SettingsError` or `ivr.FlowError` with every mistake."""
    settings = load(Path(source))
    return settings, ivr.load_flows(settings.ivr.flows_folder)
