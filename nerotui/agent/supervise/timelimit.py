"""A run's time limit: how much of it is left, and when the run should be told."""

import math
from typing import Any, Dict, Optional

from nerotui.agent.processes import processes
from nerotui.agent.processes.identity import Identity
from nerotui.agent.run.status import Status

#: So long before its limit a run is asked to checkpoint: a model with its optimizer's state has some ten gigabytes, and
#: a shared file system takes a minute or two for them.
NOTICE = 120.0
#: Of a short limit the notice is no more than this part: a program that leaves when asked would else hardly have run.
PART = 0.1


class TimeLimit:
    """How long one attempt may still run. The time that it stood frozen does not count.

    The time comes from the host's boot clock and the start of the attempt's first process, so that a successor of this
    supervisor finds the same, and a clock that is set meanwhile ends no run.

    Attributes:
        seconds: the limit; infinite where there is none.
    """

    def __init__(
        self, spec: Dict[str, Any], shell: Optional[Identity], ran_at: Optional[float], status: Status
    ) -> None:
        """Takes the limit from what was asked.

        Args:
            spec: the run's run.json.
            shell: the attempt's first process.
            ran_at: when it started, seconds since the epoch; used where that process is not known.
            status: knows how long it stood frozen.
        """
        limit = spec.get("time")
        self.seconds = float(limit) if isinstance(limit, (int, float)) and limit > 0 else math.inf
        self._shell = shell
        self._ran_at = ran_at
        self._status = status

    @property
    def notice(self) -> float:
        """How many seconds before its limit the run is to be asked to checkpoint."""
        return min(NOTICE, PART * self.seconds)

    def left(self, now: float) -> float:
        """Seconds until the limit, negative past it, infinite without one."""
        if math.isinf(self.seconds):
            return math.inf
        if self._shell is not None:
            lived = processes.uptime() - self._shell.start / processes.TICKS
        else:
            lived = now - (now if self._ran_at is None else self._ran_at)
        frozen = float(self._status.values.get("paused_s") or 0.0)
        since = self._status.values.get("paused_since")
        if since is not None:
            frozen += max(0.0, now - float(since))
        return self.seconds - (lived - frozen)
