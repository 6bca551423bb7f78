"""The detail pane: everything about one run, or one host, as labelled lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nerotui.core.records import Host, Run, RunDetail
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.runs import first_four
from nerotui.core.views.spans import Line, Notice, View


class DetailRow(View, frozen=True, kw_only=True):
    """A label ("" where the line goes on) and what is said under it."""

    label: str
    line: Line


class DetailView(View, frozen=True, kw_only=True):
    """The detail pane's lines. Long ones are wrapped by the widget, under their label."""

    rows: tuple[DetailRow, ...]
    right: str = ""
    notice: Notice | None = None


def detail_view(
    run: Run,
    detail: RunDetail | None = None,
    *,
    now: float,
    short: Callable[[str], str] = first_four,
    who: str = "",
    full: bool = False,
    glyphs: Glyphs = UNICODE,
) -> DetailView:
    """A run in words.

    Args:
        run: as the list has it; newer than `detail.run` when both are given.
        detail: what the host told on request, or None while it is under way.
        now: seconds since the epoch.
        short: makes a run's id short.
        who: the user of this console; their own actions read "by you".
        full: with environment, all facts and all events (`d`, zoomed), rather than what fits a pane.
        glyphs: the characters to draw with.
    """
    raise NotImplementedError


def host_detail_view(host: Host, *, now: float, glyphs: Glyphs = UNICODE) -> DetailView:
    """A host in words: how it is reached, its numbers and where each came from, what is wrong."""
    raise NotImplementedError


def tree_rows(processes: Iterable[dict[str, Any]]) -> tuple[DetailRow, ...]:
    """A run's process tree, one process a line, children indented."""
    raise NotImplementedError
