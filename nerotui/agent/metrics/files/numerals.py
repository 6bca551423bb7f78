"""One number out of a cell of a table: as programs, spreadsheets and Fortran write them."""

import re
from typing import Optional

_TENSOR = re.compile(rb"^(?:tensor|array|np\.float\d+|np\.int\d+|torch\.tensor)\(\[?\s*([^,()\[\]\s]+)")
_FORTRAN = re.compile(rb"^([+-]?\d*\.?\d*)[dD]([+-]?\d+)$")
_GROUPED = re.compile(rb"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$")
_COMMA = re.compile(rb"^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$")
_LONGEST = 64


def number(cell: bytes, comma: bool) -> Optional[float]:
    """The number in a cell, None where it holds none.

    Args:
        cell: what stands there.
        comma: whether a comma is where the fraction begins: where cells are parted by something else, it can be nothing
            else unless it groups digits before a point.
    """
    try:
        return float(cell)
    except ValueError:
        cell = cell.strip().strip(b"\"'").strip()
    if not cell or len(cell) > _LONGEST:
        return None
    try:
        return float(cell)
    except ValueError:
        pass
    if comma and _COMMA.match(cell):
        return float(cell.replace(b",", b"."))
    if _GROUPED.match(cell):
        return float(cell.replace(b",", b""))
    if cell.endswith(b"%"):
        return number(cell[:-1], comma) if cell != b"%" else None
    fortran = _FORTRAN.match(cell)
    if fortran:
        cell = b"e".join(fortran.groups())
    else:
        tensor = _TENSOR.match(cell)
        if not tensor:
            return None
        cell = tensor.group(1)
    try:
        return float(cell)
    except ValueError:
        return None


def numeric(cell: bytes) -> bool:
    """Whether a cell holds a number, or nothing."""
    return (
        not cell.strip().strip(b"\"'")
        or cell.strip().lower() in (b"none", b"null", b"-", b"n/a", b"na")
        or (number(cell, True) is not None)
    )
