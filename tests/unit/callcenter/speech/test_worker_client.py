"""The worker as a process: real speech, and what happens when it misbehaves."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from callcenter.speech.provider import Decoder, Renderer, SpeechError
from callcenter.speech.worker_client import SpeechWorker
from tests.support.audio import pcm_samples

ECHO = """
import json, sys
for line in sys.stdin:
    text = json.loads(line)["text"]
    if text == "crash": raise SystemExit(3)
    if text == "hang": sys.stdin.read()
    if text == "babble": print("hello", flush=True); continue
    if text == "boast": print('{"bytes": 99999999999}', flush=True); continue
    audio = text.encode()
    sys.stdout.write(json.dumps({"bytes": len(audio)}) + "\\n" + text); sys.stdout.flush()
"""
"""Speaks a text by giving it back, or misbehaves as it says."""


@pytest.fixture
async def make_worker() -> AsyncIterator[Callable[..., SpeechWorker]]:
    made: list[SpeechWorker] = []

    def make(**settings: float) -> SpeechWorker:
        command = (sys.executable, "-c", ECHO)
        made.append(SpeechWorker(command=command, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for worker in made:
        await worker.close()


@pytest.mark.parametrize(
    ("text", "language"), [("Please wait.", "en"), ("请稍候。", "zh")], ids=["en", "zh"]
)
async def test_the_real_worker_speaks(text: str, language: str) -> None:
    worker = SpeechWorker()
    renderer: Renderer = worker
    try:
        pcm = await renderer.render(text, language)
    finally:
        await worker.close()

    samples = pcm_samples(pcm)
    loudness = (sum(s * s for s in samples) / len(samples)) ** 0.5 / 32767
    assert 0.5 < len(samples) / 8000 < 3
    assert 0.1 < loudness < 0.3
    assert "espeakng-loader 0." in renderer.identity


async def test_the_real_worker_names_what_is_wrong_with_a_file() -> None:
    worker = SpeechWorker()
    decoder: Decoder = worker
    try:
        with pytest.raises(SpeechError, match="not an audio file"):
            await decoder.decode(Path(__file__))
    finally:
        await worker.close()


async def test_it_starts_with_the_first_text_and_answers_in_order(
    make_worker: Callable[..., SpeechWorker],
) -> None:
    worker = make_worker()
    assert not worker.running

    spoken = await asyncio.gather(*(worker.render(str(number), "en") for number in range(20)))

    assert spoken == [str(number).encode() for number in range(20)]
    assert worker.running


@pytest.mark.parametrize(
    ("text", "error"),
    [("crash", "failed"), ("babble", "failed"), ("boast", "failed"), ("hang", "within 2 s")],
)
async def test_a_text_that_breaks_the_worker_costs_only_itself(
    make_worker: Callable[..., SpeechWorker], text: str, error: str
) -> None:
    worker = make_worker(timeout_s=2.0 if text == "hang" else 20.0)
    assert await worker.render("before", "en") == b"before"

    broken, after = await asyncio.gather(
        worker.render(text, "en"), worker.render("after", "en"), return_exceptions=True
    )

    assert isinstance(broken, SpeechError)
    assert error in str(broken)
    assert after == b"after"


async def test_a_caller_that_leaves_costs_the_next_nothing(
    make_worker: Callable[..., SpeechWorker],
) -> None:
    worker = make_worker()
    leaving = [asyncio.create_task(worker.render("left", "en")) for _ in range(3)]
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()

    assert await worker.render("stayed", "en") == b"stayed"
    assert all(isinstance(left, asyncio.CancelledError) for left in await gathered(leaving))


async def gathered(tasks: list[asyncio.Task[bytes]]) -> list[bytes | BaseException]:
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_only_so_many_may_wait(make_worker: Callable[..., SpeechWorker]) -> None:
    worker = make_worker(max_waiting=2)

    results = await asyncio.gather(
        *(worker.render(str(number), "en") for number in range(4)), return_exceptions=True
    )

    assert results[:2] == [b"0", b"1"]
    assert [str(error) for error in results[2:]] == ["too many prompts are waiting to be made"] * 2


async def test_an_idle_process_is_let_go_and_started_again(
    make_worker: Callable[..., SpeechWorker],
) -> None:
    worker = make_worker(idle_s=0.0)
    await worker.render("first", "en")
    (until_idle,) = (t for t in asyncio.all_tasks() if t.get_name() == "speech worker")
    await until_idle
    assert not worker.running

    assert await worker.render("second", "en") == b"second"


async def test_closing_fails_what_is_being_made_and_what_waits(
    make_worker: Callable[..., SpeechWorker],
) -> None:
    worker = make_worker()
    await worker.render("up", "en")
    waiting = [asyncio.create_task(worker.render(text, "en")) for text in ("hang", "next")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    await worker.close()
    await worker.close()

    assert [str(error) for error in await gathered(waiting)] == ["the speech worker is closed"] * 2
    assert not worker.running
    with pytest.raises(SpeechError, match="closed"):
        await worker.render("late", "en")


async def test_a_worker_that_cannot_be_started_is_an_error() -> None:
    worker = SpeechWorker(command=("/nowhere/python",))

    with pytest.raises(SpeechError, match="FileNotFoundError"):
        await worker.render("x", "en")

    await worker.close()


def test_the_daemon_s_side_imports_no_heavy_library() -> None:
    modules = (
        "callcenter.speech.prompts, callcenter.speech.worker_client, callcenter.speech.phrases"
    )
    heavy = "{'numpy', 'soxr', 'soundfile', 'espeakng_loader'}"
    script = f"import sys, {modules}; sys.exit(repr({heavy} & set(sys.modules) or ''))"

    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (result.stderr, result.returncode) == ("''\n", 1)
