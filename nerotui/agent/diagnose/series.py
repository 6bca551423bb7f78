"""What a run's metrics say, point by point: which of them are looked at, and what each family says of them."""

import math
from typing import Any, Dict, List, Optional

from nerotui.agent.diagnose.curve import Curve
from nerotui.agent.diagnose.finding import Finding, finding, number
from nerotui.agent.diagnose.overfitting import Evaluations, Overfitting
from nerotui.agent.diagnose.roles import Cast, cast, game, role

#: Metrics that are looked at; a program that invents a name a point must not fill the memory.
MOST = 128
#: Points before a course is looked at at all.
FEW = 16
#: A course is looked at again when it has grown by this share: a million points cost five hundred looks.
GROWN = 50
#: A gradient norm may be infinite for a few steps while a loss scale is found.
SCALING = 3

Point = Dict[str, Any]
_NOT_METRICS = frozenset(("t", "step", "epoch", "time", "source", "offset", "attempt"))


class Metric:
    """One metric: its course, and how long it has been no number."""

    __slots__ = ("axis", "bad", "bad_at", "bad_x", "curve", "due", "found", "name", "smooth")

    def __init__(self, name: str, followed: bool) -> None:
        self.name = name
        self.curve = Curve() if followed else None
        self.smooth: Optional[float] = None
        self.axis = ""
        self.bad = 0
        self.bad_x: Optional[float] = None
        self.bad_at: Optional[Dict[str, Any]] = None
        self.due = 0
        self.found: List[Finding] = []


class Series:
    """Findings from points."""

    def __init__(self) -> None:
        self._metrics: Dict[str, Metric] = {}
        self._cast = Cast(None, None, None)
        self._game = False
        self._overfitting = Overfitting()
        self._evaluations = Evaluations()
        self._x: Dict[str, float] = {}
        self._epoch: Optional[float] = None
        self._found: List[Finding] = []
        self._news = False

    def add(self, point: Point, now: float) -> None:
        """Takes a point."""
        self._news = True
        axis = "step" if "step" in point else "epoch"
        x = point.get(axis)
        place = float(x) if isinstance(x, (int, float)) else None
        epoch = point.get("epoch")
        self._begin_again(axis, place, epoch)
        validation = False
        for name, value in point.items():
            if name in _NOT_METRICS or not isinstance(value, (int, float)):
                continue
            known = role(name)
            validation = validation or known.validation
            metric = self._metrics.get(name)
            if metric is None:
                if len(self._metrics) >= MOST:
                    continue
                metric = self._enter(name)
            if metric.curve is None:
                continue
            if not math.isfinite(value):
                metric.bad += 1
                if metric.bad == 1:
                    text = "{}{}".format(value, "" if place is None else " at {} {:g}".format(axis, place))
                    if metric.curve.count:
                        text += ", {} before".format(number(metric.curve.last))
                    metric.axis = axis
                    metric.bad_x, metric.bad_at = place, {"line": point.get("offset"), "text": text}
                continue
            metric.bad = 0
            metric.curve.add(metric.curve.count if place is None else place, float(value))
            metric.smooth = value if metric.smooth is None else 0.8 * metric.smooth + 0.2 * value
            if name == self._cast.validation:
                self._overfitting.add(
                    value, place, epoch if isinstance(epoch, (int, float)) else None, self._training()
                )
            elif name == self._cast.gain and known.validation:
                self._overfitting.gain(value)
            self._look_at(metric, now)
        if isinstance(epoch, (int, float)):
            self._epoch = epoch
            self._evaluations.add(epoch, validation)

    def look(self, now: float) -> List[Finding]:
        """What the metrics say now."""
        if not self._news:
            return self._found
        self._news = False
        found: List[Finding] = []
        for metric in self._metrics.values():
            bad = self._not_finite(metric, now)
            if bad is not None:
                found.append(bad)
            else:
                found += metric.found
        found = _one_nan(found, self._cast.train)
        if self._cast.validation is not None:
            over = self._overfitting.look(self._cast.validation, self._training(), now)
            found += [over] if over is not None else []
        if not self._game:
            never = self._evaluations.look(self._cast.train, now)
            found += [never] if never is not None else []
        self._found = found
        return found

    def _enter(self, name: str) -> Metric:
        known = role(name)
        metric = self._metrics[name] = Metric(name, known.kind in ("loss", "gradient") or known.main)
        before = self._cast
        self._cast = cast(self._metrics)
        self._game = game(self._metrics)
        if before.validation not in (None, self._cast.validation):
            self._overfitting.clear()
        return metric

    def _training(self) -> Optional[float]:
        metric = self._metrics.get(self._cast.train or "")
        return metric.smooth if metric is not None else None

    def _begin_again(self, axis: str, x: Optional[float], epoch: Any) -> None:
        """A log may hold several runs: where the count begins anew, so does the course.

        A step may also begin anew with each epoch, and a resumed run goes back a little: both go on.
        """
        if x is None:
            return
        highest = self._x.get(axis)
        if highest is not None and x < 0.1 * highest and highest > 5:
            later = isinstance(epoch, (int, float)) and self._epoch is not None and epoch >= self._epoch
            if axis == "epoch" or not later:
                self._x.clear()
                self._overfitting.clear()
                for metric in self._metrics.values():
                    if metric.curve is not None:
                        metric.curve.clear()
                    metric.smooth, metric.bad, metric.due, metric.found = None, 0, 0, []
                highest = None
        self._x[axis] = x if highest is None else max(x, highest)

    def _look_at(self, metric: Metric, now: float) -> None:
        curve = metric.curve
        if curve is None:
            return
        # What shoots up is looked at sooner.
        wild = abs(curve.last) > 4 * abs(curve.first)
        if curve.count < metric.due - (curve.count // GROWN - curve.count // (8 * GROWN) if wild else 0):
            return
        metric.due = curve.count + max(1, curve.count // GROWN)
        known = role(metric.name)
        if known.kind == "gradient" and known.main:
            from nerotui.agent.diagnose.gradients import gradients  # late: most runs have none

            found = gradients(metric.name, curve, now)
            metric.found = [found] if found is not None else []
        elif metric.name == self._cast.train and not self._game and curve.count >= FEW:
            from nerotui.agent.diagnose.trends import trends  # late: not before there is a course

            told = frozenset(one["kind"] for one in metric.found)
            metric.found = trends(metric.name, curve, self._gain(), now, told)

    def _gain(self) -> Optional[float]:
        metric = self._metrics.get(self._cast.gain or "")
        if metric is None or metric.curve is None or not metric.curve.count:
            return None
        return metric.curve.last / 100 if metric.curve.last > 1 else metric.curve.last

    def _not_finite(self, metric: Metric, now: float) -> Optional[Finding]:
        known = role(metric.name)
        if not metric.bad or known.kind not in ("loss", "gradient"):
            return None
        gradient = known.kind == "gradient"
        if gradient and metric.bad < SCALING:
            return None
        x, at = metric.bad_x, metric.bad_at
        severity = "warning" if gradient or (known.validation and metric.bad < 2) else "error"
        text = str(at["text"]).split()[0] if at else "nan"
        return finding(
            "nan",
            severity,
            "{} is {}{}".format(metric.name, text, "" if x is None else " since {} {:g}".format(metric.axis, x)),
            "it learns nothing any more: kill it; try a smaller learning rate, gradient clipping, higher precision",
            now,
            x,
            metric.name,
            [at] if at else [],
        )


def _one_nan(found: List[Finding], train: Optional[str]) -> List[Finding]:
    """Of several metrics that are no numbers one is told of, the training loss if it is among them."""
    bad = [one for one in found if one["kind"] == "nan"]
    if len(bad) < 2:
        return found
    bad.sort(key=lambda one: (one["series"] != train, role(one["series"]).kind != "loss"))
    others = ", ".join(str(one["series"]) for one in bad[1:6])
    told = dict(bad[0], evidence=bad[0]["evidence"] + ["so is " + others if len(bad) == 2 else "so are " + others])
    return [told] + [one for one in found if one["kind"] != "nan"]
