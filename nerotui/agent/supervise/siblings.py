"""Runs of the same sweep on the same host, and whether this one is much slower than they are."""

from typing import Any, Dict, List, Optional

from nerotui.agent import durable
from nerotui.agent.queue.queue import CLAIMED, Queue
from nerotui.agent.run.layout import Root

#: How often the others are looked at, seconds.
EVERY = 60.0
#: How long a pace must have been kept, seconds, and how many others there must be to know what is usual.
KEPT = 120.0
OTHERS = 2
#: Parameters may well make a run slower than others, so less than half their pace is only told, never alarmed.
SLOWER = 0.5

Finding = Dict[str, Any]


class Siblings:
    """Looks at the runs that this host works on now: those of the same program with the same parameters' names."""

    def __init__(self, root: Root, queue: Queue, run: str, spec: Dict[str, Any]) -> None:
        self._root = root
        self._queue = queue
        self._run = run
        self._like = _like(spec)
        self._next = 0.0
        self._found: List[Finding] = []

    def look(self, now: float) -> List[Finding]:
        """What there is to say now; the same list while that is the same."""
        if now < self._next or not self._like[1]:
            return self._found
        self._next = now + EVERY
        mine, others = None, []
        for entry in self._queue.entries():
            if entry.kind != CLAIMED:
                continue
            folder = self._root.run(entry.run)
            if entry.run == self._run:
                mine = _pace(durable.read_json(folder.status))
            elif _like(durable.read_json(folder.spec) or {}) == self._like:
                others.append(_pace(durable.read_json(folder.status)))
        if mine is None:
            return self._found
        rates = sorted(pace["rate"] for pace in others if pace is not None and pace["unit"] == mine["unit"])
        if len(rates) < OTHERS or mine["rate"] >= SLOWER * rates[len(rates) // 2]:
            self._found = []
        elif not self._found:
            self._found = [_finding(mine, rates, now)]
        return self._found


def _finding(mine: Dict[str, Any], rates: List[float], now: float) -> Finding:
    from nerotui.agent.diagnose.finding import finding

    text = "it makes {:.3g} {}s a minute, its {} siblings on this host {:.3g}".format(
        60 * mine["rate"], mine["unit"], len(rates), 60 * rates[len(rates) // 2]
    )
    advice = "look whether its parameters explain that; else at its GPU and at who shares its cores"
    return finding("siblings", "info", text, advice, now)


def _like(spec: Dict[str, Any]) -> Any:
    """What runs of one sweep have in common: the program, and which parameters they are told apart by."""
    command = [str(word) for word in spec.get("command") or ()]
    return command[:2], sorted(spec.get("params") or {})


def _pace(status: Optional[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    """{"unit", "rate"} of an attempt, a second of its running time; None where it cannot be told yet."""
    progress = (status or {}).get("progress") or {}
    numbers = [progress.get(name) for name in ("at", "start", "since")] + [(status or {}).get("last_seen")]
    if status is None or any(not isinstance(number, (int, float)) for number in numbers):
        return None
    at, start, since, seen = (float(number) for number in numbers if number is not None)
    time = seen - since - (float(status.get("paused_s") or 0.0) - float(progress.get("paused_s") or 0.0))
    if time < KEPT or at <= start:
        return None
    return {"unit": str(progress.get("unit")), "rate": (at - start) / time}
