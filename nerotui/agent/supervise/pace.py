"""Where an attempt took up its run's work, so that how long it still takes is told by what it has done itself."""

from typing import Any, Dict, Optional

from nerotui.agent.run.status import Status

Progress = Dict[str, Any]


class Pace:
    """Adds to a run's progress where this attempt stood when that was first seen, and when that was."""

    def __init__(self, status: Status) -> None:
        """Goes on from a predecessor's status, where that is of the same attempt."""
        self._status = status
        known = status.values.get("progress") if status.again else None
        self._first: Optional[Progress] = known if isinstance(known, dict) and "start" in known else None

    def of(self, progress: Optional[Progress], now: float) -> Optional[Progress]:
        """The progress with `start`, its place when first seen, `since`, when that was, and `paused_s` up to then."""
        if progress is None:
            return None
        first = self._first
        if first is None or first.get("unit") != progress.get("unit") or progress["at"] < first["start"]:
            frozen = float(self._status.values.get("paused_s") or 0.0)
            first = dict(progress, start=progress["at"], since=round(now, 3), paused_s=frozen)
            self._first = first
        return dict(progress, start=first["start"], since=first["since"], paused_s=first["paused_s"])
