"""Lines of spans broken to a width, their roles kept."""

from __future__ import annotations

from nerotui.core.views.cells import width, wrap
from nerotui.core.views.spans import Line, Span


def wrapped(line: Line, cells: int) -> list[Line]:
    """A line broken at spaces into lines of at most `cells`; an empty one stays one line."""
    text = "".join(span.text for span in line)
    if width(text) <= cells:
        return [line]
    lines: list[Line] = []
    at = 0
    for part in wrap(text, cells):
        # wrap() drops at most the one space at which it broke.
        start = text.index(part, at) if part else at
        lines.append(_part(line, start, start + len(part)))
        at = start + len(part)
    return lines


def _part(line: Line, start: int, end: int) -> Line:
    spans = []
    at = 0
    for text, role in line:
        piece = text[max(0, start - at) : max(0, end - at)]
        if piece:
            spans.append(Span(piece, role))
        at += len(text)
    return tuple(spans)
