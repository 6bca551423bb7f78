"""Runs of the same sweep, and whether this one is much slower than they are.

Nobody has to say that runs belong together: they do where the same program runs in the same directory and only the
values that it is given differ, `--lr 0.1` here and `--lr 0.01` there.
"""

import re
from collections import deque
from typing import Any, Deque, Dict, List, NamedTuple, Optional

from nerotui.agent import durable
from nerotui.agent.run.layout import Root
from nerotui.agent.supervise.neighbours import claimed, directory

#: How often the others are looked at, seconds, and how many looks a pace is taken over: ten minutes even out an
#: evaluation or a checkpoint, and forget what was compiled at the start.
EVERY = 60.0
LOOKS = 11
#: How long a pace must have been kept, seconds; how many others there must be to know what is usual, and how many of
#: them are looked at.
KEPT = 120.0
OTHERS = 2
MOST = 32
#: Of so many the paces are told.
SHOWN = 5
#: Parameters may well make a run slower than others, so less than half their pace is only told, never alarmed.
SLOWER = 0.5

_NUMBER = re.compile(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?[a-zA-Z]?$")
_PROGRAM = re.compile(r".*\.(?:py|sh|R|jl|pl|lua)$")

Finding = Dict[str, Any]


class _Mark(NamedTuple):
    """How far a run was, after how long: seconds of its running time on its own host's clock."""

    time: float
    at: float


class _Pace:
    """The pace of one run.

    Attributes:
        unit: what it counts.
    """

    def __init__(self) -> None:
        self.unit = ""
        self._attempt: Any = None
        self._marks: Deque[_Mark] = deque(maxlen=LOOKS)

    def note(self, status: Dict[str, Any]) -> None:
        """Takes what the run's status says."""
        progress = status.get("progress") or {}
        at, seen = progress.get("at"), status.get("last_seen")
        if not isinstance(at, (int, float)) or not isinstance(seen, (int, float)) or status.get("paused_since"):
            return
        unit, attempt = str(progress.get("unit")), status.get("attempt")
        time = seen - float(status.get("paused_s") or 0.0)
        again = self._marks and (at < self._marks[-1].at or time < self._marks[-1].time)
        if again or (unit, attempt) != (self.unit, self._attempt):
            self.unit, self._attempt = unit, attempt
            self._marks.clear()
        self._marks.append(_Mark(time, at))

    @property
    def rate(self) -> Optional[float]:
        """Units a second; None where that cannot be told yet."""
        if not self._marks or self._marks[-1].time - self._marks[0].time < KEPT:
            return None
        first, last = self._marks[0], self._marks[-1]
        return (last.at - first.at) / (last.time - first.time)


class Siblings:
    """Looks at runs like this one that are worked on now, on this host or another with the same root."""

    def __init__(self, root: Root, run: str, spec: Dict[str, Any]) -> None:
        """Looks at none yet.

        Args:
            root: nerotui's folder, which hosts may share.
            run: the run that is compared.
            spec: its run.json.
        """
        self._root = root
        self._run = run
        self._like = likeness(spec)
        self._names: Dict[str, Optional[str]] = {}
        self._paces: Dict[str, _Pace] = {}
        self._next = 0.0
        self._found: List[Finding] = []

    def look(self, now: float) -> List[Finding]:
        """What there is to say now; the same list while that is the same."""
        if now < self._next:
            return self._found
        self._next = now + EVERY
        lives = set(claimed(self._root)) - {self._run}
        self._names = {run: self._names[run] if run in self._names else self._name(run) for run in sorted(lives)}
        alike = [run for run, name in self._names.items() if name is not None]
        self._paces = {run: self._pace(run) for run in [self._run] + alike[:MOST]}
        self._judge(now)
        return self._found

    def _name(self, run: str) -> Optional[str]:
        """The name of a run that is like this one; None for all others."""
        spec = durable.read_json(self._root.run(run).spec) or {}
        return str(spec.get("name") or run) if likeness(spec) == self._like else None

    def _pace(self, run: str) -> _Pace:
        pace = self._paces.get(run) or _Pace()
        pace.note(durable.read_json(self._root.run(run).status) or {})
        return pace

    def _judge(self, now: float) -> None:
        mine = self._paces[self._run]
        rates = {
            run: pace.rate
            for run, pace in self._paces.items()
            if run != self._run and pace.rate is not None and pace.unit == mine.unit
        }
        usual = sorted(rates.values())[len(rates) // 2] if len(rates) >= OTHERS else None
        if mine.rate is None or usual is None or mine.rate >= SLOWER * usual:
            self._found = []
        elif not self._found:
            self._found = [self._finding(mine, rates, usual, now)]

    def _finding(self, mine: _Pace, rates: Dict[str, float], usual: float, now: float) -> Finding:
        from nerotui.agent.diagnose.finding import finding

        text = "it makes {:.3g} {}s a minute, its {} siblings {:.3g}".format(
            60 * (mine.rate or 0.0), mine.unit, len(rates), 60 * usual
        )
        fastest = sorted(rates, key=lambda run: -rates[run])[:SHOWN]
        evidence = ["{} ({}): {:.3g} a minute".format(self._names[run], run[:4], 60 * rates[run]) for run in fastest]
        advice = "look whether its parameters explain that; else at its GPU and at who shares its cores"
        return finding("siblings", "info", text, advice, now, evidence=evidence)


def likeness(spec: Dict[str, Any]) -> Any:
    """What runs of one sweep have in common: the directory, the names of parameters, the command but for its values."""
    words = " ".join(str(word) for word in spec.get("command") or ()).split()
    params = spec.get("params") or {}
    values = {str(value) for value in params.values()}
    pattern, named = [], False
    for word in words:
        name, equals, _ = word.partition("=")
        option = word.startswith("-")
        value = word in values or _NUMBER.match(word) or (named and not option and not _PROGRAM.match(word))
        pattern.append(name if equals else "" if value else word)
        named = word.startswith("--") and not equals
    return directory(spec), sorted(params), pattern
