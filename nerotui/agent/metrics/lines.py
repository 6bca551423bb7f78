"""Bytes, cut anywhere, become lines as a terminal would leave them: without colours, a bar's states one by one."""

import re
from typing import List, Tuple

#: A line that is longer holds no metric that anyone wrote for people to read; its end is not kept.
LONGEST = 1 << 14

_ESCAPE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
)
#: Takes the cursor back to where the line began; a bar is drawn over by what follows.
_BACK = re.compile(rb"[\r\x08]+")

#: Where it begins, its text, and whether it was drawn over later.
Line = Tuple[int, bytes, bool]


class Lines:
    """Cuts a stream of bytes into lines, each with the offset of its first byte.

    What a carriage return or backspaces drew over is a line as well, told apart by its third field: it is known as soon
    as something follows it, long before its end of line.
    """

    def __init__(self) -> None:
        self._held = b""
        self._offset = 0
        self._skipping = False

    @property
    def position(self) -> int:
        """The offset of the byte that comes next."""
        return self._offset + len(self._held)

    def feed(self, data: bytes, offset: int) -> List[Line]:
        """The lines that are complete with `data`, whose first byte stands at `offset`.

        Bytes that do not go on where the last ones ended begin a new line.
        """
        if offset != self.position and not self._skipping:
            self._held = b""
        if self._skipping:
            end = data.find(b"\n") + 1
            if not end:
                return []
            data, offset = data[end:], offset + end
            self._skipping = False
        if self._held:
            offset = self._offset
            data = self._held + data
        pieces = data.split(b"\n")
        held = pieces.pop()
        special = b"\r" in data or b"\x1b" in data or b"\b" in data
        lines: List[Line] = []
        for piece in pieces:
            if special:
                _settle(piece, offset, False, lines)
            elif piece and len(piece) <= LONGEST and not piece.isspace():
                lines.append((offset, piece, False))
            offset += len(piece) + 1
        if special and held:
            kept = _settle(held, offset, True, lines)
            held, offset = held[kept:], offset + kept
        if len(held) > LONGEST:
            self._skipping = True
            offset, held = offset + len(held), b""
        self._held, self._offset = held, offset
        return lines


def _settle(line: bytes, offset: int, growing: bool, lines: List[Line]) -> int:
    """Adds what one line showed; returns where the state begins that was not drawn over yet (only if `growing`)."""
    start, begin, end = 0, -1, -1
    states = []
    for back in _BACK.finditer(line):
        if back.start() > start:
            if begin >= 0:
                states.append((begin, end))
            begin, end = start, back.start()
        start = back.end()
    if start < len(line):
        if begin >= 0:
            states.append((begin, end))
        begin, end = start, len(line)
    for first, last in states:
        _add(line[first:last], offset + first, True, lines)
    if growing:
        return max(begin, 0)
    if begin >= 0:
        _add(line[begin:end], offset + begin, False, lines)
    return 0


def _add(line: bytes, offset: int, over: bool, lines: List[Line]) -> None:
    if len(line) > LONGEST:
        return
    if b"\x1b" in line:
        line = _ESCAPE.sub(b"", line)
    if line and not line.isspace():
        lines.append((offset, line, over))
