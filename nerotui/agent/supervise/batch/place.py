"""What being inside a scheduler's job changes for a supervisor: who may end it, when, and what follows."""

import signal
import time
from typing import Any, Dict, List, Optional, Tuple

from nerotui.agent.queue.queue import Entry
from nerotui.agent.run.carryon import SCHEDULER
from nerotui.agent.run.layout import RunFolder
from nerotui.agent.run.requests import Request
from nerotui.agent.supervise.batch import evidence
from nerotui.agent.supervise.batch.job import Job
from nerotui.agent.supervise.control import Control
from nerotui.agent.supervise.timelimit import Window

#: From the scheduler's signal to its SIGKILL there may be as little as two seconds (Slurm's KillWait). Within them the
#: run has to be asked, told and killed, and its end has to be on record.
ASKED, TOLD = 0.5, 0.7
#: A run that the scheduler's own signal ended may be seen to be gone before this process gets its own.
HEARD = 0.3
#: One that ends by itself in that moment hardly ever does so for the signal.
BY_ITSELF = 0.03

#: The signals that the scheduler has sent to this process.
_told: List[int] = []


def listen() -> None:
    """From here on the scheduler's signals are noted instead of ending this process."""
    for number in (signal.SIGTERM, signal.SIGUSR2):
        signal.signal(number, lambda told, _frame: _told.append(told))


class Place:
    """The job around a supervisor.

    Attributes:
        job: which one.
        exit_code: how the supervisor should exit.
    """

    def __init__(self, job: Job, folder: RunFolder) -> None:
        """Notes where in the job's output this start begins."""
        self.job = job
        self.exit_code = 0
        self._folder = folder
        self._leaving = self._back = False
        self._since = evidence.size(folder.job_out)

    @property
    def window(self) -> Window:
        """From when to when the scheduler lets the job run."""
        return Window(self.job.began, self.job.ends)

    def look(self, control: Control, now: float) -> None:
        """Ends the run where the scheduler has said that it wants the job gone."""
        if _told and not self._leaving:
            self._leaving = True
            control.vacate(now, *grace(self.job.scheduler))

    def judge(self, end: Dict[str, Any], stopped_by: Optional[Request]) -> Dict[str, Any]:
        """The end of an attempt, where the scheduler had a hand in it.

        Args:
            end: as it would be judged on a plain host.
            stopped_by: the kill, yield or time limit that was carried out.
        """
        if end["state"] == "oom":
            return end
        if stopped_by is not None and stopped_by.args.get("by") != SCHEDULER:
            return end
        if stopped_by is None and not _hears(HEARD if end["signal"] else BY_ITSELF):
            if evidence.cause(self._folder.job_out, self._since) == "MEMORY" and end["state"] != "done":
                return dict(end, **evidence.end_of("MEMORY", self.job.scheduler, ""))
            return end
        how = end["signal"] or "exit code {}".format(end["exit_code"])
        if end["signal"] is None and end["exit_code"] is None:
            how = "it left no exit code"
        found = evidence.awaited(self._folder.job_out, self._since) if self.job.scheduler == "slurm" else None
        self._back = found in evidence.BACK
        return dict(end, **evidence.end_of(found, self.job.scheduler, how))

    def closed(self, entry: Entry, end: Dict[str, Any]) -> None:
        """Sees to what follows, once the end is on record."""
        self.exit_code = _exit_code(end)


def _hears(seconds: float) -> bool:
    """Whether the scheduler has sent a signal, or does so in this moment."""
    deadline = time.monotonic() + seconds
    while not _told and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(_told)


def grace(scheduler: str) -> Tuple[float, float]:
    """How long a run may take to checkpoint and then to end once the scheduler wants its job gone, seconds."""
    return ASKED, TOLD


def _exit_code(end: Dict[str, Any]) -> int:
    """How a job should exit so that its scheduler knows how its run ended: 0 only where that is done."""
    if end["state"] == "done":
        return 0
    if end.get("signal"):
        return 128 + int(getattr(signal, end["signal"]))
    return int(end.get("exit_code") or 1)
