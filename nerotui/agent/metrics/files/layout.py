"""How a file of separated values is laid out, told by its first lines; and whether it is about training at all."""

import re
from typing import List, NamedTuple, Optional, Tuple

from nerotui.agent.metrics.files.naming import Place, identifies, places, telling
from nerotui.agent.metrics.files.numerals import number, numeric
from nerotui.agent.metrics.files.rows import cut
from nerotui.agent.metrics.words import strong

#: Lines that are looked at.
LOOK = 12
#: A table with more columns is none of a run's metrics.
WIDEST = 4096

#: What may stand between cells; the last only in a file that is a table by its name.
SEPARATORS = (b",", b"\t", b";", b"|")
_NAME = re.compile(r"^[^\W\d][\w ./@%()\[\]:+^*#-]{0,119}$|^[\w./-]{1,80}$|^$")
_TABLES = (".csv", ".tsv")


class Layout(NamedTuple):
    """How to read a table.

    Attributes:
        separator: between cells.
        place: what its columns are.
        header: its first line, in cells; None where it has none.
        comma: whether fractions may begin with a comma.
    """

    separator: bytes
    place: Place
    header: Optional[Tuple[bytes, ...]]
    comma: bool


def layout(path: str, beginning: bytes) -> Optional[Layout]:
    """The layout of a file that begins so, None where it is no table of metrics.

    Args:
        path: its name; a table by its name needs less proof.
        beginning: its first bytes; what follows the last end of line is not looked at.
    """
    named = path.lower().endswith(_TABLES)
    lines, comment = _lines(beginning)
    if not lines or (len(lines) < 3 and not named):
        return None
    best: Optional[Layout] = None
    cells = 1
    for separator in SEPARATORS[: None if named else 3]:
        found = _with(separator, lines, comment, path, named)
        if found is not None and len(cut(lines[0], separator)) > cells:
            best, cells = found, len(cut(lines[0], separator))
    if best is None and named:
        best = _single(lines, path)
    return best


def header_of(cells: List[bytes]) -> Optional[Place]:
    """What the columns are, where these cells are names of columns."""
    if not 1 <= len(cells) <= WIDEST or any(number(cell, False) is not None for cell in cells):
        return None
    names = [cell.decode("utf-8", "replace").strip() for cell in cells]
    if not all(_NAME.match(name) for name in names) or not any(names):
        return None
    return places(names)


def _lines(beginning: bytes) -> Tuple[List[bytes], bytes]:
    """The first lines of data, and the comment right before them."""
    if beginning[:3] == b"\xef\xbb\xbf":
        beginning = beginning[3:]
    lines: List[bytes] = []
    comment = b""
    for line in beginning.split(b"\n")[:-1]:
        line = line.rstrip(b"\r")
        if not line.strip():
            continue
        if line.lstrip()[:1] == b"#" and not lines:
            comment = line.lstrip()[1:]
            continue
        lines.append(line)
        if len(lines) == LOOK:
            break
    return lines, comment


def _with(separator: bytes, lines: List[bytes], comment: bytes, path: str, named: bool) -> Optional[Layout]:
    """The layout, if this is what separates the cells."""
    rows = [cut(line, separator) for line in lines]
    width = len(rows[0])
    if width < 2 or any(not width - 1 <= len(row) <= width + 1 for row in rows):
        return None
    comma = separator != b","
    place = header_of(rows[0])
    if place is not None:
        return _headed(separator, rows, place, comma, named)
    if not all(numeric(cell) for row in rows for cell in row) or len(rows) < 2:
        return None
    noted = cut(comment, separator)
    place = header_of(noted) if len(noted) == width else None
    if place is not None and place.told:
        return Layout(separator, place, None, comma)
    return _bare(separator, rows, path, comma)


def _headed(separator: bytes, rows: List[List[bytes]], place: Place, comma: bool, named: bool) -> Optional[Layout]:
    names = [cell.decode("utf-8", "replace").strip() for cell in rows[0]]
    data = rows[1:]
    texts = sum(not numeric(cell) for row in data for cell in row)
    if place.epoch is None and place.step is None:
        if texts or identifies(names):
            return None
        if len(data) >= 2 and not names[0] and _counts([row[0] for row in data]):
            place = place._replace(step=0)
        elif not telling([name for _, name in place.metrics]):
            return None
    elif not named and texts:
        return None
    if not place.metrics:
        return None
    return Layout(separator, place, tuple(rows[0]), comma)


def _bare(separator: bytes, rows: List[List[bytes]], path: str, comma: bool) -> Optional[Layout]:
    """Columns without names: the first must count the rows."""
    if len(rows) < 3 or not _counts([row[0] for row in rows]):
        return None
    stem = _stem(path)
    names = ["column {}".format(index + 1) for index in range(len(rows[0]))]
    if len(names) == 2:
        names[1] = stem
    return Layout(separator, Place(None, 0, None, tuple(list(enumerate(names))[1:])), None, comma)


def _single(lines: List[bytes], path: str) -> Optional[Layout]:
    """One column, under a name or in a file of a name that is a metric's."""
    place = header_of([lines[0]])
    names = [name for _, name in place.metrics] if place is not None else [_stem(path)]
    rows = lines[1:] if place is not None else lines
    if len(rows) < 2 or not names or not strong(names[0]) or any(number(row, False) is None for row in rows):
        return None
    header = (lines[0],) if place is not None else None
    return Layout(b",", Place(None, None, None, ((0, names[0]),)), header, False)


def _counts(cells: List[bytes]) -> bool:
    """Whether cells count upwards."""
    values = [number(cell, False) for cell in cells]
    whole = [value for value in values if value is not None and abs(value) < 1e15 and value == int(value)]
    return len(whole) == len(cells) and all(before < after for before, after in zip(whole, whole[1:]))


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].split(".", 1)[0] or "value"
