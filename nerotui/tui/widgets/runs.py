"""The runs table: its cursor and its marks stay with their runs, whatever is refreshed, sorted, inserted or removed."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from nerotui.core.views.runs import RunTableView
from nerotui.tui.widgets.lineview import LineView


class RunTable(LineView, can_focus=True):
    """Runs, one a row, under one heading row."""

    @dataclass
    class Moved(Message):
        """The cursor came to another run, or to none."""

        table: RunTable
        run: str | None

    @dataclass
    class Opened(Message):
        """The user asked to see the run (double click)."""

        table: RunTable
        run: str

    @dataclass
    class Marked(Message):
        """The set of marked runs changed."""

        table: RunTable
        runs: frozenset[str]

    @property
    def run(self) -> str | None:
        """The id of the run under the cursor."""
        raise NotImplementedError

    @property
    def marks(self) -> frozenset[str]:
        """The ids of the marked runs."""
        raise NotImplementedError

    def show(self, view: RunTableView) -> None:
        """Show these runs; the cursor stays on its run, or at its row if that run is gone."""
        raise NotImplementedError

    def go_to(self, run_id: str) -> bool:
        """Put the cursor on a run; False if it is not in the table."""
        raise NotImplementedError

    def toggle_mark(self) -> None:
        """Mark the run under the cursor, or unmark it, and go to the next row."""
        raise NotImplementedError

    def clear_marks(self) -> None:
        """Unmark all."""
        raise NotImplementedError
