"""What follows from a scheduler's word: ends put on the host's record, missing jobs handed in, kills seen through."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

from nerotui.agent.states import WAITING
from nerotui.backends import overlay
from nerotui.backends.engine import BatchBackend
from nerotui.channels.link import Link
from nerotui.core.records import Run
from nerotui.core.text import clean
from nerotui.errors import RunError
from nerotui.fleet import decode
from nerotui.fleet.book import Book, Verdict
from nerotui.fleet.model import Model

#: Beyond the grace that a kill gives, so many seconds pass before its job is cancelled.
BEYOND = 10.0
#: A wish that the scheduler declined is not tried again by itself for so many seconds.
LATER = 600.0
#: So often an end is put before a host that does not take it.
TRIES = 3


class Looker(Protocol):
    """Who looks at the scheduler."""

    def hurry(self) -> None:
        """Looks soon."""
        ...

    def tell(self) -> None:
        """Puts all rows that change into the model."""
        ...

    def wait_for(self, document: Mapping[str, Any]) -> tuple[str, ...]:
        """The jobs that a run has to wait for."""
        ...


class Settling:
    """Does it for one connection. A console that only looks has none of it done."""

    def __init__(self, name: str, model: Model, backend: BatchBackend, link: Link, book: Book, looker: Looker) -> None:
        self._name = name
        self._model = model
        self._backend = backend
        self._link = link
        self._book = book
        self._looker = looker
        self._judged: dict[tuple[str, int], int] = {}
        self._kills: dict[str, tuple[int, float]] = {}

    @property
    def busy(self) -> bool:
        """Whether a kill is still to be seen through."""
        return bool(self._kills)

    def see_to_it(self, run: Run, grace: float) -> None:
        """Cancels a run's job if its supervisor has not ended it some time after the grace."""
        self._kills[run.id] = (run.attempt, time.monotonic() + grace + BEYOND)

    async def carry_on(self, now: float, *, off: bool) -> None:
        """Puts on the host's record what the scheduler proved, and hands in what has no job.

        Args:
            now: seconds since the epoch.
            off: whether no accounting will ever tell more.
        """
        for verdict in self._book.verdicts(now, off=off):
            await self._judge(verdict)
        for run in self._book.jobless(now):
            await self._hand_in(run, now)
        for run_id, (attempt, until) in list(self._kills.items()):
            record = self._book.records.get(run_id)
            if record is None or record.over or record.attempt != attempt:
                del self._kills[run_id]
            elif time.monotonic() > until:
                del self._kills[run_id]
                await self._cancel(record)

    async def _judge(self, verdict: Verdict) -> None:
        run, end = verdict.run, verdict.end
        key = (run.id, run.attempt)
        tried = self._judged[key] = self._judged.get(key, 0) + 1
        if tried > (1 if run.over else TRIES):
            return
        try:
            if end is None:
                told = (await self._link.request("show", run=run.id)).get("job") or {}
                end = overlay.gone(run, told.get("out"), self._backend.scheduler.title)
            record = await self._backend.judge(self._link, run, end)
            self._book.ended(run, end)
            self._take(record)
        except RunError:
            # Its supervisor has just spoken, or lives: the host's own word is better than the scheduler's.
            self._judged[key] = tried

    async def _hand_in(self, run: Run, now: float) -> None:
        """Sees to it that a run has a job: whoever submitted it, or its last attempt, may have been cut off."""
        title = self._backend.scheduler.title
        self._book.waits_in_vain(run, f"it is being handed to {title}", now)
        try:
            shown = await self._link.request("show", run=run.id)
            record = shown["run"]
            if record.get("job") is None and record.get("state") in WAITING:
                known = await self._backend.recovered(self._link, record, list(self._book.jobs.values()))
                wait = self._looker.wait_for(shown.get("spec") or {})
                record = known or await self._backend.again(self._link, run.id, wait)
                self._looker.hurry()
            self._take(record)
        except RunError as error:
            words = clean(str(error)).removeprefix(f"{self._name}: ")
            self._book.waits_in_vain(run, words, now + LATER)
            self._looker.tell()
            self._model.say("warning", f"{run.name} on {self._name} waits without a job: {words}", run=run.id)

    async def _cancel(self, run: Run) -> None:
        """A kill that its supervisor did not carry out: the scheduler does."""
        job = self._book.job_of(run)
        if job is None or job.id not in self._book.jobs:
            return
        command = self._backend.scheduler.act("kill", job, {"now": False})
        if command is not None:
            await self._backend.ask(self._link, command)
            self._looker.hurry()

    def _take(self, record: dict[str, Any]) -> None:
        with decode.understanding(self._name, "a run"):
            run = decode.run(record, self._name)
        self._model.report(self._name, [self._book.take(run)])
