"""The wire: frames between a link and `serve`, and the numbers that both sides agree on.

A frame is a 4-byte big-endian length of what follows, one byte of kind, and a body. Kind `JSON` holds one object in
UTF-8; kind `DATA` holds a stream number (u32), the offset of the first byte in its file (u64), and the bytes.
"""

import json
import math
import struct
from typing import Any, Dict, List, NamedTuple, Union

PROTOCOL = 1
VERSION = "0.1.0"

#: The line that ends whatever a login shell printed before the agent came up.
MAGIC = b"\0nerotui 1\n"
#: No frame is longer than this, its length field apart.
MAX_FRAME = 1 << 20

JSON = 1
DATA = 2

_HEAD = struct.Struct(">IB")
_DATA = struct.Struct(">IBIQ")
_STREAM = struct.Struct(">IQ")

Message = Dict[str, Any]


class Data(NamedTuple):
    """Bytes of a stream; `offset` is that of the first of them in its file."""

    stream: int
    offset: int
    payload: bytes


class BadFrame(ValueError):
    """What came is no frame: the channel is not speaking this protocol, and nothing after it can be trusted."""


def encode(message: Message) -> bytes:
    """One object as a frame; non-finite numbers become the strings "NaN", "Infinity" and "-Infinity".

    Raises:
        BadFrame: the object is longer than a frame may be.
    """
    try:
        body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")
    except ValueError:
        body = json.dumps(finite(message), separators=(",", ":")).encode("ascii")
    if len(body) + 1 > MAX_FRAME:
        raise BadFrame("a message of {} bytes does not fit into a frame".format(len(body)))
    return _HEAD.pack(len(body) + 1, JSON) + body


def encode_data(stream: int, offset: int, payload: bytes) -> bytes:
    """Bytes of a stream as a frame."""
    return _DATA.pack(len(payload) + 13, DATA, stream, offset) + payload


def finite(value: Any) -> Any:
    """The same value with each non-finite float as a string, however deep it sits."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value


class Decoder:
    """Turns bytes, cut anywhere, into objects and `Data`."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> List[Union[Message, Data]]:
        """The frames that are complete with these bytes.

        Raises:
            BadFrame: a length, a kind or a body that no frame has.
        """
        held = self._held
        held += data
        frames: List[Union[Message, Data]] = []
        at = 0
        while len(held) - at >= 4:
            length = int.from_bytes(held[at : at + 4], "big")
            if not 1 <= length <= MAX_FRAME:
                raise BadFrame("a frame of {} bytes".format(length))
            if len(held) - at - 4 < length:
                break
            frames.append(_decode(held[at + 4], bytes(held[at + 5 : at + 4 + length])))
            at += 4 + length
        del held[:at]
        return frames


def _decode(kind: int, body: bytes) -> Union[Message, Data]:
    if kind == JSON:
        try:
            message = json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise BadFrame("a frame that is no JSON: {}".format(error))
        if not isinstance(message, dict):
            raise BadFrame("a frame that is no object")
        return message
    if kind == DATA and len(body) >= 12:
        stream, offset = _STREAM.unpack_from(body)
        return Data(stream, offset, body[12:])
    raise BadFrame("a frame of unknown kind {}".format(kind))
