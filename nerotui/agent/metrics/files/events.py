"""TensorBoard's event files: scalars as simple values (TensorBoard 1, PyTorch) and as tensors (TensorFlow 2).

https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/{event,summary}.proto
"""

import struct
from typing import Any, Dict, List, Optional, Tuple

from nerotui.agent.metrics.files import protobuf
from nerotui.agent.metrics.files.naming import counts, free
from nerotui.agent.metrics.files.protobuf import BYTES, Broken, fields
from nerotui.agent.metrics.files.records import Records
from nerotui.agent.metrics.files.tensors import scalar

Point = Dict[str, Any]

_DOUBLE = struct.Struct("<d")
_FLOAT = struct.Struct("<f")

# Fields of an Event, of a Summary, of a Summary.Value and of its metadata.
_WALL_TIME, _STEP, _GRAPH, _SUMMARY, _SESSION, _META_GRAPH = 1, 2, 4, 5, 7, 9
_VALUE = 1
_TAG, _SIMPLE, _TENSOR, _METADATA, _NODE = 1, 2, 8, 9, 7
_PLUGIN, _PLUGIN_NAME = 1, 1

_PLACE = frozenset(("t", "step", "source", "offset"))

#: A tensor of type float; what stands before its only value, in `tensor_content` and in `float_val`.
_OF_FLOAT = b"\x08\x01"
_FOUR_BYTES = (b"\x22\x04", b"\x2a\x04")
#: Longer events than this are not remembered by their form.
_FORM = 512

#: The first bytes of an event tell a summary from graphs and other things.
_LOOK = 24
#: The data of longer records is not summed up, which would take 0.1 s for each MB: their parts must fit each other.
CHECKED = 1 << 18
#: Names of plugins are remembered for so many tags; what has more is no run's.
_TAGS = 1 << 16


class EventReader:
    """Reads one event file.

    Attributes:
        progress: {"unit", "at", "of"} of the newest step, None before the first.
        corrupt: how many records were left out because their checksum is wrong.
    """

    parallel = False
    rewritten = False

    def __init__(self) -> None:
        self._records = Records(_is_summary, _LOOK)
        self._scalars: Dict[bytes, bool] = {}
        self._names: Dict[bytes, Optional[str]] = {}
        self._forms: Dict[bytes, str] = {}
        self._tail = b""
        self.progress: Optional[Dict[str, Any]] = None
        self.corrupt = 0

    def feed(self, data: bytes, offset: int, now: float) -> List[Point]:
        """The points of the records that are complete with `data`; their time is the one that the file says."""
        points: List[Point] = []
        for at, body, sound in self._records.feed(data, offset):
            try:
                found = self._known(body, at)
                if found is None:
                    found = self._points(body, at, now)
                    self._learn(body, found)
            except Broken:
                self.corrupt += 1
                continue
            if not found:
                continue
            if len(body) <= CHECKED and not sound():
                self.corrupt += 1
                continue
            self.progress = {"unit": "step", "at": found[-1]["step"], "of": None}
            points += found
        return points

    def _known(self, body: bytes, at: int) -> Optional[List[Point]]:
        """The point of an event that differs from an earlier one in time, step and value only; None for any other."""
        end = _after_step(body)
        name = self._forms.get(body[end:-4]) if end else None
        if name is None:
            return None
        (moment,) = _DOUBLE.unpack_from(body, 1)
        step = protobuf.signed(protobuf.varint(body, 10)[0]) if end > 9 else 0
        (value,) = _FLOAT.unpack_from(body, len(body) - 4)
        return [{"t": moment, "step": step, "source": "file", "offset": at, name: value}]

    def _learn(self, body: bytes, found: List[Point]) -> None:
        """Takes note of the form of an event that ends with its only value, a float of four bytes."""
        end = _after_step(body)
        form = body[end:-4]
        single = len(found) == 1 and len(found[0]) == 5 and self._tail and body.endswith(self._tail)
        if end and single and len(form) < _FORM and len(self._forms) < _TAGS:
            self._forms[form] = next(name for name in found[0] if name not in _PLACE)

    def _points(self, body: bytes, at: int, now: float) -> List[Point]:
        """The scalars of one event: one point, and more where it says a tag more than once."""
        moment, step = now, 0
        values: List[Tuple[str, float]] = []
        for number, kind, found in fields(body):
            if number == _WALL_TIME and isinstance(found, bytes) and len(found) == 8:
                moment = _DOUBLE.unpack(found)[0]
            elif number == _STEP and isinstance(found, int):
                step = protobuf.signed(found)
            elif number == _SUMMARY and kind == BYTES and isinstance(found, bytes):
                for field, _, value in fields(found):
                    if field == _VALUE and isinstance(value, bytes):
                        self._value(value, values)
        points: List[Point] = []
        for name, number_of_it in values:
            if not points or name in points[-1]:
                points.append({"t": moment, "step": step, "source": "file", "offset": at + len(points)})
            points[-1][name] = number_of_it
        return points

    def _value(self, data: bytes, values: List[Tuple[str, float]]) -> None:
        tag = b""
        value: Optional[float] = None
        tensor: Optional[bytes] = None
        self._tail = b""
        for number, kind, found in fields(data):
            self._tail = b""
            if isinstance(found, int):
                continue
            if number == _TAG:
                tag = found
            elif number == _SIMPLE and len(found) == 4:
                value = _FLOAT.unpack(found)[0]
                self._tail = data
            elif number == _TENSOR and kind == BYTES:
                tensor = found
                if found[:2] == _OF_FLOAT and found[-6:-4] in _FOUR_BYTES:
                    self._tail = data
            elif number == _METADATA:
                self._remember(tag, found)
        if tensor is not None and self._scalars.get(tag):
            value = scalar(tensor)
        name = self._name(tag) if value is not None else None
        if value is not None and name is not None:
            values.append((name, value))

    def _remember(self, tag: bytes, metadata: bytes) -> None:
        """The plugin of a tag is said with its first value only."""
        for number, _, found in fields(metadata):
            if number == _PLUGIN and isinstance(found, bytes):
                for field, _, name in fields(found):
                    if field == _PLUGIN_NAME and len(self._scalars) < _TAGS:
                        self._scalars.setdefault(tag, name == b"scalars")

    def _name(self, tag: bytes) -> Optional[str]:
        try:
            return self._names[tag]
        except KeyError:
            name = free(tag.decode("utf-8", "replace"))
            found = None if not name or counts(name) else name
            if len(self._names) < _TAGS:
                self._names[tag] = found
            return found


def _after_step(body: bytes) -> int:
    """Where what follows wall time and step begins; 0 where an event begins in another way."""
    if body[:1] != b"\x09" or len(body) < 24:
        return 0
    if body[9] != 0x10:
        return 9
    end = 10
    while body[end] > 127 and end < 20:
        end += 1
    return end + 1


def _is_summary(beginning: bytes) -> bool:
    """Whether an event that begins so may hold scalars; in doubt it may."""
    at = 0
    try:
        while at < len(beginning):
            key, at = protobuf.varint(beginning, at)
            number, kind = key >> 3, key & 7
            if number == _SUMMARY:
                return True
            if kind == BYTES:
                return number not in (3, _GRAPH, 6, _SESSION, 8, _META_GRAPH)
            if kind == protobuf.VARINT:
                _, at = protobuf.varint(beginning, at)
            else:
                at += 8 if kind == protobuf.FIXED64 else 4
    except Broken:
        return True
    return len(beginning) >= _LOOK


def is_events(beginning: bytes) -> bool:
    """Whether a file that begins so is a TFRecord file whose first record is small, as the version of an event file."""
    if len(beginning) < 12:
        return False
    records = Records(lambda _data: True, 0)
    records.feed(beginning[:12], 0)
    return records.broken is None and struct.unpack_from("<Q", beginning)[0] < 1 << 20
