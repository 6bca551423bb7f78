"""One number out of a TensorProto, as newer writers keep their scalars.

https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/tensor.proto
"""

import struct
from typing import Dict, Optional, Union

from nerotui.agent.metrics.files.protobuf import BYTES, FIXED32, FIXED64, fields, signed, varint

_DTYPE, _SHAPE, _CONTENT = 1, 2, 4
_HALF, _FLOAT, _DOUBLE, _INT, _INT64, _BOOL, _UINT32, _UINT64 = 13, 5, 6, 7, 10, 11, 16, 17
_DIMENSION, _SIZE = 2, 1
_BFLOAT16 = 14

#: How one number of each type stands in `tensor_content`. bfloat16 is the upper half of a float.
_CONTENT_FORMATS: Dict[int, str] = {
    1: "<f", 2: "<d", 3: "<i", 4: "<B", 5: "<h", 6: "<b", 9: "<q", 10: "<?", _BFLOAT16: "<H", 17: "<H", 19: "<e",
    22: "<I", 23: "<Q",
}  # fmt: skip


def scalar(tensor: bytes) -> Optional[float]:
    """The number of a tensor that holds one, None for any other tensor.

    Raises:
        Broken: the bytes are no TensorProto.
    """
    dtype = 0
    content = b""
    value: Optional[float] = None
    for number, kind, found in fields(tensor):
        if number == _DTYPE and isinstance(found, int):
            dtype = found
        elif number == _SHAPE and isinstance(found, bytes):
            if _count(found) != 1:
                return None
        elif number == _CONTENT and isinstance(found, bytes):
            content = found
        elif number in (_FLOAT, _DOUBLE, _HALF, _INT, _INT64, _BOOL, _UINT32, _UINT64):
            if value is not None:
                return None
            value = _value(number, kind, found, dtype)
    if content:
        return _of_content(content, dtype)
    # An empty list of a known type stands for zero.
    return 0.0 if value is None and dtype in _CONTENT_FORMATS else value


def _count(shape: bytes) -> int:
    count = 1
    for number, _, found in fields(shape):
        if number == _DIMENSION and isinstance(found, bytes):
            size = [value for field, _, value in fields(found) if field == _SIZE and isinstance(value, int)]
            count *= size[0] if size else 0
    return count


def _value(number: int, kind: int, found: Union[int, bytes], dtype: int) -> Optional[float]:
    if isinstance(found, bytes):
        if number == _FLOAT and len(found) == 4 and kind in (BYTES, FIXED32):
            return float(struct.unpack("<f", found)[0])
        if number == _DOUBLE and len(found) == 8 and kind in (BYTES, FIXED64):
            return float(struct.unpack("<d", found)[0])
        if kind != BYTES or number in (_FLOAT, _DOUBLE):
            return None
        found, _ = varint(found, 0)  # a packed list of one
    if number == _HALF:
        return _of_content(struct.pack("<H", found & 0xFFFF), dtype)
    return float(signed(found) if number in (_INT, _INT64) else found)


def _of_content(content: bytes, dtype: int) -> Optional[float]:
    form = _CONTENT_FORMATS.get(dtype)
    if form is None or len(content) != struct.calcsize(form):
        return None
    if dtype == _BFLOAT16:
        return float(struct.unpack("<f", b"\0\0" + content)[0])
    return float(struct.unpack(form, content)[0])
