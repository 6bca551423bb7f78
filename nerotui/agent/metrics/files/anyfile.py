"""A file of any format, which is told as soon as enough of it is there: text, where it is nothing else."""

from typing import Any, Dict, List, Optional, Sequence

from nerotui.agent.metrics.files import BEGINNING, open_reader

Point = Dict[str, Any]


class AnyReader:
    """Reads a file from its beginning, whatever it is.

    Attributes:
        reader: the format's own, None until it is told.
    """

    def __init__(self, path: str, patterns: Sequence[str] = ()) -> None:
        self._path = path
        self._patterns = patterns
        self._held = b""
        self._at = 0
        self.reader: Any = None

    @property
    def progress(self) -> Optional[Dict[str, Any]]:
        """How far the file says the run is."""
        found: Optional[Dict[str, Any]] = self.reader.progress if self.reader is not None else None
        return found

    def feed(self, data: bytes, offset: int, now: float) -> List[Point]:
        """The points that are complete with `data`, whose first byte stands at `offset`."""
        self._at = offset + len(data)
        if self.reader is None:
            data = self._held + data
            offset = self._at - len(data)
            if not told(self._path, data):
                self._held = data
                return []
            self._open(data)
        points: List[Point] = self.reader.feed(data, offset, now)
        return points

    def end(self, now: float) -> List[Point]:
        """The points of a last line or record that lacks its end."""
        points: List[Point] = []
        data = self._held
        if self.reader is None:
            if not data:
                return points
            self._open(data if b"\n" in data else data + b"\n")
        reader: Any = self.reader
        if data:
            points += reader.feed(data, self._at - len(data), now)
        end = getattr(reader, "end", None)
        points += end(now) if end is not None else reader.feed(b"\n", self._at, now)
        return points

    def _open(self, beginning: bytes) -> None:
        self.reader = open_reader(self._path, beginning[:BEGINNING]) or text_reader(beginning, self._patterns)
        self._held = b""


def text_reader(beginning: bytes, patterns: Sequence[str] = ()) -> Any:
    """The reader of JSON lines for a file that begins with a point in JSON, else that of logs, which hold all kinds."""
    from nerotui.agent.metrics import JsonReader, Reader
    from nerotui.agent.metrics.jsonlines import is_metric, parse

    line = beginning.lstrip().split(b"\n", 1)[0]
    found = parse(line) if line.startswith(b"{") else None
    return JsonReader() if found is not None and is_metric(found) else Reader(patterns)


def told(path: str, beginning: bytes) -> bool:
    """Whether what is there of a file's beginning tells its format, or nothing ever will."""
    if len(beginning) >= BEGINNING or beginning[:2] == b"\x1f\x8b" or b"\0" in beginning[:12]:
        return len(beginning) >= 12
    text = beginning.lstrip()
    if b"\n" not in text:
        return False
    first = text.split(b"\n", 1)[0].rstrip()
    if first[:1] in (b"{", b"[") and first[-1:] in (b"{", b"[", b","):
        # A document over many lines, which may say only later that it holds a history.
        from nerotui.agent.metrics.files.documents import open_document

        return open_document(path, beginning) is not None
    named = path.lower().endswith((".csv", ".tsv"))
    if text.count(b"\n") >= 3:
        return True
    # The first lines of a table look like no line of a log: it is worth waiting for a third.
    from nerotui.agent.metrics.files.layout import SEPARATORS, header_of
    from nerotui.agent.metrics.files.rows import cut

    for separator in SEPARATORS:
        cells = cut(first, separator)
        place = header_of(cells) if len(cells) > 1 else None
        if place is not None and place.told:
            return named and (place.epoch is not None or place.step is not None)
    return not named
