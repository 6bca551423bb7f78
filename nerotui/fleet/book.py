"""What one host's folders and its scheduler have said, put together: which runs to show, what is missing, what is over.

It asks nobody anything: `nerotui.fleet.jobs` does, and enters the answers here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from nerotui.agent.states import ENDED, WAITING, RunState
from nerotui.backends import overlay
from nerotui.backends.jobs import Job, Scheduler
from nerotui.core.records import Run
from nerotui.fleet.strangers import Strangers, number_of

#: A word of the scheduler's that has not changed is dated anew only after so many seconds: rows are not redrawn for it.
DATED = 60.0
#: A job that is over is believed to have left its run without a word when it was seen so twice, so many seconds apart.
TWICE = 1.5
#: A job of which nobody knows anything is given up after so many seconds: accounting and shared folders may be late.
GONE = 20.0
#: A supervisor that wrote so many seconds ago is alive, whatever the scheduler says.
ALIVE = 90.0
#: How long a run may wait without a job before another is handed in: whoever submitted it gets time to do so.
UNCLAIMED, NEXT = 60.0, 15.0
#: A job that was submitted this much later than a run ended is another with a number that was given again.
REUSED = 300.0
#: How old an end may be of which the scheduler is asked whether it knows better.
DAY = 86400.0
#: The ends of which it may.
_TOLD_BETTER = frozenset((RunState.KILLED, RunState.FAILED, RunState.PREEMPTED))


class Verdict(msgspec.Struct, frozen=True):
    """An attempt that is over by its scheduler's word; `end` is None where its job's output has to be looked at."""

    run: Run
    end: overlay.End | None


class Book:
    """One host's.

    Args:
        host: nerotui's name of it.
        scheduler: which it has.
        machine: what identifies it where the scheduler does not say what its cluster is called.

    Attributes:
        records: the runs that were given to the scheduler, as their folders have them.
        jobs: what the scheduler last told, by the job's id.
        strangers: the jobs that nerotui did not start.
        seen: when the scheduler last told anything, seconds since the epoch.
    """

    def __init__(self, host: str, scheduler: Scheduler, machine: str) -> None:
        self.records: dict[str, Run] = {}
        self.jobs: dict[str, Job] = {}
        self._open: dict[str, Run] = {}
        self._refinable: dict[str, Run] = {}
        self.strangers = Strangers(host, scheduler, machine)
        self.seen: float | None = None
        self.accounts = True
        self._scheduler = scheduler
        self._tracked: dict[str, Run] = {}
        self._of_job: dict[str, str] = {}
        self._mine: dict[str, dict[str, None]] = {}
        self._known = -math.inf
        self._silent = False
        self._back: set[tuple[str, int]] = set()
        self._began: dict[str, float] = {}
        self._accounted: dict[str, Job] = {}
        self._marked: dict[str, Job] = {}
        self._over: dict[tuple[str, int], float] = {}
        self._ends: dict[tuple[str, int], overlay.End] = {}
        self._missed: dict[str, float] = {}
        self._asked: dict[str, int] = {}
        self._jobless: dict[tuple[str, int], float] = {}
        self._why: dict[tuple[str, int], str] = {}

    # What folders say.

    def take(self, run: Run) -> Run:
        """A run as its folder has it; as it is to be shown."""
        if run.backend == "track" and run.job is not None:
            self._tracked[run.job] = run
        if run.backend != self._scheduler.name or run.foreign:
            return run
        before = self.records.get(run.id)
        if run.live and (before is None or not before.live or before.attempt != run.attempt):
            self._began[run.id] = time.time()
        self.records[run.id] = run
        if run.job:
            self._of_job[run.job] = run.id
            self._mine.setdefault(number_of(run.job), {})[run.id] = None
        if run.over:
            self._open.pop(run.id, None)
        else:
            self._open[run.id] = run
        if run.over and run.state in _TOLD_BETTER and time.time() - (run.ended or 0.0) < DAY:
            self._refinable[run.id] = run
        else:
            self._refinable.pop(run.id, None)
        return self.shown(run)

    def drop(self, run_id: str) -> None:
        """Forgets a run that is gone."""
        for known in (self.records, self._open, self._refinable, self._began):
            known.pop(run_id, None)

    # What the scheduler says.

    def silent(self) -> None:
        """Notes that the scheduler did not answer; what it says next is dated anew, row by row."""
        self._silent = True

    def listed(self, jobs: Iterable[Job], now: float, *, handing_in: bool = False) -> list[str]:
        """Enters the list of all jobs.

        Args:
            jobs: all that the scheduler told of.
            now: when, seconds since the epoch.
            handing_in: whether a run was being handed in meanwhile, whose job is not known as such yet.

        Returns:
            Ids of foreign runs that are no more: they turned out to be nerotui's own, or to be several.
        """
        before, self.jobs = self.jobs, {job.id: job for job in jobs}
        self.seen = now
        self._marked = {}
        for job in sorted(self.jobs.values(), key=lambda job: (job.state not in ENDED, job.submitted or 0.0)):
            if job.run:
                self._marked[job.run] = job
        for job_id in [each for each in self._missed if each in self.jobs]:
            del self._missed[job_id]
        gone = self.strangers.dissolved(before, self.jobs)
        for job in self.jobs.values():
            run_id = self.strangers.id_of(job)
            known = self.strangers.runs.get(run_id)
            if self._is_mine(job):
                if self.strangers.runs.pop(run_id, None) is not None:
                    gone.append(run_id)
            elif known is None and (handing_in or (job.run and job.state in ENDED)):
                continue  # about to be known as nerotui's own; or refused, or of a run that was removed since
            elif known is None or self._silent or before.get(job.id) != job or now - (known.checked or 0.0) >= DATED:
                self.strangers.show(run_id, job, now)
        return gone

    def unlisted(self, now: float) -> list[str]:
        """Jobs that the list did not hold, or of which accounting knows more: it is to be asked about them."""
        wanted: dict[str, None] = {}
        for run in self._refinable.values():
            if run.job and run.job not in self._accounted and overlay.general(run) and self._asked.get(run.job, 0) < 3:
                wanted[run.job] = None
        for run in self._open.values():
            if run.job is not None and run.job not in self._accounted and self._listed(run) is None:
                self._missed.setdefault(run.job, now)
                wanted[run.job] = None
        for job_id in self.strangers.missing(self.jobs):
            self._missed.setdefault(job_id, now)
            wanted[job_id] = None
        return list(wanted)

    def accounted(self, jobs: Mapping[str, Job], asked: Iterable[str], now: float, *, off: bool) -> None:
        """Enters what accounting knows of the jobs that were asked about; `off` is whether there is none."""
        for job_id in asked:
            self._asked[job_id] = self._asked.get(job_id, 0) + 1
        for job in jobs.values():
            if job.state in ENDED:
                self._accounted[job.id] = job
        self._known = now - TWICE if self.accounts else -math.inf
        for job_id in self.strangers.missing(self.jobs):
            run_id = next(run.id for run in self.strangers.runs.values() if run.job == job_id and not run.over)
            if (ended := self._accounted.get(job_id)) is not None:
                self.strangers.show(run_id, ended, now)
            elif now - self._missed.get(job_id, now) >= GONE:
                self.strangers.give_up(run_id, accounts=self.accounts and not off)
        self.strangers.forget(self.jobs)

    # What follows from both.

    def shown(self, run: Run) -> Run:
        """A run of nerotui's as its row shows it."""
        job, key = self.job_of(run), (run.id, run.attempt)
        checked = self.seen if job is not None else None
        made = overlay.shown(run, job, checked, self._scheduler.title, self._why.get(key))
        end = self._ends.get(key)
        if end is None and run.waiting and job is None and self._missed.get(run.job or "", math.inf) <= self._known:
            # Most likely so; what proves it comes later, and then goes on the host's record.
            end = overlay.gone(run, None, self._scheduler.title)
        if end is not None and not run.over:
            made = overlay.ended(made, end, job)
        return made

    def job_of(self, run: Run) -> Job | None:
        """The job of a run, as last told, or as accounting has it."""
        job = self._listed(run)
        if run.job is not None and (job is None or job.state in ENDED):
            return self._accounted.get(run.job) or job
        return job

    def rows(self, shown: Mapping[str, Run]) -> list[Run]:
        """All runs whose rows change.

        Args:
            shown: the rows as they are.
        """
        found = []
        just_over = [
            run
            for job_id in self.jobs
            if (run := self.records.get(self._of_job.get(job_id, ""))) is not None and run.over
        ]
        for run in (*self._open.values(), *just_over):
            before, after = shown.get(run.id), self.shown(run)
            if before is None or self._silent or _differs(before, after):
                found.append(after)
        for run in self.strangers.runs.values():
            if (old := shown.get(run.id)) is None or self._silent or _differs(old, run):
                found.append(run)
        self._silent = False
        return found

    def verdicts(self, now: float, *, off: bool) -> list[Verdict]:
        """Attempts that are over by the scheduler's word, or of which nobody knows anything any more.

        Args:
            now: seconds since the epoch.
            off: whether no accounting will ever tell more.
        """
        found = []
        for run in (*self._open.values(), *self._refinable.values()):
            key = (run.id, run.attempt)
            if (job := self.job_of(run)) is not None:
                end = overlay.verdict(run, job, self._scheduler.title)
                if end is None:
                    self._over.pop(key, None)
                elif run.over or now - self._over.setdefault(key, now) >= TWICE:
                    found.append(Verdict(run, end))
            elif not run.over and run.job is not None and self._given_up(run, now, off=off):
                found.append(Verdict(run, None))
        return found

    def unsure(self) -> bool:
        """Whether something is to be looked at again soon."""
        over = any(run_id in self._open for run_id, _ in self._over)
        return over or any(run.waiting and run.job in self._missed for run in self._open.values())

    def ended(self, run: Run, end: overlay.End) -> None:
        """Notes the end of an attempt, to be shown even where the host cannot be told."""
        self._ends[(run.id, run.attempt)] = end

    def jobless(self, now: float) -> list[Run]:
        """Runs that have waited for long enough without a job that could start them."""
        found, keys = [], set()
        for run in self._open.values():
            if run.state is RunState.QUEUED and run.job is None:
                keys.add(key := (run.id, run.attempt))
                since = self._jobless.setdefault(key, now)
                if now - since >= (UNCLAIMED if run.attempt == 1 else NEXT):
                    found.append(run)
        self._jobless = {key: since for key, since in self._jobless.items() if key in keys}
        return found

    def waits_in_vain(self, run: Run, why: str, until: float) -> None:
        """Notes why a run has no job; it is not tried again before `until`."""
        self._why[(run.id, run.attempt)] = why
        self._jobless[(run.id, run.attempt)] = until

    def _given_up(self, run: Run, now: float, *, off: bool) -> bool:
        missed = self._missed.get(run.job or "")
        if missed is None or now - missed < GONE or not (off or self.accounts):
            return False
        return not (run.live and run.last_seen is not None and now - run.last_seen < ALIVE)

    def _listed(self, run: Run) -> Job | None:
        if run.job is None:
            job = self._marked.get(run.id) if run.waiting else None
            # The job of the attempt before may still be ending.
            return job if job is not None and (run.attempt == 1 or job.state in WAITING) else None
        job = self.jobs.get(run.job)
        if job is None and (number := number_of(run.job)) != run.job:
            array = self.jobs.get(number)
            job = array if array is not None and array.tasks and self._scheduler.is_task(run.job, array) else None
        if job is None or _reused(run, job):
            return None
        # What was listed before its supervisor spoke is older than what that said.
        if run.live and job.state in WAITING:
            if (self.seen or 0.0) <= self._began.get(run.id, 0.0):
                return replace(job, state=RunState.RUNNING, raw="", reason=None)
            self._back.add((run.id, run.attempt))
        elif (run.id, run.attempt) in self._back and job.state is RunState.RUNNING:
            return replace(job, state=RunState.STARTING)  # anew: its folder still tells of the start before
        elif run.live and job.state is RunState.STARTING:
            return replace(job, state=RunState.RUNNING)  # its supervisor has spoken since
        return job

    def _is_mine(self, job: Job) -> bool:
        """Whether a job carries out a run of nerotui's, or an attempt of one that is over."""
        if job.run and job.run.rstrip("*") in self.records:
            return True
        runs = [self._tracked.get(job.id), *map(self.records.get, self._mine.get(number_of(job.id), ()))]
        return any(run is not None and not _reused(run, job) for run in runs)


def _reused(run: Run, job: Job) -> bool:
    return run.ended is not None and job.submitted is not None and job.submitted > run.ended + REUSED


def _differs(before: Run, after: Run) -> bool:
    """Whether a row changes by more than the date of what it shows."""
    if before.checked is None or after.checked is None or after.checked - before.checked >= DATED:
        return True
    dated = {"checked": before.checked, "pending": before.pending}
    if after.foreign:
        dated["last_seen"] = before.last_seen
    return replace(after, **dated) != before
