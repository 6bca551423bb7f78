"""Changing what a scheduler has: of whom an action is asked, in which order, and what a refusal becomes.

What concerns a running run is asked of its supervisor, through its folder. What waits is changed at the scheduler
first, which may refuse. Jobs that nerotui did not start know only the scheduler's commands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from nerotui.agent.states import LIVE, WAITING, RunState
from nerotui.backends.asking import Declined, Forbidden
from nerotui.backends.engine import BatchBackend
from nerotui.backends.jobs import Job
from nerotui.backends.process import PATIENCE, ProcessBackend
from nerotui.channels.link import Link
from nerotui.core.records import Run
from nerotui.errors import IllegalAction

Record = dict[str, Any]

#: How often, and after how many seconds each, an action is tried again while its job is between two states.
TRIES, AGAIN = 5, 1.0

#: What is done to a waiting run's job before its entry is touched; `remove` takes it out of the queue.
_AT_THE_JOB = {"hold": "hold", "kill": "kill", "remove": "kill", "limit": "limit"}


class Asked:
    """One action, asked of one run.

    Args:
        backend: the host's.
        link: the way to the host.
        run: as its folder has it, or a foreign one as it is shown.
        action: one of `nerotui.agent.states.ACTIONS`.
        who: who asks.
        args: as the action takes them.
        jobs: what the scheduler last told, by the job's id.
        wait: the jobs that another job of this run would have to wait for.
    """

    def __init__(
        self,
        backend: BatchBackend,
        link: Link,
        run: Run,
        action: str,
        who: str,
        args: Record,
        jobs: Mapping[str, Job],
        wait: Sequence[str],
    ) -> None:
        self._backend = backend
        self._scheduler = backend.scheduler
        self._link = link
        self._run = run
        self._action = action
        self._who = who
        self._args = args
        self._jobs = jobs
        self._wait = wait
        self._job = (jobs.get(run.job) or Job(id=run.job, raw="", state=None)) if run.job else _of(run, jobs)

    async def carried_out(self) -> Record | None:
        """Does it.

        Returns:
            The run's record as it is now; None where only the scheduler's next answer will tell.

        Raises:
            Forbidden: the site does not let this user do that.
            Declined: the scheduler said no.
            RunError: the host refused.
            HostError: no answer; whether it was carried out is not known.
        """
        if self._run.foreign:
            if self._job is None:
                return await self._entry()
            await self._command(self._action, self._job)
            return None
        if self._run.waiting:
            return await self._waiting()
        if self._run.live:
            return await self._live()
        record = await self._entry()
        if self._action == "retry" and record.get("state") == "queued":
            return await self._another(record)
        return record

    async def _live(self) -> Record | None:
        job = self._job
        if job is not None and self._action == "thaw" and self._run.state is RunState.RUNNING:
            await self._command("thaw", job)
            return None  # suspended by its scheduler, which its supervisor cannot know
        if job is not None and self._action == "limit" and _beyond(self._args.get("seconds"), self._run, job):
            await self._command("limit", job)
        return await self._entry()

    async def _waiting(self) -> Record | None:
        action, job = self._action, self._job
        if action == "release":
            return await self._release()
        if action == "move":
            if job is None:
                raise IllegalAction(f"{self._run.name} ({self._run.id}) has no job yet that could change its place")
            await self._command("move", job)
            return None
        if job is not None and action in _AT_THE_JOB:
            await self._command(_AT_THE_JOB[action], job)
        if action == "hold" and self._run.state is RunState.HELD:
            return None
        return await self._entry()

    async def _release(self) -> Record | None:
        record = None
        if self._run.state is RunState.HELD:
            # The entry first: a job that starts at once must find something to do.
            record = await self._entry()
        if self._job is not None and await self._waits(self._job):
            await self._command("release", self._job)
        elif record is not None:
            return await self._another(record)
        return record

    async def _entry(self) -> Record:
        """Asks the run's folder: its entry in the queue, or its supervisor."""
        own = ProcessBackend()
        return await own.act(self._link, self._run, self._action, who=self._who, args=self._args)

    async def _another(self, record: Record) -> Record:
        """Hands in the job of an attempt that was just asked for; where that is refused, the attempt is over."""
        attempt = int(record.get("attempt") or self._run.attempt)
        try:
            return await self._backend.again(self._link, self._run.id, self._wait)
        except Declined as error:
            end = {"state": "failed", "reason": str(error), "exit_code": None, "signal": None}
            await self._link.request("judge", PATIENCE, run=self._run.id, attempt=attempt, end=end, who=self._who)
            raise

    async def _waits(self, job: Job) -> bool:
        """Whether a job is still there, as its scheduler says now: what it last told may be old."""
        for each in await self._backend.jobs(self._link, str(self._link.hello.get("user") or "")):
            if each.id == job.id or (each.tasks and self._scheduler.is_task(job.id, each)):
                return each.state is None or each.state in WAITING | LIVE
        return False

    async def _command(self, action: str, job: Job) -> None:
        command = self._scheduler.act(action, job, self._args, tuple(self._jobs.values()))
        if command is None:
            raise Forbidden(f"{self._scheduler.title} has no way to {_words(action)} a job")
        output = await self._backend.ask(self._link, command)
        for _ in range(TRIES):
            if not self._scheduler.transient(output):
                break
            await asyncio.sleep(AGAIN)
            output = await self._backend.ask(self._link, command)
        refusal = self._scheduler.refusal(action, output)
        if refusal is not None:
            kind = Forbidden if self._scheduler.forbidden(action, output) else Declined
            raise kind(f"{self._link.host}: {refusal}")


def _of(run: Run, jobs: Mapping[str, Job]) -> Job | None:
    """The job that the scheduler has put back for a run's next attempt, of which the record does not know yet."""
    there = (job for job in jobs.values() if job.run == run.id and job.state in WAITING | LIVE)
    return None if run.foreign or run.over else next(there, None)


def _beyond(seconds: float | None, run: Run, job: Job) -> bool:
    """Whether a new time limit lies beyond what the scheduler grants the job now."""
    limit = job.limit if job.limit is not None else run.time_limit
    return limit is not None and (seconds is None or seconds > limit)


def _words(action: str) -> str:
    return {"limit": "change the time limit of", "remove": "forget", "freeze": "suspend"}.get(action, action)
