"""Reads a log as it grows: each line goes to the families that may understand it, and costs little where none does."""

from typing import Any, Dict, List, Optional, Set, Tuple

from nerotui.agent.metrics import jsonlines, text
from nerotui.agent.metrics.axes import Axes
from nerotui.agent.metrics.family import Families, Family
from nerotui.agent.metrics.lines import Lines

Point = Dict[str, Any]

_DIGITS = b"0123456789"
#: How many kinds of line are remembered; a log whose every line is new costs time, never more memory.
_KINDS = 4096

#: A line without any of these, in lower case, is about no metric.
_SIGNS = (
    b"loss", b"epoch", b"step", b"iter", b"acc", b"val", b"eval", b"test", b"train", b"score", b"reward", b"return",
    b"batch", b"err", b"update", b"round", b"episode", b"it ", b"it=", b"it:", b"ep ", b"ep=", b"ep:", b"it]", b"ppl",
    b"auc", b"bleu", b"f1", b"map", b"gen", b"mse", b"mae", b"iou", b"dice", b"psnr", b"nll", b"kl", b"elbo", b"fid",
    b"wer", b"cer", b"entropy", b"perplexity", b"precision", b"recall", b"timestep", b"ndcg", b"rouge", b"hr@", b"r2",
    b"learn",
)  # fmt: skip


class Reader:
    """Points out of the text that a program prints.

    Attributes:
        progress: {"unit", "at", "of"} of the epoch or step that the log counts, None while it counts none.
    """

    def __init__(self) -> None:
        self._lines = Lines()
        self._axes = Axes()
        self._dull: Set[bytes] = set()
        self._families = Families(self._axes)
        self._claimed: Dict[bytes, Tuple[Family, ...]] = {}
        self._open: List[Family] = []
        self._once: Dict[Tuple[bytes, ...], Optional[Point]] = {}
        self._plans: Dict[Tuple[bytes, ...], Optional[text.Plan]] = {}

    @property
    def progress(self) -> Optional[Dict[str, Any]]:
        """How far the run says it is."""
        return self._axes.progress

    def feed(self, data: bytes, offset: int, now: float) -> List[Point]:
        """The points of the lines that are complete with `data`.

        Args:
            data: the next bytes of the log.
            offset: of the first of them in the log.
            now: the time that the points get, seconds since the epoch.
        """
        points: List[Point] = []
        dull, claimed = self._dull, self._claimed
        for at, line in self._lines.feed(data, offset):
            if self._open and self._take(tuple(self._open), line, at, now, points):
                continue
            # The same print statement makes the same line but for its digits.
            kind = line.translate(None, _DIGITS)
            if kind in dull:
                continue
            families = claimed.get(kind)
            if families is None:
                if len(claimed) >= _KINDS:
                    claimed.clear()
                families = claimed[kind] = self._families.for_kind(line)
            if families and self._take(families, line, at, now, points):
                continue
            if line[:1] == b"{" and line.rstrip()[-1:] == b"}" and self._json(line, at, now, points):
                continue
            if not self._text(line, at, now, points) and not families:
                if len(dull) >= _KINDS:
                    dull.clear()
                dull.add(kind)
        return points

    def _take(self, families: Tuple[Family, ...], line: bytes, at: int, now: float, points: List[Point]) -> bool:
        """Whether one of the families took the line; its points, if it gave some, go to `points`."""
        for family in families:
            found = family.feed(line)
            if family.open is not (family in self._open):
                if family.open:
                    self._open.append(family)
                else:
                    self._open.remove(family)
            if found is not None:
                for values in found:
                    point: Point = {"t": now, "source": "log", "offset": at}
                    point.update(values)
                    points.append(point)
                return True
        return False

    def _json(self, line: bytes, at: int, now: float, points: List[Point]) -> bool:
        found = jsonlines.parse(line)
        if found is None:
            return False
        if jsonlines.is_metric(found):
            point: Point = {"t": now, "source": "log", "offset": at}
            point.update(found)
            place: Dict[str, float] = {axis: found[axis] for axis in ("step", "epoch") if axis in found}
            if not place:
                point.update(self._axes.place)
            self._axes.at(place)
            points.append(point)
        return True

    def _text(self, line: bytes, at: int, now: float, points: List[Point]) -> bool:
        """Whether a line of this kind can matter; its point, if it holds one, goes to `points`."""
        low = line.lower()
        if not any(sign in low for sign in _SIGNS) and line.lstrip()[:1] != b"[":
            return False
        texts, numbers = text.split(line)
        try:
            plan = self._plans[texts]
        except KeyError:
            if len(self._plans) >= _KINDS:
                self._plans.clear()
            plan = self._plans[texts] = text.understand(texts)
        if plan is None:
            return False
        place = self._axes.locate(plan, numbers)
        if plan.metrics and (place or plan.strong):
            prefix = plan.prefix if plan.rank is None else "rank{}/".format(numbers[plan.rank].decode())
            point: Point = {"t": now, "source": "log", "offset": at}
            point.update(place)
            for name, index in plan.metrics:
                point[prefix + name] = text.number(numbers[index])
            if place:
                points.append(point)
            else:
                self._alone(texts, point, points)
        return True

    def _alone(self, texts: Tuple[bytes, ...], point: Point, points: List[Point]) -> None:
        """A point that says nowhere where it stands: a setting is printed once, a metric again and again."""
        if texts in self._once:
            first = self._once[texts]
            if first is not None:
                points.append(first)
                self._once[texts] = None
            points.append(point)
        elif len(self._once) < _KINDS:
            self._once[texts] = point
