"""A run's time limit: how much of it is left, and when the run should be told."""

import math
from typing import Any, Dict, NamedTuple, Optional

from nerotui.agent.processes import processes
from nerotui.agent.processes.identity import Identity
from nerotui.agent.run.status import Status

#: So long before its limit a run is asked to checkpoint: a model with its optimizer's state has some ten gigabytes, and
#: a shared file system takes a minute or two for them.
NOTICE = 120.0
#: Of a short limit the notice is no more than this part: a program that leaves when asked would else hardly have run.
PART = 0.1


#: How much earlier than its job a run is ended, beside the grace that it gets between TERM and KILL, in seconds: its
#: last lines are read and its end is put on record. Of a short limit both together are no more than this part.
CLOSING = 5.0
EARLIER = 0.25


class Window(NamedTuple):
    """From when to when a scheduler lets a job run, seconds since the epoch; `ends` is None where it does not tell."""

    began: float
    ends: Optional[float]


class TimeLimit:
    """How long one attempt may still run.

    The time that it stood frozen does not count, but inside a job, whose scheduler counts it. The time comes from the
    host's boot clock and the start of the attempt's first process, so that a successor of this supervisor finds the
    same, and a clock that is set meanwhile ends no run.

    Attributes:
        seconds: the limit; infinite where there is none.
    """

    def __init__(
        self,
        spec: Dict[str, Any],
        shell: Optional[Identity],
        ran_at: Optional[float],
        status: Status,
        changed: Optional[Dict[str, Any]] = None,
        window: Optional[Window] = None,
    ) -> None:
        """Takes the limit from what was asked.

        Args:
            spec: the run's run.json.
            shell: the attempt's first process.
            ran_at: when it started, seconds since the epoch; used where that process is not known.
            status: knows how long it stood frozen.
            changed: {"seconds"}: the limit that was asked for since the run was submitted.
            window: of the scheduler's job around it.
        """
        self._shell = shell
        self._ran_at = ran_at
        self._status = status
        self._window = window
        self._grace = seconds_of(spec.get("grace"), 10.0)
        self.seconds = math.inf
        self.change((changed if changed is not None else {"seconds": spec.get("time")}).get("seconds"))
        if window is not None and window.ends is not None:
            self.until(window.ends)

    def change(self, limit: Any) -> None:
        """Another limit from now on: seconds, or None for none."""
        good = isinstance(limit, (int, float)) and not isinstance(limit, bool) and limit > 0
        self.seconds = float(limit) if good else math.inf

    def until(self, moment: float) -> None:
        """No longer than to a moment, seconds since the epoch, at which the job around it ends."""
        if self._window is not None:
            self.seconds = min(self.seconds, max(1.0, moment - self._window.began))

    @property
    def notice(self) -> float:
        """How many seconds before its limit the run is to be asked to checkpoint."""
        return min(NOTICE, PART * self.seconds)

    @property
    def runs_on(self) -> bool:
        """Whether it comes nearer while the run stands frozen."""
        return self._window is not None

    def left(self, now: float) -> float:
        """Seconds until the limit, negative past it, infinite without one."""
        if math.isinf(self.seconds):
            return math.inf
        if self._window is not None:
            earlier = min(self._grace + CLOSING, EARLIER * self.seconds)
            return self._window.began + self.seconds - earlier - now
        if self._shell is not None:
            lived = processes.uptime() - self._shell.start / processes.TICKS
        else:
            lived = now - (now if self._ran_at is None else self._ran_at)
        frozen = float(self._status.values.get("paused_s") or 0.0)
        since = self._status.values.get("paused_since")
        if since is not None:
            frozen += max(0.0, now - float(since))
        return self.seconds - (lived - frozen)


def seconds_of(value: Any, default: float) -> float:
    """A length of time that somebody gave, or the default where it is none."""
    return float(value) if isinstance(value, (int, float)) and 0 <= value < 1e6 else default
