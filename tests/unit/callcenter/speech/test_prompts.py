"""The library of prompts, over a renderer and a plane of the tests' own."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from callcenter.speech.prompt import File, Prompt, Silence, Text, Tone
from callcenter.speech.prompts import PreloadFailure, PromptLibrary
from callcenter.speech.provider import PromptMissingError, SpeechError
from media import tones
from tests.support.fake_media import FakePlane
from tests.support.virtual_loop import elapsed, virtual_time

HELLO = Text("Hello.", "en")


class SlowProvider:
    """Speaks and decodes in a second; the audio says what it was made from."""

    def __init__(self, identity: str = "slow 1") -> None:
        self.identity = identity
        self.made: list[str] = []

    async def render(self, text: str, language: str) -> bytes:
        return await self._make(f"{language}:{text}")

    async def decode(self, path: Path) -> bytes:
        return await self._make(f"file:{path.name}")

    async def _make(self, what: str) -> bytes:
        self.made.append(what)
        await asyncio.sleep(1)
        if "unspeakable" in what:
            raise SpeechError("no such word")
        return what.encode("utf-16-le")


class Rig:
    """A library and all around it."""

    def __init__(self, folder: Path, memory_bytes: int = 1 << 20) -> None:
        self.folder = folder
        (folder / "prompts").mkdir(exist_ok=True)
        self.plane = FakePlane()
        self.provider = SlowProvider()
        self.library = PromptLibrary(
            self.plane,
            cache_dir=folder / "cache",
            prompts_dir=folder / "prompts",
            renderer=self.provider,
            decoder=self.provider,
            memory_bytes=memory_bytes,
        )

    async def heard(self, *prompts: Prompt) -> list[str]:
        """What the loaded audio was made from."""
        audios = await self.library.load(*prompts)
        return [self.plane.audio[audio].decode("utf-16-le") for audio in audios]


@virtual_time
async def test_a_text_is_rendered_once(tmp_path: Path) -> None:
    rig = Rig(tmp_path)

    assert await rig.heard(HELLO) == ["en:Hello."]
    assert elapsed() == pytest.approx(1)

    assert await rig.heard(HELLO, HELLO) == ["en:Hello."] * 2
    assert elapsed() == pytest.approx(1)
    assert rig.provider.made == ["en:Hello."]


@virtual_time
async def test_a_second_start_finds_it_on_disk(tmp_path: Path) -> None:
    await Rig(tmp_path).heard(HELLO)

    second = Rig(tmp_path)

    assert await second.heard(HELLO) == ["en:Hello."]
    assert second.provider.made == []


@virtual_time
async def test_another_voice_is_another_audio(tmp_path: Path) -> None:
    await Rig(tmp_path).heard(HELLO)
    second = Rig(tmp_path)
    second.provider.identity = "slow 2"

    await second.heard(HELLO)

    assert second.provider.made == ["en:Hello."]


@virtual_time
async def test_many_who_want_the_same_wait_for_the_same(tmp_path: Path) -> None:
    rig = Rig(tmp_path)

    heard = await asyncio.gather(*(rig.heard(HELLO) for _ in range(5)))

    assert heard == [["en:Hello."]] * 5
    assert rig.provider.made == ["en:Hello."]


@virtual_time
async def test_a_caller_who_hangs_up_does_not_stop_it_for_the_others(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    leaving, staying = (asyncio.create_task(rig.heard(HELLO)) for _ in range(2))
    await asyncio.sleep(0.5)

    leaving.cancel()

    assert await staying == ["en:Hello."]
    assert leaving.cancelled()


@virtual_time
async def test_a_spelled_number_needs_only_its_digits(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    await rig.library.load(Text("工号 1 0 0 1 为您服务。", "zh"))

    heard = await rig.heard(Text("工号 0 1 0 为您服务。", "zh"))

    assert heard == ["zh:工号", "zh:零", "zh:幺", "zh:零", "zh:为您服务"]
    assert rig.provider.made == ["zh:工号", "zh:幺", "zh:零", "zh:为您服务"]


@virtual_time
async def test_a_file_is_decoded_anew_only_when_it_has_changed(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    file = tmp_path / "prompts" / "welcome.wav"
    file.write_bytes(b"first")
    assert await rig.heard(File("welcome.wav")) == ["file:welcome.wav"]

    same, changed = Rig(tmp_path), Rig(tmp_path)
    await same.heard(File("welcome.wav"))
    file.write_bytes(b"second")
    await changed.heard(File("welcome.wav"))

    assert (same.provider.made, changed.provider.made) == ([], ["file:welcome.wav"])


@pytest.mark.parametrize("name", ["missing.wav", "../secret.wav", "/etc/hostname", ""])
@virtual_time
async def test_a_file_that_is_not_in_the_folder_is_missing(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.wav").write_bytes(b"secret")

    with pytest.raises(PromptMissingError, match="is not in"):
        await Rig(tmp_path).heard(File(name))


@virtual_time
async def test_without_a_folder_every_file_is_missing(tmp_path: Path) -> None:
    provider = SlowProvider()
    library = PromptLibrary(
        FakePlane(), cache_dir=tmp_path, prompts_dir=None, renderer=provider, decoder=provider
    )

    with pytest.raises(PromptMissingError, match="no folder of prompts"):
        await library.load(File("welcome.wav"))


@virtual_time
async def test_tones_and_pauses_are_prompts_too(tmp_path: Path) -> None:
    rig = Rig(tmp_path)

    beep, pause = await rig.library.load(Tone("beep"), Silence(0.25))

    assert rig.plane.audio[beep] == tones.beep()
    assert rig.plane.audio[pause] == bytes(4000)
    assert list((tmp_path / "cache").glob("*/*.s16le"))


@virtual_time
async def test_preloading_tells_what_will_not_be_heard(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    unspeakable = Text("unspeakable", "en")

    failures = await rig.library.preload([unspeakable, HELLO, File("missing.wav")])

    assert failures == [
        PreloadFailure(unspeakable, f"{unspeakable}: no such word"),
        PreloadFailure(
            File("missing.wav"), f"prompt file 'missing.wav' is not in {tmp_path / 'prompts'}"
        ),
    ]
    began = elapsed()
    await rig.heard(HELLO)
    assert elapsed() == began


@virtual_time
async def test_a_failure_is_not_remembered(tmp_path: Path) -> None:
    rig = Rig(tmp_path)

    for _ in range(2):
        with pytest.raises(SpeechError, match="no such word"):
            await rig.heard(Text("unspeakable", "en"))

    assert len(rig.provider.made) == 2


@virtual_time
async def test_the_least_recently_used_leaves_memory(tmp_path: Path) -> None:
    rig = Rig(tmp_path, memory_bytes=24)
    one, two, three = (Text(word, "en") for word in ("a", "b", "c"))
    await rig.library.load(one)
    await rig.library.load(two)
    await rig.library.load(three)
    assert len(rig.plane.audio) == 3
    await rig.library.load(one)

    await rig.library.load(Text("d", "en"))

    kept = {pcm.decode("utf-16-le") for pcm in rig.plane.audio.values()}
    assert kept == {"en:a", "en:c", "en:d"}


@virtual_time
async def test_what_one_call_asks_for_is_whole_even_when_memory_is_short(tmp_path: Path) -> None:
    rig = Rig(tmp_path, memory_bytes=1)

    assert await rig.heard(Text("a", "en"), Text("b", "en")) == ["en:a", "en:b"]

    await rig.heard(Text("c", "en"))
    assert len(rig.plane.audio) == 1


@virtual_time
async def test_what_is_in_memory_is_at_hand(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    assert rig.library.at_hand(HELLO) is None
    audio = await rig.library.load(HELLO)
    assert rig.library.at_hand(HELLO) == audio
    assert rig.library.at_hand(HELLO, Text("a", "en")) is None
    assert rig.library.at_hand() == []


@virtual_time
async def test_a_disk_that_takes_nothing_costs_the_cache_and_not_the_call(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    rig = Rig(tmp_path)

    with capture_logs() as logs:
        assert await rig.heard(HELLO) == ["en:Hello."]
        assert await rig.heard(Text("a", "en")) == ["en:a"]

    assert [line["event"] for line in logs] == ["speech.cache_not_written"]


@virtual_time
async def test_closing_fails_those_who_wait(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    waiting = asyncio.create_task(rig.heard(HELLO))
    await asyncio.sleep(0.5)

    await rig.library.close()

    with pytest.raises(SpeechError, match="closed"):
        await waiting
