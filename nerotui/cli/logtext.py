"""A log on a terminal: plain characters only, each line as its last state, an unfinished one redrawn in place."""

import codecs

from nerotui.core.text import clean
from nerotui.core.views.cells import cut

#: A line without an end is cut into pieces of this many characters, so that memory stays bounded.
LONGEST = 65536


class LogText:
    """Turns a log's bytes into what a terminal may be given.

    Args:
        width: cells of the terminal, or None where an unfinished line must not be shown before its end.
    """

    def __init__(self, width: int | None) -> None:
        self._width = width
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self._drawn = False

    def feed(self, data: bytes) -> str:
        """The text to write for these bytes."""
        text = self._pending + self._decoder.decode(data)
        *whole, self._pending = text.split("\n")
        parts = [self._finished(line) for line in whole]
        while len(self._pending) > LONGEST:
            parts.append(self._finished(self._pending[:LONGEST]))
            self._pending = self._pending[LONGEST:]
        if self._width is not None and self._pending:
            parts.append(self._erase() + cut(last_state(self._pending), self._width - 1))
            self._drawn = True
        return "".join(parts)

    def close(self) -> str:
        """The text to write when nothing more will come."""
        self._pending += self._decoder.decode(b"", final=True)
        if not self._pending:
            return ""
        text, self._pending = self._pending, ""
        return self._finished(text)

    def _finished(self, line: str) -> str:
        return self._erase() + last_state(line) + "\n"

    def _erase(self) -> str:
        drawn, self._drawn = self._drawn, False
        return "\r\x1b[K" if drawn else ""


def last_state(line: str) -> str:
    """What a line with carriage returns shows at its end: the last part that says something."""
    states = [part for part in line.split("\r") if part]
    return clean(states[-1].replace("\t", "    ")) if states else ""
