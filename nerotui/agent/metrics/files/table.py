"""Tables of comma-, tab- or semicolon-separated values: Keras's CSVLogger, Lightning's, Ultralytics', progress.csv."""

import math
from typing import Any, Dict, List, Optional

from nerotui.agent.metrics.axes import whole
from nerotui.agent.metrics.files.layout import Layout, header_of
from nerotui.agent.metrics.files.naming import WITHIN, moment
from nerotui.agent.metrics.files.numerals import number
from nerotui.agent.metrics.files.rows import Lines, cut

Point = Dict[str, Any]
#: The cells of a row as numbers, None for its gaps; None where there is something else in it.
Numbers = Optional[List[Optional[float]]]

#: Rows without a number that are looked at as perhaps another header; a file with more of them is no table of numbers.
_ODD = 500


class TableReader:
    """Reads one table. A point's offset is the number of its row, for programs write a table anew with more columns."""

    parallel = False
    rewritten = True

    def __init__(self, found: Layout) -> None:
        self._layout = found
        self._lines = Lines()
        self._odd = 0
        self._row = -1 if found.header is None else -2
        self._place: Dict[str, float] = {}
        self._last_epoch: Optional[float] = None
        self._last_step = 0.0
        self._first_step: Optional[float] = None
        self._base = 0.0
        self._set_columns()

    def _set_columns(self) -> None:
        place = self._layout.place
        self._metrics = place.metrics
        self._within = False
        if place.step is not None and place.epoch is not None and self._layout.header is not None:
            name = self._layout.header[place.step].decode("utf-8", "replace").strip().lower()
            self._within = name.rsplit("/", 1)[-1] in WITHIN

    @property
    def progress(self) -> Optional[Dict[str, Any]]:
        """How far the newest row says the run is."""
        for unit in ("epoch", "step"):
            if unit in self._place:
                return {"unit": unit, "at": self._place[unit], "of": None}
        return None

    def feed(self, data: bytes, offset: int, now: float) -> List[Point]:
        """The points of the rows that are complete with `data`."""
        points: List[Point] = []
        separator = self._layout.separator
        metrics = self._metrics
        for _, line in self._lines.feed(data, offset):
            if not line or line[:1] == b"#":
                continue
            cells = cut(line, separator) if b'"' in line else line.split(separator)
            self._row += 1
            if self._row < 0:
                continue
            numbers: Numbers = None
            try:
                # A row of numbers and gaps, as nearly all are.
                numbers = [float(cell) if cell else None for cell in cells]
                found = {name: numbers[index] for index, name in metrics if numbers[index] is not None}
            except (ValueError, IndexError):
                numbers = None
                found = self._some(cells)
            if not found:
                metrics = self._other(cells)
                continue
            point: Point = {"t": now, "source": "file", "offset": self._row}
            self._locate(cells, numbers, point)
            point.update(found)
            points.append(point)
        return points

    def _some(self, cells: List[bytes]) -> Dict[str, Optional[float]]:
        """The metrics of a row that holds other things too, or fewer cells than it should."""
        found: Dict[str, Optional[float]] = {}
        width, comma = len(cells), self._layout.comma
        for index, name in self._metrics:
            if index >= width:
                break
            cell = cells[index]
            if not cell:
                continue
            try:
                found[name] = float(cell)
            except ValueError:
                value = number(cell, comma)
                if value is not None:
                    found[name] = value
        return found

    def _other(self, cells: List[bytes]) -> Any:
        """A row without numbers: a header again, of a program that was started again perhaps, or nothing."""
        if tuple(cells) != self._layout.header and self._odd < _ODD:
            self._odd += 1
            place = header_of(cells)
            if place is not None and place.told and len(cells) > 1:
                self._layout = self._layout._replace(place=place, header=tuple(cells))
                self._set_columns()
        return self._metrics

    def _locate(self, cells: List[bytes], numbers: Numbers, point: Point) -> None:
        place = self._layout.place
        epoch, step = self._cell(cells, numbers, place.epoch), self._cell(cells, numbers, place.step)
        if place.time is not None:
            clock = self._cell(cells, numbers, place.time)
            seconds = moment(clock) if clock is not None else None
            if seconds is not None:
                point["t"] = seconds
        if epoch is None and step is None:
            point.update(self._place)
            return
        at: Dict[str, float] = {}
        if step is not None:
            at["step"] = whole(self._of_run(epoch, step) if self._within else step)
        if epoch is not None:
            at["epoch"] = whole(epoch)
        self._place = at
        point.update(at)

    def _of_run(self, epoch: Optional[float], step: float) -> float:
        """A step that counts anew in each epoch, counted on."""
        if self._first_step is None:
            self._first_step = step
        if epoch is not None:
            if self._last_epoch is not None and epoch > self._last_epoch and step <= self._last_step:
                self._base += self._last_step + (1 if self._first_step == 0 else 0)
            elif self._last_epoch is not None and epoch < self._last_epoch:
                self._base = 0.0  # another attempt
            self._last_epoch = epoch
        self._last_step = step
        return self._base + step

    def _cell(self, cells: List[bytes], numbers: Numbers, index: Optional[int]) -> Optional[float]:
        if index is None or index >= len(cells):
            return None
        value = numbers[index] if numbers is not None else number(cells[index], self._layout.comma)
        return value if value is not None and math.isfinite(value) else None
