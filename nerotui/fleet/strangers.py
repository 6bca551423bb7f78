"""The jobs of one scheduler that nerotui did not start, as runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from nerotui.agent.states import ENDED, RunState
from nerotui.backends import overlay
from nerotui.backends.jobs import Files, Job, Scheduler
from nerotui.core.records import Run

#: So many that ended are kept.
KEPT = 500


class Strangers:
    """One host's.

    Args:
        host: nerotui's name of it.
        scheduler: which it has.
        machine: what identifies it where the scheduler does not say what its cluster is called.

    Attributes:
        runs: by the run's id.
    """

    def __init__(self, host: str, scheduler: Scheduler, machine: str) -> None:
        self.runs: dict[str, Run] = {}
        self._host = host
        self._scheduler = scheduler
        self._machine = machine
        self._paths: dict[str, Files] = {}
        self._errs: dict[str, str] = {}

    def remember(self, runs: Iterable[Run]) -> None:
        """Takes over those that were known before the connection broke, or were kept on this machine."""
        for run in runs:
            if run.foreign and run.job is not None and run.backend == self._scheduler.name:
                self.runs[run.id] = replace(run, stale=False, pending=None)

    def id_of(self, job: Job) -> str:
        """The id of the run that a job is."""
        return overlay.foreign_id(self._scheduler.name, job.cluster or self._machine, job.id)

    def show(self, run_id: str, job: Job, now: float) -> None:
        """Enters what the scheduler says of one."""
        known = self._known(job.id)
        if job.out is None and known is not None:
            job = replace(job, out=_of_task(known.out, job.id))
        if job.err is not None:
            self._errs[run_id] = job.err
        self.runs[run_id] = overlay.foreign(job, run_id, self._host, self._scheduler, now, self.runs.get(run_id))

    def dissolved(self, before: Mapping[str, Job], jobs: Mapping[str, Job]) -> list[str]:
        """Takes out the entries that stood for waiting tasks of an array, each of which is listed by itself now."""
        gone = [
            run_id
            for run_id, run in self.runs.items()
            if run.job not in jobs and (job := before.get(run.job or "")) and job.tasks and job.state not in ENDED
        ]
        for run_id in gone:
            del self.runs[run_id]
        return gone

    def missing(self, jobs: Mapping[str, Job]) -> list[str]:
        """The jobs that were there and are not listed any more."""
        return [run.job for run in self.runs.values() if run.job and not run.over and run.job not in jobs]

    def give_up(self, run_id: str, *, accounts: bool) -> None:
        """Ends one of which nobody knows anything any more; `accounts` is whether its scheduler keeps any."""
        run = self.runs[run_id]
        # One that had started would be in the accounts by now.
        seen = run if run.live or accounts else replace(run, state=RunState.RUNNING)
        end = overlay.gone(seen, None, self._scheduler.title)
        self.runs[run_id] = replace(run, state=RunState(end["state"]), reason=end["reason"])

    def forget(self, jobs: Mapping[str, Job]) -> None:
        """Lets go of the oldest that are over and not listed any more."""
        over = [run_id for run_id, run in self.runs.items() if run.over and run.job not in jobs]
        for run_id in over[: max(0, len(over) - KEPT)]:
            del self.runs[run_id]

    # Their logs.

    def pathless(self) -> list[str]:
        """Jobs of which it is not known where they write."""
        return [
            run.job
            for run in self.runs.values()
            if run.job and run.live and run.log_path is None and self._known(run.job) is None
        ]

    def paths(self, files: Mapping[str, Files], asked: Iterable[str]) -> None:
        """Enters where jobs write."""
        # All tasks of an array are told of by its number, or each by its own id.
        self._paths |= {job_id: files.get(job_id, Files()) for job_id in asked if number_of(job_id) not in files}
        self._paths |= files
        for run_id, run in self.runs.items():
            if run.job and run.log_path is None and (known := self._known(run.job)) and known.out:
                self.runs[run_id] = replace(run, log_path=_of_task(known.out, run.job), dir=run.dir or known.dir)
                if (err := _of_task(known.err, run.job)) is not None:
                    self._errs[run_id] = err

    def _known(self, job: str) -> Files | None:
        return self._paths.get(job) or self._paths.get(number_of(job))

    def logs(self, jobs: Mapping[str, Job]) -> list[dict[str, Any]]:
        """The logs for the host to read: of jobs that run, and the ends of those that ran."""
        return [
            {
                "run": run.id,
                "path": run.log_path,
                "err": self._errs.get(run.id),
                "started": run.started,
                "over": run.state.value if run.over else None,
            }
            for run in self.runs.values()
            if run.log_path not in (None, "/dev/null") and run.started is not None and (run.live or run.job in jobs)
        ]


def number_of(job: str | None) -> str:
    """The number of a job, without its task."""
    return (job or "").partition("_")[0].partition(".")[0]


def _of_task(path: str | None, job: str) -> str | None:
    task = job.partition(".")[2]
    return path.replace("$TASK_ID", task) if path and task else path
