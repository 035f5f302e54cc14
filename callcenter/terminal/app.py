"""The desk on the screen: draws the model, asks what an action needs, sends it."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import ValidationError
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import DataTable, Footer, Input, Label, RichLog, Static

from agent_proto import AgentClient, ProtocolError
from agent_proto import models as m
from callcenter.terminal.actions import (
    ACTIONS,
    BY_KEY,
    Action,
    Chosen,
    DataTextError,
    NoMessageError,
    TargetTextError,
    asks_of,
)
from callcenter.terminal.model import CallLine, DeskModel, LogLine
from callcenter.terminal.texts import Texts

RETRY_S = 2.0
"""Between two attempts to come back after a lost connection."""
TOPICS: list[m.Topic] = ["agents", "queues"]
_MARK_OF = {m.MuteParams: ("muted", True), m.UnmuteParams: ("muted", False)}
_MARK_OF |= {
    m.PauseRecordingParams: ("recording_paused", True),
    m.ResumeRecordingParams: ("recording_paused", False),
}
_MISTAKES: Mapping[type[Exception], str] = {
    TargetTextError: "bad_target",
    DataTextError: "bad_data",
    NoMessageError: "no_message",
}
_SHOWN = (
    m.StatisticsResult,
    m.SeatGetResult,
    m.DirectoryQueryResult,
    m.ListBreaksResult,
    m.VoicemailListResult,
)
"""Answers that are what was asked for."""


class Question(ModalScreen[str | None]):
    """Asks for one text; None when it is cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False)]
    CSS = """
    Question { align: center middle; }
    Question > Vertical { width: 60; height: auto; border: round $accent; padding: 1 2; }
    """

    def __init__(self, asked: str, hint: str, *, hidden: bool = False) -> None:
        super().__init__()
        self._asked, self._hint, self._hidden = asked, hint, hidden

    def compose(self) -> ComposeResult:
        """The question, the line to type in, how to get away."""
        with Vertical():
            yield Label(self._asked)
            yield Input(password=self._hidden)
            yield Label(Text(self._hint, style="dim"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        self.dismiss(event.value.strip())


class DeskApp(App[None]):
    """One signed-in person; `client` is signed in and `login` its answer."""

    CSS = """
    #head { height: 1; background: $primary; color: $text; padding: 0 1; }
    #calls { height: 8; border: round $secondary; }
    #tables { height: 1fr; }
    #agents { width: 3fr; border: round $secondary; }
    #queues { width: 2fr; border: round $secondary; }
    #log { height: 10; border: round $secondary; }
    """
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        client: AgentClient,
        login: m.LoginResult,
        texts: Texts,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self.model = DeskModel()
        self.model.logged_in(login)
        self._client = client
        self._texts = texts
        self._wall = wall
        self._logged = 0
        self._connected = asyncio.Event()
        self._connected.set()
        self.title = texts("title")

    def compose(self) -> ComposeResult:
        """Head line, calls, and for supervisors their teams and queues; what happened; the keys."""
        yield Static(id="head", markup=False)
        yield self._table("calls")
        if self.model.supervisor:
            with Horizontal(id="tables"):
                yield self._table("agents")
                yield self._table("queues")
        yield RichLog(id="log", max_lines=500, wrap=True)
        yield Footer()

    def _table(self, name: str) -> DataTable[Text]:
        table: DataTable[Text] = DataTable(id=name, cursor_type="row")
        table.border_title = self._texts(name)
        return table

    async def on_mount(self) -> None:
        """Begins to listen."""
        for table in self.query(DataTable):
            table.add_columns(*self._texts.row(f"columns_{table.id}"))
        for action in ACTIONS:
            if self.model.supervisor or not action.supervisor:
                label = self._texts(f"actions.{action.name}")
                self.bind(action.key, f"do('{action.key}')", description=label)
        self.bind("q", "leave_desk", description=self._texts("quit"))
        self.run_worker(self._listen(), exit_on_error=True)
        self.set_interval(1.0, self._draw_head)

    # What comes.

    async def _listen(self) -> None:
        """Follows the events, and comes back after a lost connection, until signed out."""
        await self._refresh()
        while self.model.state != "logged_out":
            async for event in self._client.events():
                self.model.on_event(event.name, event.at, event.call_id, event.params)
                self._draw()
                if self.model.state == "logged_out":
                    break
            else:
                await self._come_back()
        await asyncio.sleep(0)
        self.exit()

    async def _refresh(self) -> None:
        self.model.refreshed(await self._client.get())
        if self.model.supervisor:
            await self._client.do(m.SubscribeParams(topics=TOPICS))
        self._draw()

    async def _come_back(self) -> None:
        self._connected.clear()
        self.model.refused(self._texts("lost"))
        self._draw()
        while True:
            try:
                await self._client.reconnect()
                await self._refresh()
                self._connected.set()
                self.notify(self._texts("back"))
                return
            except ProtocolError:
                self.exit(return_code=1, message=self._texts("lost"))
                self.model.state = "logged_out"
                return
            except (OSError, TimeoutError):
                await asyncio.sleep(RETRY_S)

    # What is done.

    async def action_do(self, key: str) -> None:
        """A key of the table of actions."""
        self.run_worker(self._do(BY_KEY[key]), exclusive=True, group="do")

    async def _do(self, action: Action) -> None:
        chosen = self._chosen(action)
        if chosen is None:
            return
        texts: list[str] = []
        for ask in asks_of(action, self.model, chosen):
            asked, hint = self._texts(f"asks.{ask}"), self._texts("cancel")
            question = Question(asked, hint, hidden=ask.endswith("_password"))
            answer = await self.push_screen_wait(question)
            if answer is None:
                return
            texts.append(answer)
        await self._send(action, Chosen(chosen.call_id, chosen.person, texts))

    async def _send(self, action: Action, chosen: Chosen) -> None:
        try:
            params = action.make(self.model, chosen)
            await self._connected.wait()  # what is pressed meanwhile is done when we are back
            result = await self._client.do(params)
        except (TargetTextError, DataTextError, NoMessageError) as error:
            self._tell(self._texts(_MISTAKES[type(error)]))
        except ValidationError as error:
            self._tell(self._texts("bad_input", reason=error.errors()[0]["msg"]))
        except ProtocolError as error:
            self._tell(self._texts("refused", name=error.name, message=error.message))
        except (OSError, TimeoutError) as error:
            self._tell(str(error) or type(error).__name__)
        else:
            self._confirmed(params, result)

    def _confirmed(self, params: m.Params, result: m.Result) -> None:
        """What no event tells."""
        if isinstance(result, m.SupervisedResult):
            self.model.supervising(result.call_id)
        elif isinstance(params, m.LeaveParams):
            self.model.left(params.call_id)
        elif isinstance(result, _SHOWN):
            for line in _lines(result) or [self._texts("nothing")]:
                self.model.shown(line)
        if isinstance(result, m.VoicemailListResult):
            self.model.listed(result.messages)
        elif isinstance(params, m.VoicemailDeleteParams):
            self.model.message_id = ""  # which is next, only a list tells
        mark = _MARK_OF.get(type(params))
        if mark is not None:
            self.model.mark(params.call_id, *mark)  # type: ignore[attr-defined]
        self._draw()

    def _chosen(self, action: Action) -> Chosen | None:
        """The call or person that is meant; None, and told, where there is none."""
        if action.needs == "call":
            call_id = self._row("calls") or (
                self.model.current.call_id if self.model.current else ""
            )
            if action.key in "ar" and self.model.current is not None:
                call_id = self.model.current.call_id  # what rings, wherever the cursor is
            if not call_id:
                self._tell(self._texts("no_call"))
                return None
            return Chosen(call_id=call_id)
        if action.needs == "person":
            person = self._row("agents")
            if not person:
                self._tell(self._texts("no_person"))
                return None
            return Chosen(person=person)
        return Chosen()

    def _row(self, name: str) -> str:
        """The id of the row under the cursor; empty for none."""
        table = self.query_one(f"#{name}", DataTable)
        if not table.row_count:
            return ""
        key = table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value
        return key or ""

    async def action_leave_desk(self) -> None:
        """Signs out and ends."""
        with suppress(ProtocolError, OSError, TimeoutError):
            await self._client.logout()
        self.exit()

    # What is seen.

    def _tell(self, text: str) -> None:
        self.model.refused(text)
        self._draw()

    def _draw(self) -> None:
        self._draw_head()
        self._fill("calls", {each.call_id: self._call(each) for each in self.model.calls.values()})
        if self.model.supervisor:
            topics = self.model.topics
            agents, queues = topics.get("agents", {}), topics.get("queues", {})
            self._fill("agents", {key: self._agent(row) for key, row in agents.items()})
            self._fill("queues", {key: _queue(row) for key, row in queues.items()})
        log = self.query_one("#log", RichLog)
        lines = list(self.model.log)
        # The model forgets old lines as the log does, so only what is new is written.
        for line in lines[max(0, len(lines) - (self.model.told - self._logged)) :]:
            log.write(_logged(line))
        self._logged = self.model.told

    def _draw_head(self) -> None:
        model = self.model
        parts = [f"{model.name} {model.agent_id} @ {model.seat_no}", self._state(model.state)]
        if model.reason:
            parts[-1] += f" ({model.reason})"
        if model.since is not None:
            parts.append(_clock((self._wall() - model.since).total_seconds()))
        if model.pending:
            parts.append(self._texts("pending", state=self._state(model.pending)))
        if model.waiting:
            counts = " ".join(f"{queue} {count}" for queue, count in model.waiting.items())
            parts.append(self._texts("waiting", counts=counts))
        if model.unheard:
            parts.append(self._texts("unheard", count=model.unheard))
        self.query_one("#head", Static).update("   ".join(parts))

    def _state(self, state: str) -> str:
        return self._texts(f"states.{state}")

    def _fill(self, name: str, rows: Mapping[str, tuple[str, ...]]) -> None:
        """Brings a table up to date without moving the cursor from its row."""
        table = self.query_one(f"#{name}", DataTable)
        chosen = self._row(name)
        table.clear()
        for key, cells in rows.items():
            table.add_row(*(Text(cell) for cell in cells), key=key)
        if chosen in rows:
            table.move_cursor(row=table.get_row_index(chosen))

    def _call(self, line: CallLine) -> tuple[str, ...]:
        whom = " ".join(filter(None, (line.customer, line.region, line.url)))
        marks = " ".join(sorted(line.marks))
        return line.call_id, self._state(line.state), line.number, line.queue, whom, marks

    def _agent(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        return (
            row["agent_id"],
            row["name"],
            row["seat_no"],
            self._state(row["state"]),
            row["reason"],
            row["since"][11:19],
            row.get("call_id") or "",
        )


def _lines(result: m.Result) -> list[str]:
    """An answer as lines: what is alone in one, then one for each row of its lists."""
    fields = result.model_dump(mode="json", exclude_none=True)
    rows = [row for value in fields.values() if isinstance(value, list) for row in value]
    alone = {key: value for key, value in fields.items() if not isinstance(value, list | dict)}
    return [_joined(each) for each in (alone, *rows) if each]


def _joined(fields: Mapping[str, Any]) -> str:
    return "  ".join(f"{key} {value}" for key, value in fields.items() if value != "")


def _queue(row: Mapping[str, Any]) -> tuple[str, ...]:
    level = row.get("service_level")
    counts = (str(row[key]) for key in ("waiting", "ringing", "talking", "idle"))
    return (row["queue"], *counts, "" if level is None else f"{100 * level:.0f} %")


def _logged(line: LogLine) -> Text:
    at = "" if line.at is None else f"{line.at.astimezone():%H:%M:%S} "
    style = "red" if line.event == "error" else ""
    return Text(f"{at}{'' if line.event == 'error' else line.event} {line.text}".strip(), style)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(max(int(seconds), 0), 60)
    return f"{minutes}:{seconds:02}"
