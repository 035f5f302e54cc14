"""Play lists of queues: one file or several, for all callers or those from a trunk."""

from pathlib import Path

import pytest

from callcenter.settings import SettingsError, load

SITE = """
[sip]
listen = ["udp:127.0.0.1:5060"]
domain = "127.0.0.1"
[media]
address = "127.0.0.1"
[speech]
prompts = "{folder}"
[[trunk]]
name = "carrier"
hosts = ["192.0.2.1"]
[[queue]]
name = "sales"
skills = {{ sales = 1 }}
"""


def site(folder: Path, music: str) -> Path:
    (folder / "a.wav").touch()
    file = folder / "site.toml"
    file.write_text(SITE.format(folder=folder) + music)
    return file


def test_every_kind_of_caller_has_a_list(tmp_path: Path) -> None:
    (tmp_path / "vip.wav").touch()
    music = """music = "a.wav"
        music_for = { carrier = ["a.wav", "a.wav"] }
        music_for_class = { vip = "vip.wav" }"""

    queue = load(site(tmp_path, music)).queues[0]

    assert queue.music_of("carrier") == ("a.wav", "a.wav")
    assert queue.music_of("") == queue.music_of("other") == ("a.wav",)
    assert queue.music_of("carrier", "vip") == queue.music_of("", "vip") == ("vip.wav",)
    assert queue.music_of("carrier", "gold") == queue.music_of("carrier")


@pytest.mark.parametrize(
    ("music", "complaint"),
    [
        ('music = ["a.wav", "b.wav"]', "queue[sales].music: there is no file b.wav"),
        (
            'music_for = { internal = "b.wav" }',
            "queue[sales].music_for.internal: there is no file b.wav",
        ),
        (
            'music_for_class = { vip = "b.wav" }',
            "queue[sales].music_for_class.vip: there is no file b.wav",
        ),
        ("music_for = { internal = [] }", "queue[sales].music_for.internal: must not be empty"),
        ('music_for = { carrie = "a.wav" }', "queue[sales].music_for.carrie: there is no trunk"),
    ],
)
def test_a_list_that_cannot_be_played_is_told(tmp_path: Path, music: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(site(tmp_path, music))
    assert complaint in str(error.value)
