"""Bytes, cut anywhere, become lines as a terminal would leave them: progress bars in their last state, no colours."""

import re
from typing import List, Tuple

#: A line that is longer holds no metric that anyone wrote for people to read; its end is not kept.
LONGEST = 1 << 14

_ESCAPE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
)

Line = Tuple[int, bytes]


class Lines:
    """Cuts a stream of bytes into lines, each with the offset of its first byte."""

    def __init__(self) -> None:
        self._held = b""
        self._offset = 0
        self._skipping = False

    def feed(self, data: bytes, offset: int) -> List[Line]:
        """The lines that are complete with `data`, whose first byte stands at `offset`.

        Bytes that do not go on where the last ones ended begin a new line.
        """
        if offset != self._offset + len(self._held) and not self._skipping:
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
        self._offset = offset + len(data) - len(held)
        self._hold(held)
        special = b"\r" in data or b"\x1b" in data
        lines: List[Line] = []
        for piece in pieces:
            if piece:
                if special:
                    lines.extend((offset, line) for line in settle(piece))
                elif len(piece) <= LONGEST:
                    lines.append((offset, piece))
            offset += len(piece) + 1
        return lines

    def _hold(self, held: bytes) -> None:
        if len(held) > LONGEST:
            # A bar that is redrawn for hours is one line: only its newest state is worth keeping.
            cut = held.rfind(b"\r", 0, len(held) - 1)
            cut = max(cut, 0)
            if len(held) - cut > LONGEST:
                self._skipping = True
                held, cut = b"", 0
            self._offset += cut
            held = held[cut:]
        self._held = held


def settle(line: bytes) -> List[bytes]:
    """What stays of one line once its carriage returns and escape sequences have done their work.

    A dictionary that was printed over a bar stays too, for it was no state of that bar.
    """
    if b"\r" not in line:
        return _plain(line)
    states = [state for state in line.split(b"\r") if state]
    if not states:
        return []
    settled = []
    for state in states[:-1]:
        if b"{" in state[:64]:
            settled += _plain(state)
    return settled + _plain(states[-1])


def _plain(line: bytes) -> List[bytes]:
    if len(line) > LONGEST:
        return []
    if b"\x1b" in line:
        line = _ESCAPE.sub(b"", line)
    return [line] if line else []
