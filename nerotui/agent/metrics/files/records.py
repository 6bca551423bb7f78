"""A TFRecord file as it grows: its records one by one, their lengths checked, those that nobody wants passed over.

A record is eight bytes of length, four of the length's checksum, the data, four of the data's checksum.
"""

import struct
from typing import Callable, Dict, List, Optional, Tuple

from nerotui.agent.metrics.files.crc32c import masked

#: A record that is longer is passed over: it holds pictures or weights, and is not worth a supervisor's memory.
LONGEST = 1 << 22

_HEAD = 12
_LENGTH = struct.Struct("<Q")
_SUM = struct.Struct("<I")
#: Checksums of lengths that came already; programs write the same few again and again.
_KNOWN = 4096

#: (offset, data, whether the checksum of the data holds; computed only when asked)
Record = Tuple[int, bytes, Callable[[], bool]]


class Records:
    """Cuts a stream of bytes into records.

    Attributes:
        broken: where the file makes no sense any more, None while it does. Nothing after that is read, for where the
            next record begins is not known.
    """

    def __init__(self, wanted: Callable[[bytes], bool], look: int) -> None:
        """Gives what is wanted.

        Args:
            wanted: whether a record that begins with these bytes is worth keeping.
            look: how many bytes of its beginning it takes to tell.
        """
        self._wanted = wanted
        self._look = look
        self._held: List[bytes] = []
        self._have = 0
        self._need = _HEAD
        self._skip = 0
        self._offset: Optional[int] = None
        self._lengths: Dict[bytes, bool] = {}
        self.broken: Optional[int] = None

    def feed(self, data: bytes, offset: int) -> List[Record]:
        """The records that are complete with `data`, whose first byte stands at `offset`."""
        records: List[Record] = []
        if self.broken is not None:
            return records
        if self._offset is None:
            self._offset = offset
        if self._skip:
            passed = min(self._skip, len(data))
            self._skip -= passed
            self._offset += passed
            data = data[passed:]
        self._held.append(data)
        self._have += len(data)
        if self._have < self._need:
            return records
        data = b"".join(self._held)
        at, end = 0, len(data)
        begin = self._offset
        while end - at >= _HEAD:
            head = data[at : at + _HEAD]
            if not self._sound(head):
                self.broken = begin + at
                self._held, self._have = [], 0
                return records
            (length,) = _LENGTH.unpack_from(head)
            whole = _HEAD + length + 4
            if end - at < min(whole, _HEAD + self._look):
                break
            unwanted = length > LONGEST or not self._wanted(data[at + _HEAD : at + _HEAD + min(length, self._look)])
            if end - at < whole:
                if unwanted:
                    self._skip = whole - (end - at)
                    at = end
                break
            if not unwanted:
                body = data[at + _HEAD : at + _HEAD + length]
                records.append((begin + at, body, _check(body, data[at + _HEAD + length : at + whole])))
            at += whole
        self._offset = begin + at
        rest = data[at:]
        self._held, self._have = [rest], len(rest)
        self._need = self._needed(rest)
        return records

    def _needed(self, rest: bytes) -> int:
        """How many bytes it takes until looking again is worth it, so that a long record is joined once."""
        if len(rest) < _HEAD:
            return _HEAD
        (length,) = _LENGTH.unpack_from(rest)
        whole = int(_HEAD + length + 4)
        return whole if len(rest) >= _HEAD + self._look else min(whole, _HEAD + self._look)

    def _sound(self, head: bytes) -> bool:
        sound = self._lengths.get(head)
        if sound is None:
            sound = _SUM.unpack_from(head, 8)[0] == masked(head[:8])
            if len(self._lengths) >= _KNOWN:
                self._lengths.clear()
            self._lengths[head] = sound
        return sound


def _check(body: bytes, sum_of_it: bytes) -> Callable[[], bool]:
    return lambda: bool(_SUM.unpack(sum_of_it)[0] == masked(body))
