"""The runs table: its cursor and its marks stay with their runs, whatever is refreshed, sorted, inserted or removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.segment import Segment
from textual.message import Message
from textual.strip import Strip

from nerotui.core.records import Run
from nerotui.core.views.cells import width
from nerotui.core.views.columns import Column
from nerotui.core.views.runs import RunTableView
from nerotui.core.views.spans import Role, Span, plain
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.lineview import joined
from nerotui.tui.widgets.listview import ListView
from nerotui.tui.widgets.wrapping import shortened

#: Cells before the columns: the cursor's bar, and the mark. The first column's title begins in the second of them.
EDGE = 2


class RunTable(ListView, can_focus=True):
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

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self.heading = 1
        self._view = RunTableView()
        self._columns: tuple[Column, ...] = ()
        self._run: str | None = None
        self._marks: frozenset[str] = frozenset()
        self._roles: Mapping[str, Role] = {}
        self._strips: dict[tuple[str, bool], tuple[Run, float, Strip]] = {}

    @property
    def run(self) -> str | None:
        """The id of the run under the cursor."""
        return self._run

    @property
    def marks(self) -> frozenset[str]:
        """The ids of the marked runs."""
        return self._marks

    def show(self, view: RunTableView) -> None:
        """Show these runs; the cursor stays on its run, or at its row if that run is gone."""
        offset = self.cursor - self.top
        self._view, self.notice = view, view.notice
        columns = view.columns(self.size.width - EDGE)
        if columns != self._columns or len(self._strips) > 300:
            self._strips.clear()
        self._columns = columns
        found = self._find(self._run)
        if found is not None and found != self.cursor:
            # The cursor's row stays where it is on the screen, and the table moves under it.
            self.cursor = found
            self.top = max(0, found - offset)
        self.settle()
        self._follow_cursor()

    def go_to(self, run_id: str) -> bool:
        """Put the cursor on a run; False if it is not in the table."""
        found = self._find(run_id)
        if found is not None:
            self.put_cursor(found)
            self._follow_cursor()
        return found is not None

    def toggle_mark(self) -> None:
        """Mark the run under the cursor, or unmark it, and go to the next row."""
        if self._run is not None:
            self._set_marks(self._marks ^ {self._run})
            self.move(1)

    def clear_marks(self) -> None:
        """Unmark all."""
        self._set_marks(frozenset())

    # The list.

    def items(self) -> int:
        """How many runs are listed."""
        return len(self._view.runs)

    def cursor_moved(self) -> None:
        """Tell which run it is on."""
        self._follow_cursor()

    def opened(self) -> None:
        """Ask to see the run."""
        if self._run is not None:
            self.post_message(self.Opened(self, self._run))

    def laid_out(self) -> None:
        """Other columns may fit."""
        self._strips.clear()
        self._columns = self._view.columns(self.size.width - EDGE)
        super().laid_out()

    def heading_strip(self, y: int) -> Strip:
        """The columns' titles."""
        titles = "".join(
            (column.title.rjust(column.width) if column.right else column.title.ljust(column.width)) + " " * column.gap
            for column in self._columns
        )
        return self.drawn((Span(" " + titles, "label"),))

    def row_strip(self, row: int, *, selected: bool) -> Strip:
        """One run."""
        run, now = self._view.runs[row], self._view.now
        drawn = self._strips.get((run.id, selected))
        if drawn is None or drawn[0] is not run or drawn[1] != now:
            drawn = self._strips[run.id, selected] = (run, now, self._draw(row, selected))
        return drawn[2]

    def _draw(self, index: int, selected: bool) -> Strip:
        row = self._view.row(index, self._columns)
        glyphs, style = self.palette.glyphs, self.palette.style
        cursor = glyphs.cursor if selected else " "
        mark = glyphs.mark if row.run in self._marks else " "
        role: Role = self._roles.get(row.run, "accent")
        segments = [Segment(cursor, style("accent", selected)), Segment(mark, style(role, selected))]
        for column, (text, role) in zip(self._columns, row.cells, strict=True):
            segments.append(Segment(text, style(role, selected)))
            segments.append(self.blank(column.gap, selected=selected))
        left = self._extent[0] - EDGE - sum(column.width + column.gap for column in self._columns)
        remark = shortened(row.remark, left, glyphs.ellipsis)
        left -= width(plain(remark))
        segments += self.styled(remark, selected=selected)
        segments.append(self.blank(max(0, left), selected=selected))
        return joined(Strip(segments).adjust_cell_length(self._extent[0]))

    def color_marks(self, roles: Mapping[str, Role]) -> None:
        """Draw the marks of these runs in the colours of their curves."""
        if roles != self._roles:
            self._roles = roles
            self._strips.clear()
            self.repaint()

    def _set_marks(self, marks: frozenset[str]) -> None:
        if marks != self._marks:
            self._marks = marks
            self._strips.clear()
            self.repaint()
            self.post_message(self.Marked(self, marks))

    def _find(self, run_id: str | None) -> int | None:
        runs = self._view.runs
        if run_id is None:
            return None
        if self.cursor < len(runs) and runs[self.cursor].id == run_id:
            return self.cursor
        return next((index for index, run in enumerate(runs) if run.id == run_id), None)

    def _follow_cursor(self) -> None:
        runs = self._view.runs
        run = runs[self.cursor].id if runs else None
        if run != self._run:
            self._run = run
            self.post_message(self.Moved(self, run))
