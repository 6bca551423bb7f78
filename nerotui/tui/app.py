"""The application: it owns the screen, the bridge and the terminal, and nothing of what they do."""

from __future__ import annotations

import asyncio
import signal
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App, SystemCommand
from textual.color import Color
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import Worker, WorkerError

from nerotui import locations
from nerotui.tui.bridge import Bridge
from nerotui.tui.keys import Keymap, parsed
from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Dialog
from nerotui.tui.screens.main import MainScreen
from nerotui.tui.terminal import Terminal, after_escape, end_by_force, watch_hangup

#: Seconds that a key waits for the dialog that it is meant for.
DIALOG_OPENS = 2.0
#: Seconds between two looks at the clock: ages are in minutes, except while a host is awaited.
TICK = 60.0
TICK_AWAITING = 5.0


class WithoutColor(LineFilter):
    """Leaves only attributes: bold, dim, reverse, underline."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in the terminal's own two colours."""
        plain: list[Segment] = []
        for text, style, control in segments:
            if style is not None:
                style = Style(bold=style.bold, dim=style.dim, underline=style.underline, reverse=style.reverse)
            plain.append(Segment(text, style, control))
        return plain


#: Seconds for connections to end when the console is left.
CLOSING = 4.0


class ConsoleApp(App[str], inherit_bindings=False):
    """The console.

    Args:
        bridge: the fleet behind it.
        palette: colours and glyphs.
        now: the clock, seconds since the epoch.
    """

    CSS = """
    Toast { background: $panel; color: $foreground; border-left: outer $primary; padding: 0 1; margin: 0 0 0 0; }
    Toast.-warning { border-left: outer $warning; }
    Toast.-error { border-left: outer $error; }
    ToastRack { margin-bottom: 1; }
    """
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    TITLE = "nerotui"

    def __init__(self, bridge: Bridge, palette: Palette, *, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.bridge = bridge
        self.palette = palette
        self.terminal = Terminal(self)
        self.crash: str | None = None
        self._now = now
        self._keymap_made = Keymap(bridge.config.keys)
        self._screen_made: MainScreen | None = None
        self._without_color = WithoutColor()
        self._fleet: Worker[None] | None = None
        self.register_theme(palette.theme())
        self.theme = "nerotui"

    def get_default_screen(self) -> Screen[Any]:
        """The main screen."""
        self._screen_made = MainScreen(
            self.bridge, self.palette, self._keymap_made, terminal=self.terminal, now=self._now
        )
        return self._screen_made

    @property
    def main(self) -> MainScreen:
        """The main screen, also while a dialog is open over it."""
        assert self._screen_made is not None
        return self._screen_made

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Colours are taken out where there may be none."""
        filters = list(super().get_line_filters())
        return [*filters, self._without_color] if self.palette.mode == "none" else filters

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """None of Textual's own: the action table has all there are."""
        return ()

    def on_mount(self) -> None:
        """Paints first; connects after the first frame."""
        loop = asyncio.get_running_loop()
        if not self.is_headless:
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.leave, f"ended by {signal.Signals(number).name}")
            watch_hangup(lambda: loop.call_soon_threadsafe(self.leave, "the terminal is gone"))
        for problem in self._keymap_made.problems:
            self.notify(problem, severity="warning", markup=False, timeout=10)
        self.watch(self, "app_focus", self._looked_at, init=False)
        self.call_after_refresh(self._connect)
        self._tick()

    def _connect(self) -> None:
        from nerotui.tui.screens.prompts import ConsolePrompter  # late: the first frame asks nothing

        prompter = ConsolePrompter(self.palette, self._ask)
        self.bridge.reconsider = prompter.reconsider
        work = self.bridge.run(prompter, self.main.post_message)
        self._fleet = self.run_worker(work, name="fleet", exit_on_error=True)

    async def on_unmount(self) -> None:
        """Waits until connections and their processes have ended: the event loop must outlive them."""
        if self._fleet is not None:
            self._fleet.cancel()
            with suppress(WorkerError, TimeoutError):
                await asyncio.wait_for(self._fleet.wait(), CLOSING)
            await self.bridge.ended(CLOSING)

    async def _ask(self, dialog: Dialog[Any]) -> Any:
        # What is being typed elsewhere must not become the answer.
        while self.screen is not self._screen_made or self.main.looking.typing is not None:
            self.main.free.clear()
            await self.main.free.wait()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.push_screen(dialog, lambda result: None if answer.done() else answer.set_result(result))
        try:
            return await answer
        finally:
            if dialog.is_attached and not answer.done():
                dialog.dismiss(None)

    def _tick(self) -> None:
        """Ages move by the minute; the wait for a host that is away is told more often."""
        now = self._now()
        awaiting = any(host.state != "up" for host in self.bridge.hosts.values())
        wait = TICK_AWAITING if awaiting else TICK - now % TICK + 0.05
        self.set_timer(wait, self._tick)
        if self._screen_made is not None and self._screen_made.is_mounted:
            self._screen_made.painting.ages()

    def leave(self, why: str) -> None:
        """Ends the console from outside; the summary says why."""
        end_by_force()
        self.exit(why)

    async def on_event(self, event: events.Event) -> None:
        """A key for the main screen is done before the next is looked at; one for a dialog waits until it is there."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            if not self.app_focus:
                self.app_focus = True
            editing = isinstance(self.focused, Input) and event.key in self.focused._bindings.key_to_bindings
            after = None if editing else after_escape(event.key, event.character)
            if after is not None:
                # Esc and the key after it came in one burst; no key of the console needs Alt, and few of a field do.
                for key in ("escape", parsed(after) or after):
                    await self.on_event(events.Key(key, after if len(after) == 1 else None))
                return
            if self.screen is self._screen_made and self.main.take(event.key):
                return
            if isinstance(dialog := self.screen, Dialog):
                with suppress(TimeoutError):
                    await asyncio.wait_for(dialog.ready.wait(), DIALOG_OPENS)
                if self.screen is not dialog:  # the key before this one has closed it meanwhile
                    await self.on_event(event)
                    return
        await super().on_event(event)

    def _looked_at(self, seen: bool) -> None:
        """Asks and paints less often while the terminal's window is not looked at; a key shows that it is."""
        self.bridge.attend(self.bridge.interval, seen=seen)

    def _handle_exception(self, error: Exception) -> None:
        """A mistake in nerotui: the terminal is given back, the details go to a file, the user reads one sentence."""
        if not self.is_headless and self.crash is None:
            self.crash = "".join(traceback.format_exception(error))
        super()._handle_exception(error)

    def _print_error_renderables(self) -> None:
        """Textual would print its traceback over the user's shell."""
        if self.crash is None:
            super()._print_error_renderables()


def kept_crash(text: str) -> str:
    """Writes a crash's details to a file of the state folder, and gives its name; "" where that fails."""
    path = locations.state_dir() / "crash.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError:
        return ""
    return str(path)
