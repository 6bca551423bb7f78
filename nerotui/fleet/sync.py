"""The fleet for plain scripts: the same verbs without `await`; the loop runs in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar

from nerotui.channels import Prompter
from nerotui.config import LOCAL, Config
from nerotui.core.records import Host, Load, Message, Run, RunDetail, Series
from nerotui.core.spec import RunSpec
from nerotui.errors import NerotuiError
from nerotui.fleet.fleet import PATIENCE, Fleet
from nerotui.fleet.follow import LogChunk

T = TypeVar("T")


def connect(
    *hosts: str,
    config: Config | None = None,
    readonly: bool = False,
    prompter: Prompter | None = None,
    timeout: float = PATIENCE,
) -> SyncFleet:
    """Connects to hosts and waits until each has answered or failed.

    >>> with nerotui.connect("gpu1") as fleet:  # doctest: +SKIP
    ...     run = fleet.submit(["python", "train.py"], host="gpu1", gpus=1)
    ...     print(fleet.wait(run.id).state)

    Args:
        hosts: names of hosts and groups; none for all that are configured.
        config: default what the user's files say.
        readonly: refuse everything that would change a run.
        prompter: whom to ask about host keys and passwords; None refuses what would have to be asked.
        timeout: seconds to wait at most; hosts that have not answered by then go on connecting.

    Raises:
        UsageError: a name is neither a host nor a group.
        ConfigError: the user's files cannot be read as they stand.
    """
    made = Fleet(config, hosts=hosts or None, readonly=readonly, prompter=prompter)
    return SyncFleet(made, timeout)


class SyncFleet:
    """A `Fleet` for code that does not await. Made by `connect`; a context manager; usable from any one thread.

    Errors are those of `Fleet`.
    """

    def __init__(self, fleet: Fleet, timeout: float) -> None:
        self._fleet = fleet
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="nerotui", daemon=True)
        self._open = True
        self._thread.start()
        try:
            self._wait(self._begin(timeout))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all connections. Runs go on."""
        if self._open:
            self._wait(self._fleet.close())
            self._open = False
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    @property
    def hosts(self) -> dict[str, Host]:
        """All hosts by name, as known now."""
        return dict(self._fleet.hosts)

    @property
    def runs(self) -> dict[str, Run]:
        """All runs by full id, as known now."""
        return self._call(lambda: dict(self._fleet.runs))

    @property
    def messages(self) -> list[Message]:
        """What happened, oldest first."""
        return list(self._fleet.messages)

    def find(self, text: str) -> Run:
        """The run that an id, an unambiguous beginning of one, or a name means; see `Fleet.resolve`."""
        return self._wait(self._fleet.resolve(text, changing=False))

    def submit(self, command: Sequence[str] | RunSpec, host: str = LOCAL, **more: Any) -> Run:
        """Queues a command and returns its run.

        Args:
            command: the argument list, or a whole RunSpec.
            host: a host or group.
            more: further fields of RunSpec: name, dir, env, setup, gpus, params, …
        """
        spec = command if isinstance(command, RunSpec) else RunSpec(command=tuple(command), **more)
        run, _ = self._wait(self._fleet.submit(spec, host))
        return run

    def submit_many(self, specs: Sequence[RunSpec], host: str = LOCAL) -> list[Run]:
        """Queues several runs and returns them; a scheduler gets those that wish the same of it as one array."""
        return [run for run, _ in self._wait(self._fleet.submit_many(specs, host))]

    def act(self, run_id: str, action: str, **args: Any) -> Run:
        """Asks for a change of a run; see `Fleet.act`."""
        return self._wait(self._fleet.act(run_id, action, **args))

    def refusals(self, host: str) -> Mapping[str, str]:
        """What a host's site has refused this user, by the action; see `Fleet.refusals`."""
        return self._call(lambda: self._fleet.refusals(host))

    def wait(self, run_id: str, timeout: float | None = None) -> Run:
        """Waits until a run's attempt is over, or `timeout` seconds; the run as it is then."""
        return self._wait(self._fleet.wait(run_id, timeout))

    def show(self, run_id: str) -> RunDetail:
        """Everything that the host holds of a run apart from log and points."""
        return self._wait(self._fleet.show(run_id))

    def why(self, run_id: str) -> str:
        """In one sentence, why a run waits."""
        return self._wait(self._fleet.why(run_id))

    def load(self, run_id: str, max: int = 200) -> Load:
        """The load of a run and its host over time."""
        return self._wait(self._fleet.load(run_id, max))

    def read_log(self, run_id: str, offset: int = 0, length: int = 1 << 20) -> tuple[bytes, int]:
        """Bytes of a run's log, and the log's size."""
        return self._wait(self._fleet.read_log(run_id, offset, length))

    def follow(self, run_id: str, *, tail: int = 262144, offset: int | None = None) -> Iterator[LogChunk]:
        """A run's log as it is written, until its attempt is over and all of it has been read."""
        follower = self._call(lambda: self._fleet.follow(run_id, tail=tail, offset=offset))
        try:
            while (chunk := self._wait(_next(follower))) is not None:
                yield chunk
                if chunk.event == "end":
                    return
        finally:
            if self._open:
                self._wait(follower.aclose())

    def points(self, run_id: str, *, max_points: int | None = None, names: Sequence[str] | None = None) -> list[Series]:
        """The points of a run, as they are now."""

        async def gather() -> list[Series]:
            found: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
            async with self._fleet.points(run_id, max_points=max_points, names=names, follow=False) as batches:
                async for batch in batches:
                    if batch.reset:
                        found.clear()
                    for series in batch.series:
                        found.setdefault((series.name, series.x), []).extend(series.points)
            return [Series(name=name, x=x, points=tuple(points)) for (name, x), points in found.items()]

        return self._wait(gather())

    async def _begin(self, timeout: float) -> None:
        await self._fleet.__aenter__()
        await self._fleet.settled(timeout)

    def _call(self, function: Callable[[], T]) -> T:
        async def call() -> T:
            return function()

        return self._wait(call())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if not self._open or threading.current_thread() is self._thread:
            work.close()
            raise NerotuiError("this fleet is closed" if not self._open else "a callback must not wait for the fleet")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()


async def _next(follower: Any) -> LogChunk | None:
    chunk: LogChunk | None = await anext(follower, None)
    return chunk
