"""The main screen: who gets a key, and what happens when news comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.timer import Timer

from nerotui.core.records import Message, Run, Severity
from nerotui.core.views.spans import Role
from nerotui.errors import NerotuiError, UsageError
from nerotui.tui import messages
from nerotui.tui.action import Action
from nerotui.tui.actions import BY_ID, find_word
from nerotui.tui.bridge import Bridge, sentence
from nerotui.tui.commands import handlers
from nerotui.tui.commands.curve import CurveCommands
from nerotui.tui.keys import Keymap
from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Dialog
from nerotui.tui.screens.entry import Entry
from nerotui.tui.screens.panes import PaneScreen
from nerotui.tui.screens.reading import LogReading
from nerotui.tui.terminal import Terminal
from nerotui.tui.widgets.curve import CurvePlot
from nerotui.tui.widgets.findings import FindingsList
from nerotui.tui.widgets.hosts import HostList
from nerotui.tui.widgets.log import LogView
from nerotui.tui.widgets.pane import Pane as PaneBox
from nerotui.tui.widgets.runs import RunTable

Answer = TypeVar("Answer")

#: Seconds that a sentence stays in the last line.
SAID_FOR = 6.0
#: Sentences of this console that the findings pane keeps.
SAID_KEPT = 100


class MainScreen(PaneScreen, inherit_bindings=False):
    """The panes, answering to keys and news.

    Args:
        bridge: where news comes from and wishes go.
        palette: colours and glyphs.
        keymap: which key asks for what.
        terminal: what is drawn on.
        now: the clock, seconds since the epoch.

    Attributes:
        free: set when a dialog or the line for typing is closed.
    """

    def __init__(
        self,
        bridge: Bridge,
        palette: Palette,
        keymap: Keymap,
        *,
        terminal: Terminal,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(bridge, palette, keymap, terminal=terminal, now=now)
        self.entry = Entry(self)
        self.free = asyncio.Event()
        self._reading = LogReading(self)
        self._handlers = handlers(self)
        self._curves = CurveCommands(self)
        self._drawn: tuple[str, ...] = ()
        self._silence: Timer | None = None

    def compose(self) -> ComposeResult:
        """The board, and the line for typing that covers the footer when it is open."""
        yield self.board
        yield self.entry

    def on_screen_resume(self) -> None:
        """A dialog was closed."""
        self.free.set()

    def watch_selection(self) -> None:
        """Streams what the selected run and those drawn over it need."""
        drawn = tuple(run.id for run in self.drawn)
        self._forget_others(drawn)
        self.bridge.watch(drawn[0] if drawn else None, drawn[1:])
        if self.looking.detail_of == "tree":
            self.bridge.watch_tree(self.table.run)

    def rearrange(self) -> None:
        """Puts the panes where they belong; looks at processes only while they are shown."""
        super().rearrange()
        shown = self.looking.detail_of == "tree" and "detail" in self.board.plan.places
        self.bridge.watch_tree(self.table.run if shown else None)

    def _forget_others(self, drawn: tuple[str, ...]) -> None:
        """Forgets the points of runs that are no longer drawn."""
        if drawn[:1] != self._drawn[:1]:
            self.painting.detail = self.painting.charts.load = self.painting.charts.notice = None
        self._drawn = drawn
        self.painting.charts.book.keep(drawn)

    # Keys.

    def take(self, key: str) -> bool:
        """Does what a key asks for in the focused pane, before the next key is looked at; False if it is not for here.

        What is typed in one burst then goes where it was meant, however slow the terminal's line is.
        """
        if self.looking.typing is not None:
            if key in ("escape", "ctrl+c"):
                self.entry.cancel()
                return True
            return False
        action = self.keymap.action(key, self.looking.focus)
        if action is not None:
            self.perform(action)
        return action is not None

    def perform(self, action: Action, argument: str = "") -> None:
        """Does an action, unless this console may not."""
        if action.changes and self.bridge.readonly:
            self.say(f"This console is read-only: it cannot {action.label}.", "paused")
            return
        self._do(lambda: self._handlers[action.id](argument))

    def ask(self, dialog: Dialog[Answer], then: Callable[[Answer], Coroutine[Any, Any, None] | None]) -> None:
        """Opens a dialog at once; `then` does what was answered, if anything was."""
        self.app.push_screen(dialog, lambda answer: None if answer is None else self._do(lambda: then(answer)))

    def _do(self, work: Callable[[], Coroutine[Any, Any, None] | None]) -> None:
        try:
            rest = work()
        except NerotuiError as error:
            self.say(sentence(error), "failed")
            return
        if rest is not None:
            self.run_worker(self._carry_out(rest))

    async def _carry_out(self, work: Coroutine[Any, Any, None]) -> None:
        """Does what takes time; a failure is told in words."""
        try:
            await work
        except UsageError as error:
            self.say(sentence(error), "failed")
        except NerotuiError as error:
            self.tell(sentence(error), severity="error")

    def obey(self, line: str) -> None:
        """Does what a line of the command line says."""
        word, _, argument = line.strip().partition(" ")
        action = find_word(word)
        if action is None:
            self.say(f"No action is called {word!r}.", "failed")
        else:
            self.perform(action, argument.strip())

    def say(self, text: str, role: Role = "text") -> None:
        """Says something in the last line for a while."""
        if self._silence is not None:
            self._silence.stop()
        self.footer.say(text, role)
        self._silence = self.set_timer(SAID_FOR, lambda: self.footer.say(""))

    def tell(self, text: str, run: Run | None = None, *, severity: Severity = "info") -> None:
        """Says something longer over the panes, and keeps it among the messages."""
        said = messages.Said(text, severity, run=run.id if run else None, host=run.host if run else None, kind="toast")
        self.post_message(said)

    # News from the bridge.

    @on(messages.Ready)
    def _ready(self) -> None:
        self.painting.list.put(self.bridge.runs.values())
        self.rearrange()
        self.watch_selection()

    @on(messages.FleetChanged)
    def _fleet_changed(self, news: messages.FleetChanged) -> None:
        painting, runs = self.painting, self.bridge.runs
        painting.list.put(runs[run_id] for run_id in news.runs if run_id in runs)
        painting.list.drop(run_id for run_id in news.runs if run_id not in runs)
        painting.hosts()
        if news.runs or news.reach:
            painting.runs()
            painting.header()
            self.show_keys()
        if news.runs or news.reach or news.messages:
            painting.findings()
        if self._place():
            painting.all()
        elif self.table.run in news.runs or (self.looking.detail_of == "host" and news.hosts):
            painting.show_detail()
            painting.charts.noticed()

    @on(messages.LogBegan)
    def _log_began(self, news: messages.LogBegan) -> None:
        self._reading.counted = False
        self.log_view.begin(news.notice)
        self.painting.log()

    @on(messages.LogArrived)
    def _log_arrived(self, news: messages.LogArrived) -> None:
        if news.run == self.table.run:
            for chunk in news.chunks:
                if chunk.event in ("replaced", "truncated"):
                    self.log_view.begin()
                    self.say(f"The log was {chunk.event}: reading it anew.", "warning")
                if chunk.data or not self.log_view.held[1]:
                    self.log_view.append(chunk.data, chunk.offset, size=chunk.size, seen=self.painting.now())
            if self.log_view.held[0] and not self._reading.counted:
                self.run_worker(self._carry_out(self._reading.count()), group="log lines", exclusive=True)
        news.taken.set()

    @on(messages.PointsArrived)
    def _points_arrived(self, news: messages.PointsArrived) -> None:
        if news.run in self._drawn:
            self.painting.charts.book.take(news.run, news.batches)
            self.painting.charts.soon()
        news.taken.set()

    @on(messages.PointsFailed)
    def _points_failed(self, news: messages.PointsFailed) -> None:
        if news.run == self.table.run:
            self.painting.charts.notice = news.notice
            self.painting.curve()

    @on(messages.DetailArrived)
    def _detail_arrived(self, news: messages.DetailArrived) -> None:
        if news.detail.run.id == self.table.run:
            self.painting.detail = news.detail
            self.painting.charts.began(news.detail)
            self.painting.show_detail()

    @on(messages.TreeArrived)
    def _tree_arrived(self, news: messages.TreeArrived) -> None:
        if news.run == self.table.run:
            self.painting.take_tree(news)

    @on(messages.LoadArrived)
    def _load_arrived(self, news: messages.LoadArrived) -> None:
        if news.run == self.table.run:
            self.painting.charts.load = news.load
            self.painting.charts.soon()

    @on(messages.Said)
    def _said(self, news: messages.Said) -> None:
        if news.kind == "toast":
            severity = "information" if news.severity == "info" else news.severity
            self.notify(
                news.text, severity=severity, markup=False, timeout=10 if news.severity == "error" else SAID_FOR
            )
            record = Message(
                time=self.painting.now(), severity=news.severity, text=news.text, host=news.host, run=news.run
            )
            if news.kept:
                self.bridge.said.append(record)
                del self.bridge.said[:-SAID_KEPT]
                self.painting.findings()
        else:
            self.say(news.text)

    # News from the widgets.

    @on(LogView.Following)
    def _log_following(self) -> None:
        self.painting.log()

    @on(LogView.Wanted)
    def _log_wanted(self, news: LogView.Wanted) -> None:
        self.run_worker(self._carry_out(self._reading.fetch(news)), group="log bytes")

    @on(LogView.SearchOn)
    def _log_search_on(self, news: LogView.SearchOn) -> None:
        self.run_worker(self._carry_out(self._reading.search_on(news)), group="log search", exclusive=True)

    @on(RunTable.Moved)
    def _run_moved(self) -> None:
        if self.looking.detail_of == "host":
            self.looking.detail_of = "run"
        self.watch_selection()
        self.painting.show_detail()
        self.painting.curve()
        self.painting.log()
        self.show_keys()

    @on(RunTable.Marked)
    def _run_marked(self) -> None:
        self.watch_selection()
        self.painting.runs()
        self.painting.curve()
        self.show_keys()

    @on(RunTable.Opened)
    @on(HostList.Opened)
    def _opened(self) -> None:
        self.perform(BY_ID["open"])

    @on(HostList.Moved)
    def _host_moved(self) -> None:
        if self.looking.focus == "hosts":
            self.looking.detail_of = "host"
            self.bridge.look_at(self.hosts.host)
            self.painting.show_detail()
            self.show_keys()

    @on(CurvePlot.Stepped)
    def _curve_stepped(self, news: CurvePlot.Stepped) -> None:
        self._curves.walk(news.steps)

    @on(CurvePlot.Pointed)
    def _curve_pointed(self, news: CurvePlot.Pointed) -> None:
        self._curves.point(news.x)

    @on(CurvePlot.Turned)
    def _curve_turned(self, news: CurvePlot.Turned) -> None:
        self._curves.zoom(news.steps)

    @on(FindingsList.Opened)
    def _finding_opened(self, news: FindingsList.Opened) -> None:
        if news.run is not None:
            if not self.table.go_to(news.run):
                self.say("That run is gone, or hidden by the filter: Esc in Runs clears it.")
                return
            self.looking.detail_of = "run"
            self.looking.look_at("runs")
        elif news.host is not None and self.hosts.go_to(news.host):
            self.looking.detail_of = "host"
            self.looking.look_at("hosts")
        self.rearrange()

    @on(events.TextSelected)
    def _text_dragged(self) -> None:
        """Text that was dragged over is copied when the button is let go, as in a terminal of its own."""
        if self.get_selected_text():
            self.perform(BY_ID["copy"])

    @on(PaneBox.Picked)
    def _pane_picked(self, news: PaneBox.Picked) -> None:
        self.looking.look_at(next(name for name, pane in self.panes.items() if pane is news.pane))
        self.rearrange()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click focuses a pane as its number does."""
        for name, body in self.bodies.items():
            if event.widget is body and body is self.focused and name != self.looking.focus:
                self.looking.look_at(name)
                self.rearrange()
