"""What a supervisor notices about its run: the diagnosis, fed with all that it follows; what comes and goes in it."""

import json
import math
import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

from nerotui.agent.run.events import Writer
from nerotui.agent.run.requests import Requests
from nerotui.agent.run.status import Status
from nerotui.agent.supervise.siblings import Siblings

if TYPE_CHECKING:
    from nerotui.agent.diagnose.diagnosis import Diagnosis
    from nerotui.agent.diagnose.enforce import Enforcer, Fired
    from nerotui.agent.supervise.following import Following
    from nerotui.agent.supervise.samples import Samples
    from nerotui.agent.supervise.timelimit import TimeLimit

#: Comings and goings that an attempt's history holds at most: a finding that flickers must not flood it.
EVENTS = 200
#: So long after its begin, seconds, a run is looked at that has printed nothing: it may well hold its lines back.
MUTE = 30.0
#: Who acts where a rule does.
RULE = "its rule"
#: A points file longer than this is not read again by a successor.
LONG = 1 << 24

Finding = Dict[str, Any]
_DONE = {
    "warn": "warned of",
    "freeze": "to be frozen",
    "yield": "to go back to the queue",
    "stop": "to be stopped",
    "kill": "to be killed",
}
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class Findings:
    """The findings and rules of one attempt, on a clock that stands still while it is frozen."""

    def __init__(
        self,
        spec: Dict[str, Any],
        status: Status,
        events: Writer,
        requests: Requests,
        began: float,
        siblings: Optional[Siblings] = None,
        limit: Optional["TimeLimit"] = None,
    ) -> None:
        """Begins with nothing noticed.

        Args:
            spec: the run's run.json.
            status: tells how long the run stood frozen, and keeps which rules have fired.
            events: gets a line when a finding comes or goes, and when a rule fires.
            requests: what a rule does is asked for here, as people ask.
            began: when the attempt began, seconds since the epoch.
            siblings: knows the other runs of its sweep.
            limit: how long the attempt may still run, which may be changed meanwhile.
        """
        self._spec = spec
        self._status = status
        self._events = events
        self._requests = requests
        self._began = began
        self._siblings = siblings
        self._limit = limit
        self._diagnosis: Optional["Diagnosis"] = None
        self._looked: Tuple[List[Finding], ...] = ()
        self._found: List[Finding] = []
        self._since: Dict[Tuple[str, Optional[str]], float] = {}
        self._sampled = 0.0
        self._noted = 0
        self._over = False
        self._enforcer: Optional["Enforcer"] = None
        self._rules_read = False
        self._by_rule: List[Finding] = []

    def points(self, points: Sequence[Dict[str, Any]], now: float) -> None:
        """Takes points as they are read."""
        then = now - self._frozen(now)
        self._ready().points(points, then)
        enforcer = self._rules()
        if enforcer is not None:
            enforcer.points(points, then)

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
                        enforcer = self._rules()
                        if enforcer is not None:
                            enforcer.points([known])
        except OSError:
            pass  # then it begins anew

    def look(self, now: float, following: "Following", samples: "Samples") -> List[Finding]:
        """What is wrong now, worst first.

        Args:
            now: seconds since the epoch.
            following: what the run writes.
            samples: its load.
        """
        enforcer = self._rules()
        deadline = self._spec.get("deadline")
        if self._diagnosis is None and not any(following.sizes) and now < self._began + MUTE and enforcer is None:
            return self._found
        diagnosis, frozen = self._ready(), self._frozen(now)
        then = now - frozen
        if deadline is not None:
            diagnosis.wanted(float(deadline) - frozen)
        if self._limit is not None:
            left, seconds = self._limit.left(now), self._limit.seconds
            diagnosis.limited(*((None, None) if math.isinf(left) else (seconds, then + left)))
        diagnosis.wrote(following.sizes, then)
        diagnosis.progress(following.progress, then)
        if samples.newest.get("t", 0.0) != self._sampled:
            self._sampled = samples.newest["t"]
            diagnosis.host(samples.newest, then)
        looked = diagnosis.look(then)
        if enforcer is not None and not self._status.values.get("paused_since"):
            for fired in enforcer.look(then, diagnosis.quiet(then), looked):
                self._act(fired, now)
        beside = self._siblings.look(then) if self._siblings is not None else []
        return self._settle(frozen, looked, beside) + self._by_rule

    def end(self, now: float, state: str) -> List[Finding]:
        """What stays to be said of a run that is over, which ended in `state`."""
        if self._diagnosis is None:
            return []
        frozen = self._frozen(now)
        self._over = True
        self._diagnosis.end(state == "done", now - frozen)
        return self._settle(frozen, self._diagnosis.look(now - frozen)) + self._by_rule

    def _ready(self) -> "Diagnosis":
        if self._diagnosis is None:
            from nerotui.agent.diagnose.diagnosis import Diagnosis

            self._diagnosis = Diagnosis(self._began)
        return self._diagnosis

    def _rules(self) -> Optional["Enforcer"]:
        if not self._rules_read:
            self._rules_read = True
            if self._spec.get("stop"):
                from nerotui.agent.diagnose.enforce import Enforcer
                from nerotui.agent.diagnose.rules import RuleError, parse_all

                try:
                    rules = parse_all(self._spec["stop"])
                except RuleError as error:  # of another version of nerotui
                    self._events.add("rule", "its rules cannot be read: {}".format(error))
                    return None
                self._by_rule = list(self._status.values.get("by_rule") or [])
                done = [str(one["rule"]) for one in self._by_rule]
                self._enforcer = Enforcer(rules, self._began, done)
        return self._enforcer

    def _act(self, fired: "Fired", now: float) -> None:
        """Does what a rule says; whoever supervises next knows that it has been done."""
        rule = fired.rule
        text = '{} by its rule "{}": {}'.format(_DONE[rule.action], rule.text, fired.because)
        self._events.add("rule", text, who=RULE, rule=rule.text, action=rule.action)
        made = {
            "kind": "rule",
            "severity": "warning",
            "message": "{} ({})".format(fired.because, rule.text),
            "advice": "",
            "since": round(now, 3),
            "x": fired.x,
            "series": fired.series,
            "evidence": [],
            "rule": rule.text,
        }
        self._by_rule = self._by_rule + [made]
        self._status.set(urgent=True, by_rule=self._by_rule)
        if rule.action != "warn":
            args = {"rule": rule.text, "because": fired.because, "checkpoint": rule.action == "stop"}
            self._requests.ask("kill" if rule.action == "stop" else rule.action, RULE, args)

    def _frozen(self, now: float) -> float:
        """How long the run has stood frozen, seconds."""
        values = self._status.values
        since = values.get("paused_since")
        return float(values.get("paused_s") or 0.0) + (max(0.0, now - since) if since else 0.0)

    def _settle(self, frozen: float, *looked: List[Finding]) -> List[Finding]:
        """Findings with times of the real clock; what came and went since the last look goes into the history."""
        if len(looked) == len(self._looked) and all(one is other for one, other in zip(looked, self._looked)):
            return self._found
        self._looked = looked
        before, self._since = self._since, {}
        known = {_key(one): one for one in self._found}
        found = []
        for one in (one for lists in looked for one in lists):
            key = _key(one)
            self._since[key] = before.get(key, one["since"] + frozen)
            found.append(dict(one, since=round(self._since[key], 3)))
            if key not in before:
                self._note("finding", "{}: {}".format(one["severity"], one["message"]), one)
        for key in set(before) - set(self._since) if not self._over else ():
            self._note("finding_gone", "no more: {}".format(known[key]["message"]), known[key])
        self._found = found
        return found

    def _note(self, kind: str, text: str, one: Finding) -> None:
        self._noted += 1
        if self._noted <= EVENTS:
            self._events.add(kind, text, finding=one["kind"], series=one["series"], x=one["x"])


def _key(one: Finding) -> Tuple[str, Optional[str]]:
    return one["kind"], one["series"]
