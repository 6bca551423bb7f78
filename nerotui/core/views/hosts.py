"""The hosts pane and, where there is no room for it, one line of chips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nerotui.core.records import Host, Run
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.spans import Line, Notice, View


class HostRow(View):
    """One line of the hosts pane; several lines belong to one host and are told apart by `part` (0 = the host itself)."""

    host: str
    part: int
    line: Line


class HostsView(View):
    """The hosts pane: its lines, and what its rule says at the right ("4/5 up")."""

    rows: tuple[HostRow, ...]
    right: str = ""
    notice: Notice | None = None


class ChipsView(View):
    """All hosts on one line, for a narrow terminal: (host, its spans)."""

    chips: tuple[tuple[str, Line], ...]


def hosts_view(
    hosts: Iterable[Host],
    runs: Mapping[str, Run],
    *,
    now: float,
    width: int = 36,
    filter_text: str = "",
    glyphs: Glyphs = UNICODE,
) -> HostsView:
    """The hosts pane's lines, host by host, each GPU under its host.

    Args:
        hosts: in the order to show.
        runs: all runs by id, to say whose a GPU is.
        now: seconds since the epoch.
        width: cells a line may take.
        filter_text: what the user typed after `/`.
        glyphs: the characters to draw with.
    """
    raise NotImplementedError


def chips_view(hosts: Iterable[Host], *, now: float, glyphs: Glyphs = UNICODE) -> ChipsView:
    """One chip a host: its name and its busiest number, or why it has none."""
    raise NotImplementedError
