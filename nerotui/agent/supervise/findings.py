"""What a supervisor notices about its run: a loss that is no number, a silence that is longer than is usual."""

from typing import Any, Dict, List, Optional, Tuple

#: A run is called stalled after this long without a sign, or this many times its longest silence so far.
SILENCE = 600.0
TIMES = 10.0

Finding = Dict[str, Any]


class Findings:
    """Notices trouble in what a run prints and reports."""

    def __init__(self) -> None:
        self._since: Dict[str, float] = {}
        self._sizes: Optional[Tuple[int, ...]] = None
        self._sign = 0.0
        self._longest = 0.0

    def look(
        self, now: float, summary: Dict[str, Dict[str, Any]], sizes: Tuple[int, ...], paused: bool
    ) -> List[Finding]:
        """What is wrong now, worst first.

        Args:
            now: seconds since the epoch.
            summary: the newest value of each metric.
            sizes: of all that the run writes and is followed.
            paused: whether it is frozen, which is no stall.
        """
        found = [self._not_finite(now, name, values) for name, values in sorted(summary.items()) if _bad(name, values)]
        silence = self._silence(now, sizes, paused)
        if silence:
            found.append(silence)
        for kind in set(self._since) - {finding["key"] for finding in found}:
            del self._since[kind]
        return [{name: value for name, value in finding.items() if name != "key"} for finding in found]

    def _not_finite(self, now: float, name: str, values: Dict[str, Any]) -> Finding:
        since = self._since.setdefault(name, now)
        x = values.get("x")
        return {
            "key": name,
            "kind": "nan",
            "severity": "error",
            "message": "{} is {}{}".format(name, values["last"], "" if x is None else " at {:g}".format(x)),
            "advice": "the run learns nothing any more: kill it, and try a smaller learning rate or gradient clipping",
            "since": since,
            "x": x,
        }

    def _silence(self, now: float, sizes: Tuple[int, ...], paused: bool) -> Optional[Finding]:
        if sizes != self._sizes or paused:
            if self._sizes is not None and any(self._sizes) and not paused:
                self._longest = max(self._longest, now - self._sign)
            self._sizes, self._sign = sizes, now
            return None
        quiet = now - self._sign
        if not any(sizes) or quiet < max(SILENCE, TIMES * self._longest):
            return None
        return {
            "key": "stall",
            "kind": "stall",
            "severity": "warning",
            "message": "nothing printed or reported for {:.0f} min".format(quiet // 60),
            "advice": "look at its processes; a deadlock or a hung file server looks like this",
            "since": self._since.setdefault("stall", self._sign),
            "x": None,
        }


def _bad(name: str, values: Dict[str, Any]) -> bool:
    return "loss" in name.lower() and isinstance(values.get("last"), str)
