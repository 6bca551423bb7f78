"""The runs table: which runs in which order, and the cells of the rows that are on screen.

A fleet may list a hundred thousand runs. So `RunList` keeps them sorted while single runs change, `RunTableView` is a
cheap frozen look at it, and cells are made only for the rows that somebody sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from nerotui.core.records import Run
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.spans import Line, Notice, Role, Span, View

SortKey = Literal["state", "name", "host", "id", "started", "loss", "acc", "left", "user"]
ColumnKey = Literal["state", "id", "name", "host", "epoch", "loss", "acc", "left", "user"]


class Column(View):
    """A column that fits: its heading, its width in cells, and whether it holds numbers."""

    key: ColumnKey
    title: str
    width: int
    right: bool = False


class RunRow(View):
    """The cells of one run in the order of the columns, and the remark after them."""

    run: str
    cells: tuple[Span, ...]
    remark: Line = ()
    dim: bool = False


def first_four(run_id: str) -> str:
    """The id as short as the screen ever shows it."""
    return run_id[:4]


class RunTableView(View):
    """What the runs table shows now. `runs` is in the order of the rows.

    Attributes:
        total: how many runs there are without the filter.
        marks: ids of the marked runs.
        right: what the pane's rule says: counts, filter, sort.
        longest: cells of the longest id, name, host and user, by column.
        now: seconds since the epoch; ages are worked out against it.
    """

    runs: tuple[Run, ...] = ()
    total: int = 0
    marks: frozenset[str] = frozenset()
    right: str = ""
    sort: SortKey = "state"
    reverse: bool = False
    filter_text: str = ""
    now: float = 0.0
    longest: dict[str, int] = {}
    short: Callable[[str], str] = first_four
    glyphs: Glyphs = UNICODE
    notice: Notice | None = None

    def columns(self, width: int) -> tuple[Column, ...]:
        """The columns that fit into `width` cells; state, name and host always do."""
        raise NotImplementedError

    def row(self, index: int, columns: tuple[Column, ...]) -> RunRow:
        """The cells of one row."""
        raise NotImplementedError


class RunList:
    """Runs in the order of the table, kept sorted and filtered as single runs change.

    Args:
        sort: what rows are ordered by.
        reverse: whether the other way round.
        filter_text: what the user typed after `/`.
    """

    def __init__(self, *, sort: SortKey = "state", reverse: bool = False, filter_text: str = "") -> None:
        raise NotImplementedError

    def put(self, runs: Iterable[Run]) -> None:
        """Add runs, or replace those of the same id."""
        raise NotImplementedError

    def drop(self, ids: Iterable[str]) -> None:
        """Forget runs."""
        raise NotImplementedError

    def arrange(
        self, *, sort: SortKey | None = None, reverse: bool | None = None, filter_text: str | None = None
    ) -> None:
        """Order or filter differently from now on; what is None stays."""
        raise NotImplementedError

    def view(
        self,
        *,
        now: float,
        marks: frozenset[str] = frozenset(),
        short: Callable[[str], str] = first_four,
        notice: Notice | None = None,
        glyphs: Glyphs = UNICODE,
    ) -> RunTableView:
        """A frozen look at the list as it is now."""
        raise NotImplementedError


def state_role(run: Run) -> Role:
    """The role that a run's state word is drawn in."""
    raise NotImplementedError
