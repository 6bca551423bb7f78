"""The checksum of TensorBoard's event files: CRC-32C (Castagnoli), masked as TFRecord files do it.

A table of 256 steps, a byte at a time: about 10 MB/s, and the standard library has nothing faster. So it is asked only
of what is small and holds a metric. Polynomial: RFC 3720, appendix B.4; mask: tensorflow/tsl/lib/hash/crc32c.h.
"""

from typing import List, Tuple

_POLYNOMIAL = 0x82F63B78  # 0x1EDC6F41, its bits in reverse


def _table() -> Tuple[int, ...]:
    table: List[int] = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


_TABLE = _table()


def crc32c(data: bytes) -> int:
    """The checksum of `data`, unmasked."""
    table = _TABLE
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    """The checksum of `data` as a TFRecord file holds it."""
    crc = crc32c(data)
    return (crc >> 15 | crc << 17) + 0xA282EAD8 & 0xFFFFFFFF
