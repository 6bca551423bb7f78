"""One host's task: connect, listen, and when the connection ends, try again. Nothing that goes wrong leaves it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from nerotui.backends import backend_for
from nerotui.backends.engine import BatchBackend
from nerotui.backends.process import ProcessBackend
from nerotui.channels import Channel
from nerotui.channels.backoff import Backoff
from nerotui.channels.link import Link
from nerotui.config import HostConfig
from nerotui.core.records import Run
from nerotui.core.text import clean
from nerotui.errors import Disconnected, HostError, NoAgent, Unreachable
from nerotui.fleet import decode
from nerotui.fleet.jobs import Jobs
from nerotui.fleet.model import Model
from nerotui.fleet.reports import Reports
from nerotui.fleet.wish import watched

#: Seconds for connecting, and for the agent to come up.
CONNECT = 20.0
#: A connection that lived this many seconds was a good one: the next tries begin with the shortest wait.
GOOD = 30.0
#: Seconds without a sign of life, beyond three intervals, after which the agent is asked whether it is there.
SILENCE = 10.0
#: Seconds that it then has for its answer.
ALIVE = 10.0
#: Seconds for a host to tell all its runs.
LISTING = 120.0
#: Seconds that a first sample may be late before the host counts as having answered without one.
SAMPLE = 5.0

#: A host's own queue, or its scheduler's.
Backend = ProcessBackend | BatchBackend


class HostTask:
    """Keeps one host's part of the model true for as long as the fleet lives.

    Attributes:
        name: the host's name.
        config: how it is reached.
        hello: what its agent said of itself; {} before that.
        failure: why it is not up, if it is not.
        closed: whether it will never be up again.
        jobs: what its scheduler says, while it is connected and has one.
    """

    def __init__(
        self,
        config: HostConfig,
        model: Model,
        channel: Callable[[], Channel],
        on_up: Callable[[str], Awaitable[None]],
        interval: float,
        *,
        readonly: bool = False,
    ) -> None:
        self.name = config.name
        self.config = config
        self.hello: dict[str, Any] = {}
        self.failure: HostError | None = None
        self.closed = False
        self.jobs: Jobs | None = None
        self._readonly = readonly
        self._model = model
        self._reports = Reports(config, model)
        self._reports.wish.granted = self._granted
        self._channel = channel
        self._on_up = on_up
        self._interval = interval
        self._link: Link | None = None
        self._backend: Backend | None = None
        self._task: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self._decided = asyncio.Event()
        self._answered = asyncio.Event()
        self._wake = asyncio.Event()
        self._said = ""

    def start(self) -> None:
        """Begins to connect, if it has not."""
        if self._task is None and not self.closed:
            self._task = asyncio.create_task(self._live(), name=f"host {self.name}")

    async def close(self) -> None:
        """Ends the task and its connection; whoever waits for it hears that it is closed."""
        self.closed = True
        self.failure = Disconnected(f"{self.name}: closed")
        self._decided.set()
        self._up.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._ending is not None:
            await asyncio.wait([self._ending])

    @property
    def is_up(self) -> bool:
        """Whether it is connected and has reported all its runs."""
        return self._up.is_set() and not self.closed

    @property
    def answered(self) -> bool:
        """Whether it has reported or failed at least once."""
        return self._answered.is_set()

    async def answer(self) -> None:
        """Waits until it has reported or failed once."""
        self.start()
        await self._answered.wait()

    async def up(self) -> None:
        """Waits until it is connected and has reported, however often it fails before."""
        self.start()
        if not self.closed:
            await self._up.wait()

    async def ready(self, timeout: float = CONNECT * 2) -> tuple[Link, Backend]:
        """The link and the backend, waiting only for a connection that is just being made.

        Raises:
            HostError: it is down, or its first connection takes too long.
        """
        self.start()
        try:
            async with asyncio.timeout(timeout):
                await self._decided.wait()
        except TimeoutError:
            raise Unreachable(f"{self.name}: no answer within {timeout:g} s") from None
        if self._link is not None and self._backend is not None and self._up.is_set():
            return self._link, self._backend
        why = self.failure or Disconnected(f"{self.name}: not connected")
        raise type(why)(str(why), hint=why.hint)

    async def request(self, op: str, timeout: float = 10.0, **args: Any) -> dict[str, Any]:
        """Asks the agent.

        Raises:
            RunError: the host said no.
            HostError: it is down, or did not answer in time.
        """
        link, _ = await self.ready()
        return await link.request(op, timeout, **args)

    async def act(self, run: Run, action: str, who: str, args: dict[str, Any]) -> Run | None:
        """Asks for a change of a run; the run as its host has it then, None where its row tells what came of it.

        Raises:
            RunError: the host, or its scheduler, refused.
            HostError: it is down, or did not answer.
        """
        link, _ = await self.ready()
        if self.jobs is not None and self.jobs.owns(run):
            return await self.jobs.act(run, action, who, args)
        if watched(run):
            args = {**args, "pid": run.pid}  # the very process that was seen, or none
        reply = await ProcessBackend().act(link, run, action, who=who, args=args)
        with decode.understanding(self.name, f"the answer to {action}"):
            return decode.run(reply, self.name)

    def reply(self, run: Run) -> Run:
        """Takes a run that came as an answer to a request; as it is shown now."""
        return self._reports.reply(run)

    def forget(self, run_id: str) -> None:
        """Takes a run out of the model that its host was just asked to remove."""
        self._model.report(self.name, (), [run_id])
        if self.jobs is not None:
            self.jobs.book.drop(run_id)

    def attend(self, interval: float) -> None:
        """Samples each `interval` seconds from now on."""
        if interval != self._interval:
            self._interval = interval
            self._wake.set()
            if self.jobs is not None:
                self.jobs.attend(interval)

    @property
    def _pace(self) -> float:
        return max(self._interval, self.config.poll or 0.0)

    def hurry(self) -> None:
        """Tries to connect now, where it waits to; asks for a sample now, where it is connected."""
        self.start()
        self._wake.set()
        if self.jobs is not None:
            self.jobs.hurry()

    async def _live(self) -> None:
        backoff = Backoff()
        while True:
            began = time.monotonic()
            try:
                error = await self._connected()
            except HostError as failed:
                error = failed
            except Exception as unforeseen:  # the boundary: a mistake in nerotui costs this host, not the others
                what = clean(f"{type(unforeseen).__name__}: {unforeseen}")
                error = NoAgent(f"{self.name}: nerotui made a mistake here: {what}", hint="please report it")
            if time.monotonic() - began > GOOD:
                backoff.succeeded()
            await self._rest(error, backoff.failed())

    async def _connected(self) -> HostError:
        """Connects and listens until the connection ends; why it did."""
        wanted = self.config
        link = await Link.open(
            self._channel(), root=wanted.root, python=wanted.python, slots=wanted.slots, deadline=CONNECT
        )
        try:
            self._backend = backend_for(self.config.backend, link.hello, self.name)
            self.hello = link.hello
            self.jobs = self._reports.jobs = self._scheduler(link, self._backend)
            self._reports.greet(link.hello, self._backend.name)
            self._link = link
            self._decided.clear()
            link.on_push = self._push
            return await self._listen(link)
        finally:
            self._link = None
            self._up.clear()
            await self._end(link)

    async def _end(self, link: Link) -> None:
        """Closes a link in a task of its own: being cancelled meanwhile must not leave a process or socket behind."""
        self._ending = asyncio.create_task(link.close(), name=f"end of link to {self.name}")
        await asyncio.shield(self._ending)

    async def _listen(self, link: Link) -> HostError:
        ended = asyncio.create_task(link.closed())
        asking: asyncio.Task[None] | None = None
        try:
            self._wake.clear()
            await self._watch(link, runs=True)
            await self._reports.wish.begin(link)
            await self._listed(ended)
            if self.jobs is not None:
                asking = asyncio.create_task(self._ask(self.jobs), name=f"jobs of {self.name}")
            while not ended.done():
                await self._listen_on(link, ended)
            return ended.result() or Disconnected(f"{self.name}: the connection was closed")
        finally:
            ended.cancel()
            self._reports.wish.end()
            if asking is not None:
                asking.cancel()
                await asyncio.wait([asking])

    async def _listed(self, ended: asyncio.Task[HostError | None]) -> None:
        """Waits until all runs have been told; then it is up."""
        listed = asyncio.create_task(self._reports.listed.wait())
        try:
            await asyncio.wait([ended, listed], return_when=asyncio.FIRST_COMPLETED, timeout=LISTING)
        finally:
            listed.cancel()
        if ended.done():
            return
        if not self._reports.listed.is_set():
            raise Unreachable(f"{self.name}: connected, but its runs were not told within {LISTING:g} s")
        self._up.set()
        self._decided.set()
        self._welcome()
        asyncio.get_running_loop().call_later(SAMPLE, self._answered.set)
        if self._reports.sampled:
            self._told()
        await self._on_up(self.name)

    async def _listen_on(self, link: Link, ended: asyncio.Task[HostError | None]) -> None:
        """Waits for the end, a wish, or a silence that is too long, and does what each asks for."""
        wake = asyncio.create_task(self._wake.wait())
        patience = 3 * self._pace + SILENCE
        try:
            await asyncio.wait([ended, wake], return_when=asyncio.FIRST_COMPLETED, timeout=patience)
        finally:
            wake.cancel()
        if ended.done():
            return
        if self._wake.is_set():
            self._wake.clear()
            await self._watch(link)
        elif time.monotonic() - self._reports.heard > patience:
            await link.request("stats", ALIVE)

    async def _watch(self, link: Link, **more: bool) -> None:
        await link.request("watch", stats=self._pace, **more)

    async def _rest(self, error: HostError, delay: float) -> None:
        """Says that the host is away, and waits for the next try."""
        self.failure = error
        if str(error) != self._said:
            self._said = str(error)
            self._model.say("error", str(error), host=self.name)
        self._model.away(self.name)
        retry_at = time.time() + delay if error.retry else None
        self._model.host(
            self.name, state="down", error=str(error), hint=error.hint or None, retry_at=retry_at, connected=None
        )
        self._decided.set()
        self._answered.set()
        self._wake.clear()
        try:
            async with asyncio.timeout(delay if error.retry else None):
                await self._wake.wait()
                # A person asked: the row says that it is being tried, not that it waits.
                self._model.host(self.name, state="connecting", retry_at=None)
        except TimeoutError:
            self._model.host(self.name, retry_at=None)

    def _welcome(self) -> None:
        """Says that it is up, now that all of its runs are known."""
        self._model.host(self.name, state="up", error=None, hint=None, connected=time.time())
        if self.failure is not None:
            self._model.say("info", f"{self.name} is back", host=self.name)
        self.failure = None
        self._said = ""

    def _push(self, message: dict[str, Any]) -> None:
        self._reports.take(message)
        self._told()

    def _told(self) -> None:
        """Counts as having answered once its runs, a sample, its scheduler's jobs and what their logs say are known."""
        if self._up.is_set() and (self.jobs is None or self.jobs.first.is_set()) and not self._reports.wish.pending:
            self._answered.set()

    def _granted(self) -> None:
        if self._reports.sampled:
            self._told()

    def _scheduler(self, link: Link, backend: Backend) -> Jobs | None:
        if not isinstance(backend, BatchBackend):
            return None
        poll = self.config.poll
        jobs = Jobs(self.name, self._model, backend, link, poll=poll, readonly=self._readonly, interval=self._interval)
        jobs.book.strangers.remember(self._model.reported(self.name))
        jobs.follow = self._reports.wish.logs
        return jobs

    async def _ask(self, jobs: Jobs) -> None:
        """Asks the scheduler for as long as the connection lives."""
        first = asyncio.create_task(jobs.first.wait())
        first.add_done_callback(lambda _: self._told())
        try:
            await jobs.run()
        except HostError:
            return  # the connection is ending, which is told by whoever waits for it
        finally:
            first.cancel()
