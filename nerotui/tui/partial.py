"""Sends the cells of a partial update and no others.

Textual marks regions of a row as changed, and then writes the row from its widget's left edge up to the region's end.
Over an ssh connection that is most of what a console writes. `sharpen()` makes it begin where the region begins. It
touches one method of Textual's compositor, and only while that looks as it is known to.
"""

from __future__ import annotations

import inspect
from typing import Any

from rich.control import Control
from textual import _compositor

_KNOWN = ("self", "chops", "spans", "chop_ends")


def sharpen() -> bool:
    """Make partial updates begin where they should; False if this version of Textual works otherwise."""
    update: Any = getattr(_compositor, "ChopsUpdate", None)
    if update is None or not hasattr(update, "render_segments"):
        return False
    if tuple(inspect.signature(update.__init__).parameters) != _KNOWN:
        return False
    update.render_segments = _render_segments
    return True


def _render_segments(update: Any, console: Any) -> str:
    """What is written for an update: each span of changed cells (row, start, end), cut out of the strips of its row."""
    written: list[str] = []
    for y, start, end in update.spans:
        for strip_end, (strip_start, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            low, high = max(start, strip_start), min(end, strip_end)
            if strip is None or low >= high:
                continue
            if low > strip_start or high < strip_end:
                strip = strip.crop(low - strip_start, high - strip_start)
            written.append(Control.move_to(low, y).segment.text)
            written.append(strip.render(console))
    return "".join(written)
