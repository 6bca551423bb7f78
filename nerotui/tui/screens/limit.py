"""The dialog for a time limit: how long runs may run, written as people write durations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from nerotui.agent.durations import spelled
from nerotui.core.limits import limit
from nerotui.core.records import Run
from nerotui.core.views.schedulers import scheduled, title
from nerotui.core.views.spans import line
from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Dialog, text_of
from nerotui.tui.screens.field import Field
from nerotui.tui.screens.stakes import listed


class LimitDialog(Dialog[str]):
    """Asks for a time limit; what cannot be read is said in the dialog. The answer is the text, as it was typed.

    Args:
        palette: colours and glyphs.
        runs: whose limit it will be.
        now: seconds since the epoch.
        short: makes a run's id short.
    """

    DEFAULT_CSS = """
    LimitDialog Horizontal { height: 1; margin-top: 1; }
    LimitDialog Label { width: 12; color: $text-muted; }
    LimitDialog Input { width: 1fr; }
    """

    def __init__(self, palette: Palette, runs: Sequence[Run], *, now: float, short: Callable[[str], str]) -> None:
        super().__init__(palette, "Change the time limit")
        self._lines = listed(runs, now, short)
        clusters = dict.fromkeys(title(run.backend) for run in runs if scheduled(run))
        for name in clusters:
            self._lines.append(line((f"{name} may let you shorten it, but not lengthen it.", "label")))
        limits = {run.time_limit for run in runs}
        only = limits.pop() if len(limits) == 1 else None
        self._now = "" if only is None else spelled(only)

    def body(self) -> ComposeResult:
        """Whose it is, the line to type in, what is wrong, and the keys."""
        yield Static(text_of(self.palette, *self._lines), id="lines")
        with Horizontal():
            yield Label("time limit")
            yield Field(self._now, placeholder="2h30m; none for as long as it likes", id="limit")
        yield Static("", id="problem", markup=False)
        keys = line(("Enter", "accent"), " change it    ", ("Esc", "accent"), " leave it")
        yield Static(text_of(self.palette, keys), id="choices")

    def on_mount(self) -> None:
        """Typing begins at once."""
        super().on_mount()
        self.type_into(self.query_one("#limit", Input))

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            limit(event.value)
        except ValueError as error:
            self.query_one("#problem", Static).update(str(error))
            return
        self.dismiss(event.value)
