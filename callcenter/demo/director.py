"""Brings caller and agent on stage, gives them their cues and listens to what they tell."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

from callcenter.demo.children import ActorProcess, actor
from callcenter.demo.site import HOST, Site
from callcenter.demo.steps import STEPS, Outcome, Who
from callcenter.demo.story import Story
from callcenter.demo.texts import Texts

_LONGEST_S = 60.0
_CALLER_ENTERS = "signed_in"
_CUES: dict[str, str] = {"music_heard": "idle", "caller_hears_agent": "hang_up"}
"""What the agent is told to do after which step."""

Told: TypeAlias = tuple[Who, Outcome | int]
"""A step, or the exit code of the actor."""


class Director:
    """One performance: agent and caller, each a process."""

    def __init__(self, site: Site, story: Story, texts: Texts) -> None:
        self._site = site
        self._story = story
        self._texts = texts
        self._told: asyncio.Queue[Told] = asyncio.Queue()
        self._on_stage: dict[Who, ActorProcess] = {}

    async def perform(self) -> None:
        """Until both have played their parts, or one cannot go on."""
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            try:
                async with asyncio.timeout(_LONGEST_S):
                    await self._enter("agent", stack, tasks)
                    while await self._next(stack, tasks):
                        pass
            except TimeoutError:
                self._story.fail(self._missing(), self._texts("trouble.not_in_time"))
            finally:
                await stack.aclose()  # the actors end, and with them the tasks that follow them

    async def _next(self, stack: AsyncExitStack, tasks: asyncio.TaskGroup) -> bool:
        """Deals with the next thing told; False when the performance is over."""
        who, told = await self._told.get()
        if isinstance(told, int):
            del self._on_stage[who]
            if told and all(outcome.ok for outcome in self._story.outcomes.values()):
                log = self._errors(who)
                self._story.fail(
                    self._missing(), self._texts("trouble.actor_died", code=told, log=log)
                )
            return told == 0 and bool(self._on_stage)
        self._story.add(told)
        if told.step == _CALLER_ENTERS and told.ok:
            await self._enter("caller", stack, tasks)
        if told.step in _CUES and told.ok and "agent" in self._on_stage:
            self._on_stage["agent"].cue(_CUES[told.step])
        return told.ok

    async def _enter(self, who: Who, stack: AsyncExitStack, tasks: asyncio.TaskGroup) -> None:
        ports = self._site.ports
        arguments = ["--exchange", f"udp:{HOST}:{ports.sip}"]
        if who == "agent":
            arguments += ["--desk", f"{HOST}:{ports.agent}"]
        process = await stack.enter_async_context(
            actor(f"callcenter.demo.{who}", arguments, self._errors(who))
        )
        self._on_stage[who] = process
        tasks.create_task(self._follow(who, process))

    async def _follow(self, who: Who, process: ActorProcess) -> None:
        async for outcome in process.outcomes():
            self._told.put_nowait((who, outcome))
        self._told.put_nowait((who, await process.wait()))

    def _errors(self, who: Who) -> Path:
        return self._site.folder / f"{who}.log"

    def _missing(self) -> str:
        """The first step that was not reached."""
        return next(step for step in STEPS if step not in self._story.outcomes)
