"""Lines of separated values as a file grows, cut into cells, quoted or not."""

from typing import List, Tuple

#: A line that is longer is passed over. RLlib writes its configuration, as JSON, into each of its rows.
LONGEST = 1 << 20

#: (offset, line without its end)
Line = Tuple[int, bytes]


class Lines:
    """Cuts a stream of bytes into lines. No line break stands within quotes: no writer of metrics writes one."""

    def __init__(self) -> None:
        self._held: List[bytes] = []
        self._have = 0
        self._offset = 0
        self._skipping = False

    def feed(self, data: bytes, offset: int) -> List[Line]:
        """The lines that are complete with `data`, whose first byte stands at `offset`."""
        if self._skipping:
            end = data.find(b"\n") + 1
            if not end:
                return []
            data, offset = data[end:], offset + end
            self._skipping = False
        if not self._have:
            self._offset = offset
        self._held.append(data)
        self._have += len(data)
        if b"\n" not in data:
            if self._have > LONGEST:
                self._held, self._have, self._skipping = [], 0, True
            return []
        pieces = b"".join(self._held).split(b"\n")
        held = pieces.pop()
        begin = self._offset
        lines: List[Line] = []
        for piece in pieces:
            if len(piece) <= LONGEST:
                lines.append((begin, piece[:-1] if piece[-1:] == b"\r" else piece))
            begin += len(piece) + 1
        self._offset = begin
        self._held, self._have = [held], len(held)
        return lines


def cut(line: bytes, separator: bytes) -> List[bytes]:
    """The cells of a line, without the quotes around them."""
    parts = line.split(separator)
    if b'"' not in line:
        return parts
    cells: List[bytes] = []
    quoted: List[bytes] = []
    quotes = 0
    for part in parts:
        if not quoted and part.lstrip()[:1] != b'"':
            cells.append(part)
            continue
        quoted.append(part)
        quotes += part.count(b'"')
        if quotes % 2 == 0:
            cells.append(separator.join(quoted).strip()[1:-1].replace(b'""', b'"'))
            quoted, quotes = [], 0
    if quoted:
        cells.append(separator.join(quoted))
    return cells
