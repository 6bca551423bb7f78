"""The findings pane: what is wrong with which run, in whole sentences, then what happened in the fleet."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nerotui.core.records import Host, Message, Run
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.runs import first_four
from nerotui.core.views.spans import Line, Notice, Span, View


class FindingRow(View, frozen=True, kw_only=True):
    """A finding or a message: its heading, its sentence and advice (wrapped by the widget), and the run it is about."""

    run: str | None
    host: str | None
    head: Span
    lines: tuple[Line, ...]


class FindingsView(View, frozen=True, kw_only=True):
    """The findings pane, worst first, then messages, newest first."""

    rows: tuple[FindingRow, ...]
    right: str = ""
    notice: Notice | None = None


def findings_view(
    runs: Iterable[Run],
    hosts: Iterable[Host],
    messages: Iterable[Message],
    *,
    now: float,
    short: Callable[[str], str] = first_four,
    glyphs: Glyphs = UNICODE,
) -> FindingsView:
    """All findings of runs and hosts, then the fleet's messages."""
    raise NotImplementedError
