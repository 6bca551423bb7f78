"""Tables whose header names an epoch or a step, and whose rows are numbers: spaCy, fastai, skorch, LAMMPS.

Columns stand apart by blanks, tabs, commas or upright strokes. A table without a column that counts is no curve: lists
of layers, packages, processes and disks have none.
"""

import re
from typing import Dict, List, NamedTuple, Optional, Tuple

from nerotui.agent.metrics.axes import Axes, Said, whole
from nerotui.agent.metrics.families.cells import Span, count, drawn, is_clock, is_rule, name, spans, value
from nerotui.agent.metrics.family import Family, Found
from nerotui.agent.metrics.files.naming import Place, places
from nerotui.agent.metrics.words import GLOBAL, words

#: Lines that may stand between a header and its first row, and between two rows: a bar's, warnings, other logs.
_BEFORE_ROWS, _BETWEEN_ROWS = 8, 2000
_MOST_COLUMNS = 120
_LONGEST = 2000

#: Columns that hold durations until some end; what else tells time, `places` knows.
_TIMES = frozenset(["eta", "remaining", "elapsed"])

_DIGITS = re.compile(rb"\d+")
_APART = re.compile(rb"\s{2,}|\t\s*")
_ROW = re.compile(rb"[\s|\xe2\x94\x82\x83]*[-+]?\.?\d")
#: A header holds no such cell; most lines of other logs do.
_NUMBERED = re.compile(rb"(?:^|[\s=:])[-+]?\d+(?:\.\d*)?(?:[\s,]|$)")
#: What no column is called.
_PROSE = re.compile(rb"[=?!;\"'`{}<>\\]|:\s|:$|\.\s|\.$|,\s")


class _Header(NamedTuple):
    """One reading of a header line: how many cells a row then has, and what each is."""

    width: int
    place: Place
    within: bool  # the step begins anew with each epoch, perhaps


class Reading(Family):
    """Reads one table after the other; a table goes on over lines that are none of its rows."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._headers: Tuple[_Header, ...] = ()
        self._line = b""
        self._spans: List[Span] = []
        self._patience = 0

    def claims(self, line: bytes) -> bool:
        """Whether it reads as a header, whatever its digits are."""
        return not _NUMBERED.search(line[:_LONGEST]) and bool(_headers(_DIGITS.sub(b"0", line)))

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """A header, a rule below it or a row of numbers; anything else is for the others."""
        if self.open and _ROW.match(line):
            found = self._row(line)
            if found is not None:
                self._patience = _BETWEEN_ROWS
                return found
        elif self.open and is_rule(line):
            if b" " in line.strip() and not self._spans:
                self._spans = spans(line)
            return None
        elif self.open and line == self._line:
            return []
        elif not _NUMBERED.search(line[:_LONGEST]):
            headers = _headers(line)
            if headers:
                self._headers, self._line, self._spans = headers, line, []
                self._patience = _BEFORE_ROWS
                self.open = True
                return []
        self._patience -= 1
        if self._patience < 0:
            self.open = False
        return None

    def _row(self, line: bytes) -> Optional[List[Found]]:
        if len(line) > _LONGEST:
            return None
        for cells in _rows(line, self._spans):
            for header in self._headers:
                if header.width == len(cells):
                    return self._point(header, cells)
        return None

    def _point(self, header: _Header, cells: List[bytes]) -> Optional[List[Found]]:
        place = header.place
        values: Dict[int, float] = {}
        for index, cell in enumerate(cells):
            found = count(cell) if index in (place.epoch, place.step) else value(cell)
            if found is not None:
                values[index] = found
            elif index in (place.epoch, place.step) or (cell.strip(b" -*") and not is_clock(cell)):
                return None
        epoch = None if place.epoch is None else values[place.epoch]
        step = None if place.step is None else values[place.step]
        if (epoch or 0.0) - (epoch or 0.0) or (step or 0.0) - (step or 0.0):
            return None  # nan and inf count nothing
        point: Found = dict(self.axes.locate(Said(epoch, None, step, None, not header.within)))
        if epoch is None:
            point = {"step": whole(step or 0.0)}
        metrics = {name: values[index] for index, name in place.metrics if index in values}
        point.update(metrics)
        return [point] if metrics else []


def _headers(line: bytes) -> Tuple[_Header, ...]:
    """The ways to read a line as a header; none where it names nothing that counts."""
    if len(line) > _LONGEST or len(line) < 6:
        return ()
    line = line.strip()
    if line.startswith(b"# "):
        line = line[2:]
    found: List[_Header] = []
    for cells in _splits(line):
        if not 2 <= len(cells) <= _MOST_COLUMNS or any(len(cells) == other.width for other in found):
            continue
        if any(value(cell) is not None or not cell.strip() for cell in cells):
            continue
        header = _header([name(cell) for cell in cells])
        if header is not None:
            found.append(header)
    return tuple(found)


def _header(names: List[str]) -> Optional[_Header]:
    # Beside a count a target is what is optimised, and no label.
    known = ["target value" if each.lower() == "target" else each for each in names]
    if names[:2] == ["E", "#"]:  # spaCy's epoch and step
        known[:2] = ["epoch", "global_step"]
    place = places(known)
    if (place.epoch is None and place.step is None) or not place.metrics:
        return None
    if not any(any(letter.isalpha() for letter in each) for _, each in place.metrics):
        return None
    metrics = tuple((at, each) for at, each in place.metrics if _TIMES.isdisjoint(words(each)))
    metrics = tuple((at, "target" if each == "target value" else each) for at, each in metrics)
    step = None if place.step is None else known[place.step].lower()
    within = place.epoch is not None and step is not None and step not in GLOBAL
    return _Header(len(names), Place(place.epoch, place.step, place.time, metrics), within)


def _splits(line: bytes) -> List[List[bytes]]:
    cells = drawn(line)
    if cells is not None:
        return [cells]
    if b"," in line and b" " not in line:
        return [line.split(b",")]
    if _PROSE.search(line):
        return []
    return [_APART.split(line), line.split()]


def _rows(line: bytes, columns: List[Span]) -> List[List[bytes]]:
    cells = drawn(line)
    if cells is not None:
        return [cells]
    if b"," in line and b" " not in line:
        return [line.split(b",")]
    ways = [line.split()]
    if columns:
        ends = [column.begin for column in columns[1:]] + [len(line)]
        ways.append([line[column.begin : end] for column, end in zip(columns, ends)])
    return ways
