"""One host's scheduler, asked at intervals: one query for all jobs, however many, and none while nobody looks."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from nerotui.backends.acting import Asked
from nerotui.backends.asking import Forbidden
from nerotui.backends.engine import BatchBackend
from nerotui.backends.jobs import Unreadable
from nerotui.backends.waiting import wait_of
from nerotui.channels.link import Link
from nerotui.core.records import Run
from nerotui.core.text import clean
from nerotui.errors import HostError, NerotuiError, RunError, Unreachable
from nerotui.fleet import decode
from nerotui.fleet.book import Book
from nerotui.fleet.model import Model
from nerotui.fleet.settling import Settling

#: Seconds between two questions where the configuration does not say.
INTERVAL = 30.0
#: After the user's own action it is asked each so many seconds, for so long.
QUICK, WHILE = 2.0, 10.0
#: Who attends at intervals of this many seconds or more does not look.
NOBODY = 10.0
#: Seconds that an overview of partitions is new enough.
FRESH = 20.0
#: How accounting that is switched off says so.
_OFF = ("disabled", "not enabled", "no program")


class Jobs:
    """Keeps what a host's scheduler says in the model, for as long as one connection lives.

    Attributes:
        book: what is known.
        refusals: what this site does not let this user do, by the action: the explanation on that key.
        first: set once the scheduler has answered, or failed to.
        follow: told which logs of jobs that nerotui did not start are to be read on the host.
    """

    def __init__(
        self,
        name: str,
        model: Model,
        backend: BatchBackend,
        link: Link,
        *,
        poll: float | None,
        readonly: bool,
        interval: float,
    ) -> None:
        hello = link.hello
        machine = str(hello.get("machine_id") or hello.get("hostname") or name)
        self.book = Book(name, backend.scheduler, machine)
        self.refusals: dict[str, str] = {}
        self.first = asyncio.Event()
        self.follow: Callable[[list[dict[str, Any]]], None] = _nobody
        self._name = name
        self._model = model
        self._backend = backend
        self._link = link
        self._user = str(hello.get("user") or "")
        self._poll = poll or INTERVAL
        self._readonly = readonly
        self._attended = interval < NOBODY
        self._quick_until = 0.0
        self._wake = asyncio.Event()
        self._looking = asyncio.Lock()
        self._off = False
        self._surveyed = 0.0
        self._handing = 0
        self._handed = False
        self._settling = Settling(name, model, backend, link, self.book, self)

    # What is told.

    def take(self, run: Run) -> Run:
        """A run as its host reported it; as it is to be shown."""
        return self.book.take(run)

    def read(self, items: Iterable[dict[str, Any]]) -> None:
        """What the host read in the logs of jobs that nerotui did not start."""
        changed = []
        for item in items:
            run = self.book.strangers.runs.get(str(item.get("id")))
            if run is not None:
                run = self.book.strangers.runs[run.id] = decode.read_of(item, run)
                changed.append(run)
        self._model.report(self._name, changed)

    def owns(self, run: Run) -> bool:
        """Whether a run is this scheduler's."""
        return run.backend == self._backend.name and (not run.foreign or run.job is not None)

    def keeps(self, run_id: str) -> bool:
        """Whether a run is a job that no list of the host's own runs will ever hold."""
        return run_id in self.book.strangers.runs

    # When it is asked.

    def attend(self, interval: float) -> None:
        """Somebody looks, or nobody does."""
        before, self._attended = self._attended, interval < NOBODY
        if self._attended and not before:
            self._wake.set()

    def hurry(self) -> None:
        """Asks soon, and often for a while: somebody did something."""
        self._quick_until = time.monotonic() + WHILE
        self._wake.set()

    async def run(self) -> None:
        """Asks for as long as it is not cancelled."""
        asked = -1e9
        while True:
            now = time.monotonic()
            quick = now < self._quick_until or self._settling.busy or self.book.unsure()
            due = asked + (min(QUICK, self._poll) if quick else self._poll)
            if (self._attended or quick) and now >= due:
                self._wake.clear()
                await self._look_or_say()
                asked = time.monotonic()
                continue
            wait = None if not self._attended and not quick else max(0.05, due - now)
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
                self._wake.clear()
            except TimeoutError:
                continue

    async def _look_or_say(self) -> None:
        """Looks; a mistake of nerotui's in that costs this one look, and is said."""
        try:
            await self.look()
        except HostError:
            raise
        except Exception as unforeseen:
            what = f"nerotui made a mistake over its jobs: {clean(f'{type(unforeseen).__name__}: {unforeseen}')}"
            if self._model.hosts[self._name].jobs_note != what:
                self._model.say("error", f"{self._name}: {what}", host=self._name)
            self._model.host(self._name, jobs_note=what)

    async def look(self) -> None:
        """Asks once, and puts what is new into the model."""
        async with self._looking:
            try:
                self._handed = self._handing > 0
                jobs = await self._backend.jobs(self._link, self._user)
            except (RunError, Unreachable) as error:
                self._silent(error)
            else:
                now = time.time()
                own = self.book.listed(jobs, now, handing_in=self._handed)
                self._model.report(self._name, (), own)
                note = await self._account(now)
                await self._find_files()
                self.tell()
                self._model.host(self._name, jobs_seen=now, jobs_note=note)
                if not self._readonly:
                    await self._settling.carry_on(time.time(), off=self._off)
            finally:
                self.first.set()

    async def survey(self) -> None:
        """Asks what the partitions have, unless that was asked a moment ago.

        Raises:
            RunError: the scheduler does not say.
        """
        if time.monotonic() - self._surveyed < FRESH:
            return
        self._surveyed = time.monotonic()
        try:
            found = await self._backend.partitions(self._link)
        except BaseException:
            self._surveyed = 0.0
            raise
        self._model.host(self._name, partitions=tuple(found))

    # What is asked for.

    @contextlib.contextmanager
    def handing_in(self) -> Iterator[None]:
        """Around the handing in of a run: a job may be listed a moment before it is known whose it is."""
        self._handing += 1
        self._handed = True
        try:
            yield
        finally:
            self._handing -= 1
            self.hurry()

    def wait_for(self, document: Mapping[str, Any]) -> tuple[str, ...]:
        """The jobs that a run has to wait for.

        Raises:
            Refused: it could never start.
        """
        return wait_of(document, lambda run_id: self.book.records.get(run_id), self._backend.name)

    async def act(self, run: Run, action: str, who: str, args: dict[str, Any]) -> Run | None:
        """Asks for a change of a run; the run as its host has it then, None where the next answer will tell.

        Raises:
            Forbidden: the site does not let this user do that; it is not tried a second time.
            RunError: the scheduler or the host refused.
            HostError: no answer.
        """
        kind = _kind(action, args, run)
        if (known := self.refusals.get(kind)) is not None and not self._set_back(run, kind):
            raise Forbidden(f"{self._name}: {known}")
        there = self.book.records.get(run.id, run)
        if there.job is None and (job := self.book.job_of(there)) is not None:
            there = replace(there, job=job.id)  # put back by its scheduler; its folder does not say so yet
        wait: tuple[str, ...] = ()
        if action in ("retry", "release") and not run.foreign:
            shown = await self._link.request("show", run=run.id)
            wait = self.wait_for(shown.get("spec") or {})
        try:
            with self.handing_in():
                asked = Asked(self._backend, self._link, there, action, who, args, self.book.jobs, wait)
                record = await asked.carried_out()
        except Forbidden as error:
            self.refusals[kind] = str(error).removeprefix(f"{self._name}: ")
            self._model.host(self._name)
            raise
        if action == "kill" and there.live and not run.foreign:
            grace = 0.0 if args.get("now") else float(args.get("grace") or 10.0)
            self._settling.see_to_it(run, grace)
        if record is None:
            await self.look()
            return None
        with decode.understanding(self._name, f"the answer to {action}"):
            return decode.run(record, self._name)

    def _set_back(self, run: Run, kind: str) -> bool:
        """Whether a job may be brought forward where others may not: its owner has set it back before."""
        job = self.book.jobs.get(run.job or "")
        return kind == "move up" and job is not None and job.nice > 0

    # Steps of a look.

    def _silent(self, error: NerotuiError) -> None:
        """The scheduler does not answer: what it last said stays, with its age."""
        self.book.silent()
        words = clean(str(error)).removeprefix(f"{self._name}: ")
        self._model.host(self._name, jobs_note=f"{self._backend.scheduler.title} does not answer: {words}")

    async def _account(self, now: float) -> str | None:
        """Asks the accounting about jobs that are not listed any more; what it does not tell, as a sentence."""
        wanted = self.book.unlisted(now)
        if not wanted or self._off:
            self.book.accounted({}, wanted, now, off=self._off)
            return None
        try:
            found = await self._backend.ended(self._link, wanted, self._user)
        except Unreadable as error:
            words = clean(str(error))
            self._off = any(told in words for told in _OFF)
            self.book.accounts = self._off
            self.book.accounted({}, wanted, now, off=self._off)
            return None if self._off else f"{self._backend.scheduler.title}'s accounting does not answer: {words}"
        self.book.accounts = True
        self.book.accounted(found, wanted, now, off=False)
        return None

    async def _find_files(self) -> None:
        if wanted := self.book.strangers.pathless():
            try:
                files = await self._backend.files(self._link, wanted)
            except Unreadable:
                files = {}  # the job has just ended; accounting tells of it
            # One that is not in the answer is not asked about for ever.
            self.book.strangers.paths(files, {*files, wanted[0]})

    def tell(self) -> None:
        """Puts all rows that change into the model."""
        self._model.report(self._name, self.book.rows(self._model.runs))
        self.follow(self.book.strangers.logs(self.book.jobs))


def _nobody(_: list[dict[str, Any]]) -> None:
    """Where no log is read."""


def _kind(action: str, args: Mapping[str, Any], run: Run) -> str:
    """An action as a site allows it or not: up is another matter than down, once it runs also with its time limit."""
    if action == "move":
        return "move up" if args.get("to") in ("up", "front") else "move down"
    if action == "limit" and run.live:
        seconds = args.get("seconds")
        return "limit up" if seconds is None or seconds > (run.time_limit or 0.0) else "limit down"
    return action
