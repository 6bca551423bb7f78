"""What a supervisor notices about its run: the diagnosis, fed with all that it follows; what comes and goes in it."""

import json
import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

from nerotui.agent.run.events import Writer
from nerotui.agent.run.status import Status

if TYPE_CHECKING:
    from nerotui.agent.diagnose.diagnosis import Diagnosis
    from nerotui.agent.supervise.following import Following
    from nerotui.agent.supervise.samples import Samples

#: Comings and goings that an attempt's history holds at most: a finding that flickers must not flood it.
EVENTS = 200
#: A points file longer than this is not read again by a successor.
LONG = 1 << 24

Finding = Dict[str, Any]
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class Findings:
    """The findings of one attempt, on a clock that stands still while it is frozen."""

    def __init__(self, spec: Dict[str, Any], status: Status, events: Writer, began: float) -> None:
        """Begins with nothing noticed.

        Args:
            spec: the run's run.json.
            status: tells how long the run stood frozen.
            events: gets a line when a finding comes or goes.
            began: when the attempt began, seconds since the epoch.
        """
        self._spec = spec
        self._status = status
        self._events = events
        self._began = began
        self._diagnosis: Optional["Diagnosis"] = None
        self._looked: Optional[List[Finding]] = None
        self._found: List[Finding] = []
        self._since: Dict[Tuple[str, Optional[str]], float] = {}
        self._sampled = 0.0
        self._noted = 0

    def points(self, points: Sequence[Dict[str, Any]], now: float) -> None:
        """Takes points as they are read."""
        self._ready().points(points, now - self._frozen(now))

    def log(self, data: bytes, offset: int, now: float) -> None:
        """Takes bytes of the log as they are read."""
        self._ready().log(data, offset, now - self._frozen(now))

    def catch_up(self, path: str, attempt: int) -> None:
        """Takes the points that a supervisor before this one read of the same attempt."""
        try:
            if os.stat(path).st_size > LONG:
                return
            with open(path, "rb") as file:
                for line in file:
                    try:
                        point = json.loads(line.decode("utf-8"))
                    except ValueError:
                        continue
                    if isinstance(point, dict) and point.pop("attempt", None) == attempt:
                        known = {
                            name: _NOT_FINITE.get(value, value) if isinstance(value, str) else value
                            for name, value in point.items()
                        }
                        self._ready().points([known])
        except OSError:
            pass  # then it begins anew

    def look(self, now: float, following: "Following", samples: "Samples") -> List[Finding]:
        """What is wrong now, worst first.

        Args:
            now: seconds since the epoch.
            following: what the run writes.
            samples: its load.
        """
        if self._diagnosis is None and not any(following.sizes):
            return self._found
        diagnosis, frozen = self._ready(), self._frozen(now)
        then = now - frozen
        diagnosis.wrote(following.sizes, then)
        diagnosis.progress(following.progress, then)
        if samples.newest.get("t", 0.0) != self._sampled:
            self._sampled = samples.newest["t"]
            diagnosis.host(samples.newest, then)
        return self._settle(diagnosis.look(then), frozen)

    def end(self, now: float, state: str) -> List[Finding]:
        """What stays to be said of a run that is over, which ended in `state`."""
        if self._diagnosis is None:
            return []
        frozen = self._frozen(now)
        self._diagnosis.end(state == "done", now - frozen)
        return self._settle(self._diagnosis.look(now - frozen), frozen)

    def _ready(self) -> "Diagnosis":
        if self._diagnosis is None:
            from nerotui.agent.diagnose.diagnosis import Diagnosis

            limit = self._spec.get("time")
            self._diagnosis = Diagnosis(self._began, float(limit) if limit else None)
        return self._diagnosis

    def _frozen(self, now: float) -> float:
        """How long the run has stood frozen, seconds."""
        values = self._status.values
        since = values.get("paused_since")
        return float(values.get("paused_s") or 0.0) + (max(0.0, now - since) if since else 0.0)

    def _settle(self, looked: List[Finding], frozen: float) -> List[Finding]:
        """Findings with times of the real clock; what came and went since the last look goes into the history."""
        if looked is self._looked:
            return self._found
        self._looked = looked
        before, self._since = self._since, {}
        known = {_key(one): one for one in self._found}
        found = []
        for one in looked:
            key = _key(one)
            self._since[key] = before.get(key, one["since"] + frozen)
            found.append(dict(one, since=round(self._since[key], 3)))
            if key not in before:
                self._note("finding", "{}: {}".format(one["severity"], one["message"]), one)
        for key in set(before) - set(self._since):
            self._note("finding_gone", "no more: {}".format(known[key]["message"]), known[key])
        self._found = found
        return found

    def _note(self, kind: str, text: str, one: Finding) -> None:
        self._noted += 1
        if self._noted <= EVENTS:
            self._events.add(kind, text, finding=one["kind"], series=one["series"], x=one["x"])


def _key(one: Finding) -> Tuple[str, Optional[str]]:
    return one["kind"], one["series"]
