"""Lines of spans broken or cut to a width, their roles kept."""

from __future__ import annotations

from nerotui.core.views.cells import head, width, wrap
from nerotui.core.views.spans import Line, Span, plain


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


def shortened(line: Line, cells: int, ellipsis: str) -> Line:
    """A line cut to `cells`, with an ellipsis where something is missing."""
    if width(plain(line)) <= cells:
        return line
    room = max(0, cells - 1)
    kept: list[Span] = []
    for text, role in line:
        if width(text) > room:
            kept.append(Span(head(text, room) + ellipsis, role))
            break
        kept.append(Span(text, role))
        room -= width(text)
    return tuple(kept) if cells > 0 else ()
