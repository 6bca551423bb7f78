"""The first line: what is watched, what needs attention, how."""

from __future__ import annotations

from collections.abc import Iterable

from nerotui.core.records import Host, Run
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.spans import Line, View


class HeaderView(View):
    """The first line's two ends; a narrow terminal drops `middle` first."""

    brand: str
    left: Line
    right: Line


def header_view(
    hosts: Iterable[Host],
    runs: Iterable[Run],
    *,
    scope: str = "",
    readonly: bool = False,
    clock: str = "",
    note: str = "",
    glyphs: Glyphs = UNICODE,
) -> HeaderView:
    """What the first line says.

    Args:
        hosts: all hosts; those that are down are counted.
        runs: all runs; their findings are counted.
        scope: what is watched, in the user's words: "gpu + triton".
        readonly: whether this console may change nothing.
        clock: "09:21", or "" for none.
        note: one more word on the right, such as a slower poll.
        glyphs: the characters to draw with.
    """
    raise NotImplementedError
