"""What being inside a scheduler's job changes for a supervisor: who may end it, when, and what follows."""

import math
import os
import signal
import time
from typing import Any, Dict, Optional, Set

from nerotui.agent.processes import identity
from nerotui.agent.processes.system import interpreter_command
from nerotui.agent.queue.driver import Question
from nerotui.agent.queue.queue import Entry
from nerotui.agent.run import events
from nerotui.agent.run.carryon import SCHEDULER
from nerotui.agent.run.layout import RunFolder
from nerotui.agent.run.requests import Request
from nerotui.agent.supervise.batch import evidence, heard, site
from nerotui.agent.supervise.batch.guard import Guard
from nerotui.agent.supervise.batch.job import Job
from nerotui.agent.supervise.control import Control
from nerotui.agent.supervise.timelimit import TimeLimit, Window

#: A run that the scheduler's own signal ended may be seen to be gone before this process gets its own.
HEARD = 0.3
#: One that ends by itself in that moment hardly ever does so for the signal.
BY_ITSELF = 0.03


class Place:
    """The job around a supervisor.

    Attributes:
        job: which one.
        exit_code: how the supervisor should exit.
    """

    def __init__(self, job: Job, folder: RunFolder, spec: Dict[str, Any], orphaned: bool = False) -> None:
        """Changes nothing yet.

        Args:
            job: which one.
            folder: the run's folder.
            spec: the run's run.json.
            orphaned: whether the job's own supervisor is dead, so that all that is left is to end the run.
        """
        self.job = job
        self.exit_code = 0
        self._folder = folder
        self._orphaned = orphaned
        self._warned = heard.warns_by_term(spec)
        self._leaving = False
        self._limit: Optional[TimeLimit] = None
        self._question: Optional[Question] = None
        self._signal: Optional[Question] = None
        self._guard: Optional[Guard] = None
        self._helpers: Set[int] = set()

    @property
    def window(self) -> Window:
        """From when to when the scheduler lets the job run."""
        return Window(self.job.began, self.job.ends)

    def begin(self, root: str, run: str, helpers: Set[int]) -> None:
        """Before anything of the run is started: sees to it that nothing of it outlives this process.

        Args:
            root: nerotui's folder.
            run: the run's id.
            helpers: gets the pids of child processes that are none of the run's.
        """
        heard.listen(self.job.scheduler)
        self._helpers = helpers
        if self._orphaned or self.job.scheduler == "track":
            return
        command = interpreter_command() + ["supervise", run, "--queue", "@" + self.job.scheduler, "--root", root]
        self._guard = Guard(command)
        helpers.add(self._guard.pid)

    def signal_elsewhere(self, number: int) -> None:
        """Stops or continues what the run has on the job's other nodes: only Slurm's steps can have started that there.

        Args:
            number: SIGSTOP or SIGCONT.
        """
        job, nodes = self.job.id, os.environ.get("SLURM_JOB_NUM_NODES", "")
        if self.job.scheduler == "slurm" and job is not None and nodes.isdigit() and int(nodes) > 1:
            self._signal = Question(lambda: site.signal_steps(str(job), number))
            self._helpers.add(self._signal.pid)

    def limited(self, limit: TimeLimit) -> None:
        """Takes the run's time limit, and asks for the job's own where that is known from nowhere."""
        self._limit = limit
        job = self.job.id
        if self.job.scheduler != "slurm" or self.job.ends is not None or job is None or not math.isinf(limit.seconds):
            return
        self._question = Question(lambda: site.left_of(str(job)))
        self._helpers.add(self._question.pid)

    def look(self, control: Control, now: float) -> None:
        """Ends the run where its job is at its end."""
        if self._question is not None and self._question.ready(wait=False):
            left = self._question.answer()
            self._question = None
            if self._limit is not None and isinstance(left, float):
                self._limit.until(now + left)
        for number in heard.for_the_run():
            control.pass_on(number)
        if self._leaving or not (heard.ends() or self._orphaned):
            return
        if self._warned and evidence.awaited(self._folder.job_out, self.job.said) is None:
            control.pass_on(heard.only_warned())
            return
        self._leaving = True
        asked, told = site.grace(self.job.scheduler, os.environ)
        if self._orphaned:
            control.vacate(now, site.ASKED, site.TOLD, "its supervisor is dead: it ends with its job")
        else:
            control.vacate(now, asked, told, "its scheduler ends its job")

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
        if stopped_by is None and not self._orphaned and not _hears(HEARD if end["signal"] else BY_ITSELF):
            if evidence.cause(self._folder.job_out, self.job.said) == "MEMORY" and end["state"] != "done":
                return dict(end, **evidence.end_of("MEMORY", self.job.scheduler, ""))
            return end
        how = end["signal"] or "exit code {}".format(end["exit_code"])
        if end["signal"] is None and end["exit_code"] is None:
            how = "it left no exit code"
        slurm = self.job.scheduler == "slurm"
        found = evidence.awaited(self._folder.job_out, self.job.said) if slurm else None
        said = evidence.end_of(found, self.job.scheduler, how)
        if self._orphaned and not found:
            said["reason"] = "its supervisor was killed, so it was ended with its job ({})".format(how)
        return dict(end, **said)

    def closed(self, entry: Entry, end: Dict[str, Any]) -> None:
        """Sees to what follows, once the end is on record."""
        self.exit_code = _exit_code(end)
        self.dismiss()
        following = end.get("next")
        if following is None or following.get("held") or self.job.scheduler == "track":
            return
        if end.get("by") == SCHEDULER and end["state"] == "preempted":
            return  # the scheduler itself starts the same job again, or it does not, which only its queue will tell
        from nerotui.agent.supervise.batch.resubmit import resubmit

        said = resubmit(self._folder, entry.attempt + 1, self.job.scheduler)
        events.Writer(self._folder, "supervise", identity.mine()).add("requeued", said, attempt=entry.attempt + 1)

    def dismiss(self) -> None:
        """Nothing is left to guard against."""
        if self._guard is not None:
            self._guard.dismiss()
            self._guard = None


def _hears(seconds: float) -> bool:
    """Whether the scheduler has sent a signal, or does so in this moment."""
    deadline = time.monotonic() + seconds
    while not heard.ends() and time.monotonic() < deadline:
        time.sleep(0.01)
    return heard.ends()


def _exit_code(end: Dict[str, Any]) -> int:
    """How a job should exit so that its scheduler knows how its run ended: 0 only where that is done."""
    if end["state"] == "done":
        return 0
    if end.get("signal"):
        return 128 + int(getattr(signal, end["signal"]))
    return int(end.get("exit_code") or 1)
