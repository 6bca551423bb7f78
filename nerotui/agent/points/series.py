"""Points by metric: which axis each series stands on, and where on it each of its points."""

from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

from nerotui.agent.points.downsample import Point, Thinner

#: What a point's record holds beside its metrics.
NOT_METRICS = frozenset(("t", "step", "epoch", "source", "offset", "attempt"))

_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}

_NUMBERS = frozenset((int, float))

Record = Dict[str, Any]


class Series:
    """All series of a run or file as its points come in."""

    def __init__(self, names: Optional[Iterable[str]], limit: Optional[int]) -> None:
        """Collects series.

        Args:
            names: which; None for all.
            limit: how many points of each are kept, about; None for all.
        """
        self._names = None if names is None else frozenset(names)
        self._limit = limit
        self._axes: Dict[str, str] = {}
        self._counts: Dict[str, int] = {}
        self._last: Dict[str, float] = {}
        self._thinners: Dict[str, Thinner] = {}

    def split(self, records: Sequence[Record]) -> Dict[str, List[Point]]:
        """The points of each series, in order; x is a step, an epoch or, where neither is known, a count."""
        shapes: Dict[Tuple[str, ...], List[Record]] = {}
        for record in records:
            shape = tuple(record)
            if shape in shapes:
                shapes[shape].append(record)
            else:
                shapes[shape] = [record]
        named = [name for shape in shapes for name in shape if name not in NOT_METRICS]
        found: Dict[str, List[Point]] = {}
        if len(named) == len(set(named)):
            # One print statement for each series, as in most programs: columns are faster than rows.
            for shape, alike in shapes.items():
                self._columns(dict(zip(shape, zip(*(record.values() for record in alike)))), len(alike), found)
        else:
            for record in records:
                self._columns({name: (value,) for name, value in record.items()}, 1, found)
        return found

    def add(self, records: Sequence[Record]) -> None:
        """Takes the records that follow those before."""
        for name, points in self.split(records).items():
            thinner = self._thinners.get(name)
            if thinner is None:
                thinner = self._thinners[name] = Thinner(self._limit)
            thinner.add(points)

    def all(self) -> List[Tuple[str, str, List[Point]]]:
        """(name, axis, points) of every series so far, in the order in which they first appeared."""
        return [(name, self._axes[name], thinner.points()) for name, thinner in self._thinners.items()]

    def axis(self, name: str) -> str:
        """What the series' x counts: "step", "epoch" or "index"."""
        return self._axes[name]

    def _columns(self, columns: Dict[str, Tuple[Any, ...]], length: int, found: Dict[str, List[Point]]) -> None:
        """Adds the points of `length` records that all have the same names."""
        times = columns.get("t") or (0.0,) * length
        for name, values in columns.items():
            if name in NOT_METRICS or (self._names is not None and name not in self._names):
                continue
            xs: Iterable[Any] = self._xs(name, columns, length)
            rows: List[Any]
            if not _NUMBERS.issuperset(map(type, values)):
                rows = [row for row in zip(xs, map(_value, values), times) if row[1] is not None]
                if not rows:
                    continue
            else:
                rows = list(zip(xs, values, times))
            if name in found:
                found[name] += rows
            else:
                found[name] = rows

    def _xs(self, name: str, columns: Dict[str, Tuple[Any, ...]], length: int) -> Iterable[Any]:
        axis = self._axes.get(name)
        if axis is None:
            axis = self._axes[name] = "step" if "step" in columns else "epoch" if "epoch" in columns else "index"
        if axis == "index":
            count = self._counts.get(name, 0)
            self._counts[name] = count + length
            return range(count, count + length)
        xs = columns.get(axis)
        if xs is None or not _NUMBERS.issuperset(map(type, xs)):
            return (self._last.get(name, 0.0),) * length  # no word of where: where the series stood
        self._last[name] = xs[-1]
        return xs


def _value(value: Any) -> Optional[float]:
    if type(value) in _NUMBERS:
        number: float = value
        return number
    return _NOT_FINITE.get(value) if isinstance(value, str) else None
