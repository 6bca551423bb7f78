"""The wire format of protocol buffers, as far as reading needs it.

https://protobuf.dev/programming-guides/encoding/
"""

from typing import Iterator, Tuple, Union

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

#: Number of the field, its wire type, its value: an int for a varint, else the bytes.
Field = Tuple[int, int, Union[int, bytes]]


class Broken(ValueError):
    """Bytes that are no protocol buffer."""


def fields(data: bytes) -> Iterator[Field]:
    """The fields of one message, in order.

    Raises:
        Broken: the bytes are no message.
    """
    at, end = 0, len(data)
    while at < end:
        key, at = varint(data, at)
        kind = key & 7
        if kind == VARINT:
            number, at = varint(data, at)
            yield key >> 3, kind, number
            continue
        if kind == BYTES:
            size, at = varint(data, at)
        elif kind == FIXED64:
            size = 8
        elif kind == FIXED32:
            size = 4
        else:
            raise Broken("wire type {}".format(kind))
        if at + size > end:
            raise Broken("a field of {} bytes in {}".format(size, end - at))
        yield key >> 3, kind, data[at : at + size]
        at += size


def varint(data: bytes, at: int) -> Tuple[int, int]:
    """The number that begins at `at`, and where the next field begins.

    Raises:
        Broken: the number has no end.
    """
    value = shift = 0
    for byte in data[at : at + 10]:
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise Broken("a number without end")


def signed(value: int) -> int:
    """A varint of type int64 or int32."""
    return value - (1 << 64) if value >> 63 else value
