"""Any of these files, and logs, packed by gzip: unpacked a little at a time, however much is in it."""

import zlib
from typing import Any, Dict, List, Optional

from nerotui.agent.metrics.files.anyfile import AnyReader

Point = Dict[str, Any]

#: So much is unpacked before it is read.
BLOCK = 1 << 18

_GZIP = 16 + zlib.MAX_WBITS


class PackedReader:
    """Reads one gzip file, of several members too. A point's offset is that in what was packed.

    Attributes:
        progress: as the packed file's reader says.
    """

    parallel = False
    rewritten = False

    def __init__(self, path: str) -> None:
        self._inner = AnyReader(path[:-3] if path.lower().endswith(".gz") else path)
        self._unpack = zlib.decompressobj(_GZIP)
        self._offset = 0
        self._broken = False

    @property
    def progress(self) -> Optional[Dict[str, Any]]:
        """How far the run says it is."""
        return self._inner.progress

    def feed(self, data: bytes, offset: int, now: float) -> List[Point]:
        """The points of the lines or records that are complete with `data`."""
        points: List[Point] = []
        while data and not self._broken:
            before = self._unpack.copy()
            try:
                block = self._unpack.decompress(data, BLOCK)
            except zlib.error:  # what follows the last member, or a damaged file: what came before holds
                block, self._broken = _up_to_the_damage(before, data), True
            if block:
                points += self._inner.feed(block, self._offset, now)
                self._offset += len(block)
            data = self._unpack.unconsumed_tail
            if self._unpack.eof:
                data = self._unpack.unused_data.lstrip(b"\0")
                self._unpack = zlib.decompressobj(_GZIP)
        return points

    def end(self, now: float) -> List[Point]:
        """The points of a last line without its end."""
        return self._inner.end(now)


def _up_to_the_damage(unpack: Any, data: bytes) -> bytes:
    """What can still be unpacked; a call that fails gives nothing, so it is tried a byte at a time."""
    found: List[bytes] = []
    try:
        for at in range(len(data)):
            found.append(unpack.decompress(data[at : at + 1], BLOCK))
    except zlib.error:
        pass  # here it is
    return b"".join(found)
