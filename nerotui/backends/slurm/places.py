"""Where a job stands among its owner's waiting jobs, and by which nice value it comes to stand elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from nerotui.agent.states import RunState
from nerotui.backends.jobs import Job


def nice_for(job: Job, to: str, others: Sequence[Job]) -> int:
    """The nice value that brings a job one place up or down, or to the front or back, of its owner's in its partition.

    A nice value is subtracted from the priority. Below 0 it takes an administrator's rights, as Slurm will say; so a
    job that was set back comes no further than to where it would be without.

    Args:
        job: what is to be moved.
        to: "up", "down", "front" or "back".
        others: all jobs of its owner.
    """
    mine = job.priority or 0.0
    priorities = [
        other.priority
        for other in others
        if other.id != job.id and other.state is RunState.QUEUED and other.queue == job.queue and other.priority
    ]
    ahead = [priority for priority in priorities if priority >= mine]
    behind = [priority for priority in priorities if priority <= mine]
    if to in ("up", "front"):
        step = 0.0 if not ahead else (min if to == "up" else max)(ahead) - mine + 1
        nice = int(job.nice - step)
        return max(nice, 0) if job.nice > 0 else nice
    step = 0.0 if not behind else mine - (max if to == "down" else min)(behind) + 1
    return int(job.nice + step)
