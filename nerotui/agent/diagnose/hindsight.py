"""What was to be said of a run, looked back upon: a diagnosis, and when it said what, on a clock that is set for it."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from nerotui.agent.diagnose.diagnosis import Diagnosis
from nerotui.agent.diagnose.enforce import Enforcer
from nerotui.agent.diagnose.finding import SEVERITIES, Finding
from nerotui.agent.diagnose.rules import Rule
from nerotui.agent.diagnose.silence import BUSY

#: Findings that are told of at most.
MOST = 200

Told = Dict[str, Any]


class Hindsight:
    """Is shown a run in the order in which it happened.

    Attributes:
        told: what was told.
        points: how many points were shown.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        limit: Optional[float] = None,
        deadline: Optional[float] = None,
        whole: Optional[Dict[str, Any]] = None,
    ) -> None:
        """Nothing is shown yet.

        Args:
            rules: the user's.
            limit: how long the run might last, seconds.
            deadline: until when it was wanted, on the clock that it will be shown.
            whole: how far it was to go: {"unit", "of"}.
        """
        self._rules = rules
        self._limit = limit
        self._deadline = deadline
        self._whole = whole or {}
        self._waits = {rule.lasting.size for rule in rules if rule.kind == "no_output" and rule.lasting is not None}
        self._open: Dict[Tuple[str, Optional[str]], Told] = {}
        self._place: Dict[str, Any] = {}
        self._unit: Optional[str] = None
        self._written = 0
        self._real: Optional[float] = None
        self._base: Optional[float] = None
        self.now = 0.0
        self.told: List[Told] = []
        self.points = 0
        self.begin(0.0)

    @property
    def least(self) -> float:
        """No silence that is shorter than this is ever told of, seconds."""
        return min(self._waits | {BUSY})

    def begin(self, began: float) -> None:
        """A run, or its next attempt, begins."""
        self._diagnosis = Diagnosis(began, self._limit)
        self._diagnosis.wanted(self._deadline)
        self._enforcer = Enforcer(self._rules, began, [one["rule"] for one in self.told if one["rule"]])
        self._open = {}
        self.now = began

    def clock(self, now: float, real: Optional[float], silent: float = 0.0, line: Optional[int] = None) -> None:
        """Time goes on.

        Args:
            now: the new time, seconds.
            real: the same as seconds since the epoch, where that is known.
            silent: for how long nothing was printed just before.
            line: the end of the line after which nothing was.
        """
        if silent >= self.least:
            for wait in sorted(self._waits | {self._diagnosis.patience}):
                if wait <= silent:
                    self._place["t"] = None if real is None else real - silent + wait
                    self._place.update({} if line is None else {"offset": line, "source": None})
                    self._look(now - silent + wait)
            self._place.update(t=real, **({} if line is None else {"offset": line + 1}))
        self.now, self._real = now, real

    def moment(self, real: float) -> None:
        """Time goes on to a moment of the real clock, seconds since the epoch; the first is the begin."""
        self._base = real if self._base is None else self._base
        self.clock(max(self.now, real - self._base), real)

    def busy(self) -> None:
        """Something is printed in these moments, nobody knows when."""
        self._written += 1
        self._diagnosis.wrote((self._written,), self.now)

    def log(self, data: bytes, offset: int) -> None:
        """Bytes of the log."""
        self.busy()
        self._diagnosis.log(data, offset, self.now)
        self._look(self.now)

    def point(self, point: Dict[str, Any]) -> None:
        """One point."""
        self.points += 1
        self.busy()
        self._place = {"t": self._real, "offset": point.get("offset"), "source": point.get("source")}
        self._place.update({axis: point[axis] for axis in ("step", "epoch") if axis in point})
        self._diagnosis.points([point], self.now)
        self._enforcer.points([point], self.now)
        self._get_on(point)
        self._look(self.now)

    def sample(self, sample: Dict[str, Any], now: float, real: float) -> None:
        """A sample of the host, which may have been taken a while after the time on the clock."""
        self._place["t"] = real
        self._diagnosis.host(sample, now)
        self._look(now)

    def end(self, well: bool) -> None:
        """The run is over."""
        self._diagnosis.end(well, self.now)
        self._look(self.now)

    def _get_on(self, point: Dict[str, Any]) -> None:
        """How far the run is, in the unit that its goal is told in; else in steps, if it counts any."""
        self._unit = str(self._whole.get("unit") or ("step" if "step" in point else self._unit or "epoch"))
        if isinstance(point.get(self._unit), (int, float)):
            at, of = point[self._unit], self._whole.get("of")
            self._diagnosis.progress({"unit": self._unit, "at": at, "of": of}, self.now)

    def _look(self, now: float) -> None:
        found = self._diagnosis.look(now)
        keys = set()
        for one in found:
            key = (one["kind"], one["series"])
            keys.add(key)
            if key in self._open:
                known = self._open[key]
                if SEVERITIES[one["severity"]] < SEVERITIES[known["severity"]]:
                    known.update(severity=one["severity"], message=one["message"])
                known["evidence"] = known["evidence"] or one["evidence"]
            else:
                self._open[key] = self._tell(one, None)
        for key in set(self._open) - keys:
            self._open.pop(key)["gone"] = dict(self._place)
        for fired in self._enforcer.look(now, self._diagnosis.quiet(now), found):
            made = {"kind": "rule", "severity": "warning", "message": fired.because, "advice": "", "evidence": []}
            self._tell(dict(made, x=fired.x, series=fired.series, since=now), fired.rule)

    def _tell(self, one: Finding, rule: Optional[Rule]) -> Told:
        place = dict(self._place)
        for item in one["evidence"] if one["series"] is None else ():
            if isinstance(item, dict) and item.get("line") is not None:
                place["offset"] = item["line"]
                break
        told = dict(one, at=place, gone=None, rule=rule.text if rule else None, action=rule.action if rule else None)
        if len(self.told) < MOST:
            self.told.append(told)
        return told
