"""The runs table: which runs in which order, and the cells of the rows that are on screen.

A fleet may list a hundred thousand runs. So `RunList` keeps them sorted while single runs change, `RunTableView` is a
cheap frozen look at it, and cells are made only for the rows that somebody sees.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Literal, get_args

from nerotui.agent.states import RunState
from nerotui.core.records import Run
from nerotui.core.views import metrics
from nerotui.core.views.cells import width as cells_of
from nerotui.core.views.columns import Column, fitting
from nerotui.core.views.filters import matcher, run_text
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.rows import RunRow, host_text, run_row
from nerotui.core.views.spans import Notice, View
from nerotui.core.views.words import state_rank, summary

SortKey = Literal["state", "name", "host", "id", "started", "loss", "acc", "left", "user"]
SORT_KEYS: tuple[SortKey, ...] = get_args(SortKey)

_DIGITS = re.compile(r"\d+")
#: (unknown, the value, the id): what is unknown comes last, whichever way the rest is ordered.
_Key = tuple[bool, tuple[float | str, ...], str]


def first_four(run_id: str) -> str:
    """The id as short as the screen ever shows it."""
    return run_id[:4]


class RunTableView(View, frozen=True, kw_only=True):
    """What the runs table shows now. `runs` is in the order of the rows.

    Attributes:
        total: how many runs there are without the filter.
        marks: ids of the marked runs.
        right: what the pane's rule says: counts, filter, sort.
        longest: cells of the longest id, name, host and user, and of a remark that is to be seen whole.
        now: seconds since the epoch; ages are worked out against it.
        notice: why there are no rows, or None.
    """

    runs: tuple[Run, ...] = ()
    total: int = 0
    marks: frozenset[str] = frozenset()
    right: str = ""
    sort: SortKey = "state"
    reverse: bool = False
    filter_text: str = ""
    now: float = 0.0
    longest: Mapping[str, int] = MappingProxyType({})
    short: Callable[[str], str] = first_four
    glyphs: Glyphs = UNICODE
    notice: Notice | None = None

    def columns(self, width: int) -> tuple[Column, ...]:
        """The columns that fit into `width` cells, the cursor's column not counted; state, name and host always do."""
        return fitting(width, self.longest)

    def row(self, index: int, columns: tuple[Column, ...]) -> RunRow:
        """The cells of one row."""
        return run_row(self.runs[index], columns, now=self.now, short=self.short, glyphs=self.glyphs)


class RunList:
    """Runs in the order of the table, kept sorted and filtered as single runs change.

    Args:
        sort: what rows are ordered by.
        reverse: whether the other way round.
        filter_text: what the user typed after `/`.
    """

    def __init__(self, *, sort: SortKey = "state", reverse: bool = False, filter_text: str = "") -> None:
        self.sort: SortKey = sort
        self.reverse = reverse
        self.filter_text = filter_text
        self._all: dict[str, Run] = {}
        self._live: dict[str, Run] = {}
        self._troubled: dict[str, Run] = {}
        # The shown runs' keys in order, and the runs beside them.
        self._keys: list[_Key] = []
        self._rows: list[Run] = []
        self._key_of: dict[str, _Key] = {}
        self._matches = matcher(filter_text)
        self._counts: Counter[RunState] = Counter()
        self._longest: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._all)

    def get(self, run_id: str) -> Run | None:
        """The run of this id, shown or not."""
        return self._all.get(run_id)

    @property
    def live(self) -> Mapping[str, Run]:
        """The runs of which a process may exist, by id."""
        return self._live

    @property
    def troubled(self) -> Mapping[str, Run]:
        """The runs with findings, by id."""
        return self._troubled

    def put(self, runs: Iterable[Run]) -> None:
        """Add runs, or replace those of the same id."""
        new = list(runs)
        many = len(new) > 64 and len(new) * 8 > len(self._all)
        for run in new:
            old = self._all.get(run.id)
            if old is not None:
                self._counts[old.state] -= 1
            self._all[run.id] = run
            self._counts[run.state] += 1
            _keep(self._live, run, run.live)
            _keep(self._troubled, run, bool(run.findings))
            self._measure(run)
            if not many:
                self._place(run)
        if many:
            self._rebuild()

    def drop(self, ids: Iterable[str]) -> None:
        """Forget runs."""
        for run_id in ids:
            run = self._all.pop(run_id, None)
            if run is not None:
                self._counts[run.state] -= 1
                self._live.pop(run_id, None)
                self._troubled.pop(run_id, None)
                self._take_out(run_id)

    def arrange(
        self, *, sort: SortKey | None = None, reverse: bool | None = None, filter_text: str | None = None
    ) -> None:
        """Order or filter differently from now on; what is None stays."""
        if reverse is not None:
            self.reverse = reverse
        if sort is not None:
            self.sort = sort
        if filter_text is not None:
            self.filter_text = filter_text
            self._matches = matcher(filter_text)
        if sort is not None or filter_text is not None:
            self._rebuild()

    def view(
        self,
        *,
        now: float,
        marks: frozenset[str] = frozenset(),
        short: Callable[[str], str] = first_four,
        notice: Notice | None = None,
        glyphs: Glyphs = UNICODE,
    ) -> RunTableView:
        """A frozen look at the list as it is now.

        Args:
            now: seconds since the epoch.
            marks: ids of the marked runs.
            short: makes an id as short as it can be.
            notice: what to say while there is no run at all; by default that there is none.
            glyphs: the characters to draw with.
        """
        rows = self._rows
        if self.reverse:
            known = bisect_left(self._keys, (True,))
            rows = rows[:known][::-1] + rows[known:]
        shown = tuple(rows)
        if not shown:
            notice = self._why_empty(notice)
        return RunTableView(
            runs=shown,
            total=len(self._all),
            marks=marks,
            right=self._right(len(shown), len(marks), glyphs),
            sort=self.sort,
            reverse=self.reverse,
            filter_text=self.filter_text,
            # Nothing on screen is finer than a second: rows drawn within the same one are equal.
            now=math.floor(now),
            longest=dict(self._longest, id=cells_of(short(shown[0].id)) if shown else 4),
            short=short,
            glyphs=glyphs,
            notice=notice if not shown else None,
        )

    def _why_empty(self, notice: Notice | None) -> Notice:
        if self._all:
            return Notice(
                kind="empty",
                text=f"None of {len(self._all):,} runs matches “{self.filter_text}”.",
                hint="Esc clears the filter.",
            )
        if notice is not None:
            return notice
        return Notice(
            kind="empty", text="No runs yet.", hint="Press a to add one, or run: nerotui run -- python train.py"
        )

    def _right(self, shown: int, marked: int, glyphs: Glyphs) -> str:
        parts = []
        if self.filter_text:
            parts.append(f"{shown:,} of {len(self._all):,} /{self.filter_text}")
        elif self._all:
            parts.append(summary(self._counts, glyphs.dot))
        if marked:
            parts.append(f"{marked} marked")
        if self.sort != "state" or self.reverse:
            parts.append(f"by {self.sort} {glyphs.up if self.reverse else glyphs.down}")
        return f" {glyphs.dot} ".join(part for part in parts if part)

    def _measure(self, run: Run) -> None:
        longest = self._longest
        for key, text in (("name", run.name), ("host", host_text(run)), ("user", run.user or "")):
            if len(text) * 2 > longest.get(key, 0):
                longest[key] = max(longest.get(key, 0), cells_of(text))
        if run.foreign:
            longest["foreign"] = len("foreign")
        if run.pending is not None and run.pending.away:
            # What is kept, and how long it still is.
            longest["remark"] = max(longest.get("remark", 0), len(run.pending.action) + len(" kept 9m"))

    def _rebuild(self) -> None:
        sort_value, matches = _SORTS[self.sort], self._matches
        filtered = bool(self.filter_text.strip())
        self._key_of = {
            run.id: (*sort_value(run), run.id) for run in self._all.values() if not filtered or matches(run_text(run))
        }
        self._keys = sorted(self._key_of.values())
        self._rows = [self._all[key[2]] for key in self._keys]

    def _place(self, run: Run) -> None:
        shown = not self.filter_text or self._matches(run_text(run))
        key: _Key | None = (*_SORTS[self.sort](run), run.id) if shown else None
        if key is not None and key == self._key_of.get(run.id):
            self._rows[bisect_left(self._keys, key)] = run
            return
        self._take_out(run.id)
        if key is not None:
            self._key_of[run.id] = key
            at = bisect_left(self._keys, key)
            self._keys.insert(at, key)
            self._rows.insert(at, run)

    def _take_out(self, run_id: str) -> None:
        key = self._key_of.pop(run_id, None)
        if key is not None:
            at = bisect_left(self._keys, key)
            del self._keys[at], self._rows[at]


def _keep(group: dict[str, Run], run: Run, belongs: bool) -> None:
    if belongs:
        group[run.id] = run
    else:
        group.pop(run.id, None)


def _by_state(run: Run) -> tuple[bool, tuple[float | str, ...]]:
    rank = state_rank(run.state)
    if run.waiting:
        return False, (rank, run.position or math.inf, run.host, run.created or 0.0)
    # Newest first; what runs keeps its place while it runs.
    return False, (rank, 0.0, "", -((run.ended if run.over else run.started) or run.created or 0.0))


def _text(value: str | None) -> tuple[bool, tuple[float | str, ...]]:
    # Numbers in names count as numbers: run-2 comes before run-10.
    return value is None, (_DIGITS.sub(lambda found: found[0].zfill(12), (value or "").lower()),)


def _number(value: float | None) -> tuple[bool, tuple[float | str, ...]]:
    unknown = value is None or not math.isfinite(value)
    return unknown, (0.0 if value is None or unknown else value,)


def _metric(run: Run, name: str | None) -> tuple[bool, tuple[float | str, ...]]:
    return _number(None if name is None else run.metrics[name].last)


def _left(run: Run) -> tuple[bool, tuple[float | str, ...]]:
    # The end of the run as estimated when it last said something: no clock is needed, and the order is the same.
    at = run.last_seen or run.log_time or run.started or 0.0
    left = metrics.seconds_left(run, at) if run.state is RunState.RUNNING else None
    return _number(None if left is None else at + left)


_SORTS: dict[SortKey, Callable[[Run], tuple[bool, tuple[float | str, ...]]]] = {
    "state": _by_state,
    "name": lambda run: _text(run.name),
    "host": lambda run: (False, (run.host.lower(), *map(float, run.gpus))),
    "id": lambda run: _text(run.id),
    "started": lambda run: _number(None if run.started is None else -run.started),
    "loss": lambda run: _metric(run, metrics.main_loss(run.metrics)),
    "acc": lambda run: _metric(run, metrics.main_accuracy(run.metrics)),
    "left": _left,
    "user": lambda run: _text(run.user),
}
