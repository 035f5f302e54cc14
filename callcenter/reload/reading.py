"""Reads the site file and its flows once more. It blocks: for a thread."""

import os
from pathlib import Path

import ivr
from callcenter.settings import Settings, load, loads


def read_again(source: str, text: str | None = None) -> tuple[Settings, dict[str, ivr.Flow]]:
    """The file `source`, or what it holds as somebody else has read it, who may where we may not.

    Raises `SettingsError` or `ivr.FlowError` with every mistake.
    """
    settings = load(Path(source)) if text is None else loads(text, source, os.environ)
    return settings, ivr.load_flows(settings.ivr.flows_folder)
