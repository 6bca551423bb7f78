"""The fleet: all hosts and runs of a user behind one object. Command line, console and scripts all stand on it."""

from __future__ import annotations

import asyncio
import getpass
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from nerotui import config as configuration
from nerotui.channels import Channel, Prompter, channel_for
from nerotui.channels.limiter import Limiter
from nerotui.config import LOCAL, Config, HostConfig
from nerotui.core.records import Host, Message, Preview, Run
from nerotui.core.spec import RunSpec
from nerotui.errors import NerotuiError
from nerotui.fleet import lookup, reading
from nerotui.fleet.actions import Actions
from nerotui.fleet.cache import Cache
from nerotui.fleet.change import Change
from nerotui.fleet.host import HostTask
from nerotui.fleet.model import Model
from nerotui.fleet.reader import Reader
from nerotui.fleet.submit import preview, submit, submit_many

#: Seconds that closing waits for connections to end; what has not by then is abandoned.
CLOSING = 5.0
#: Seconds that looking for a run waits for a host's answer.
PATIENCE = 15.0


class Fleet(Reader):
    """Hosts, their runs, and what can be asked of them.

    Use it as an async context manager. Entering returns at once: each host connects in a task of its own, and one
    that is down costs the others nothing. `hosts`, `runs` and `messages` hold what is known now; `subscribe` tells
    of changes.

    Args:
        config: default what the user's files say.
        hosts: names of hosts and groups to restrict the fleet to; default all.
        readonly: refuse everything that would change a run.
        prompter: whom to ask about host keys and passwords; None refuses what would have to be asked.
        keep_actions: keep actions for hosts that are away, ten minutes at most; for a running console.
        cache: read and keep the last known state on this machine.
        eager: connect to all hosts at once; otherwise to each when it is first needed.
        channels: makes the channel of a host; default what its configuration says.

    Raises:
        ConfigError: the user's files cannot be read as they stand.
        UsageError: a name in `hosts` is neither a host nor a group.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        hosts: Sequence[str] | None = None,
        readonly: bool = False,
        prompter: Prompter | None = None,
        keep_actions: bool = False,
        cache: bool = True,
        eager: bool = True,
        channels: Callable[[HostConfig], Channel] | None = None,
    ) -> None:
        self.config = config if config is not None else configuration.load()
        self.readonly = readonly
        self.who = _who()
        names = tuple(self.config.hosts) if hosts is None else self.config.members(hosts)
        chosen = [self.config.hosts[name] for name in names]
        self._model = Model(Host(name=host.name, address=host.address, user=host.user) for host in chosen)
        self._limiter = Limiter()
        self._prompter = prompter
        self._channels = channels or self._channel
        self._interval = 1.0
        self._eager = eager
        self._tasks = {host.name: self._host_task(host) for host in chosen}
        self._actions = Actions(self._model, self._tasks, self.who, readonly=readonly, keep=keep_actions)
        self._cache = Cache(self._model, self._tasks) if cache else None
        self._caching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._cache is not None:
            self._caching = asyncio.create_task(self._cache.run(), name="cache")
        if self._eager:
            for task in self._tasks.values():
                task.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends all connections and tasks. Runs go on; actions that were kept are forgotten."""
        self._actions.close()
        if self._caching is not None:
            self._caching.cancel()
            await asyncio.wait([self._caching])
        ends = [self._cache.save()] if self._cache is not None else []
        ends += [asyncio.create_task(task.close()) for task in self._tasks.values()]
        if ends:
            await asyncio.wait(ends, timeout=CLOSING)
        self._model.changes.close()

    # What is known.

    @property
    def hosts(self) -> dict[str, Host]:
        """All hosts by name, in the configuration's order; changed in place."""
        return self._model.hosts

    @property
    def runs(self) -> dict[str, Run]:
        """All runs by full id; changed in place."""
        return self._model.runs

    @property
    def messages(self) -> list[Message]:
        """What happened, oldest first; only the newest are kept."""
        return self._model.messages

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Calls back once for each turn of the loop in which something changed; what is returned ends that."""
        return self._model.changes.subscribe(callback)

    def find(self, text: str) -> Run:
        """The run that an id, an unambiguous beginning of one, or a name means, over what is known now.

        Raises:
            NoSuchRun: none is known.
            AmbiguousRun: several could be meant.
        """
        return lookup.find(self._model, text)

    def short(self, run_id: str) -> str:
        """The shortest beginning of an id, of at least 4 characters, that no other known run has."""
        return self._model.prefixes.short(run_id)

    # Waiting for hosts, and how often they are looked at.

    async def settled(self, timeout: float | None = None) -> list[str]:
        """Waits until each host has answered or failed; the names of those that did neither within `timeout`."""
        waits = {name: asyncio.create_task(task.answer()) for name, task in self._tasks.items()}
        try:
            await asyncio.wait(waits.values(), timeout=timeout)
        finally:
            for wait in waits.values():
                wait.cancel()
        return [name for name, task in self._tasks.items() if not task.answered]

    async def refresh(self, host: str | None = None) -> None:
        """Connects now to hosts that are down, and asks those that are up for a sample.

        Args:
            host: one of them; default all.
        """
        for task in self._tasks.values() if host is None else [self._task(host)]:
            task.hurry()

    def attend(self, interval: float) -> None:
        """Samples hosts each `interval` seconds: 1 while somebody looks, 10 while nobody does."""
        self._interval = interval
        for task in self._tasks.values():
            task.attend(interval)

    async def resolve(self, text: str, *, changing: bool, timeout: float = PATIENCE) -> Run:
        """The run that a user means, confirmed by its host.

        Args:
            text: an id, an unambiguous beginning of one, or a name that only one run has.
            changing: whether the run will be changed: then anything but a whole id is refused while a host that might
                know another match has not answered.
            timeout: seconds to wait for hosts that are still connecting.

        Raises:
            NoSuchRun: no host that answered knows it.
            AmbiguousRun: several runs could be meant.
            Unreachable: a host that might know it, or another, does not answer.
        """
        if self._cache is not None:
            await self._cache.loaded.wait()
        return await lookup.resolve(self._model, self._tasks, text, changing=changing, timeout=timeout)

    # Changing things.

    async def submit(self, spec: RunSpec, host: str = LOCAL) -> tuple[Run, tuple[str, ...]]:
        """Queues a run on a host, or on the host of a group that can take it soonest.

        Returns:
            The run as its host reports it, and sentences that the user should read.

        Raises:
            IllegalAction: this fleet is read-only.
            UsageError: there is no such host or group, or the request makes no sense.
            Refused: the host's own words.
            HostError: the host, or every host of the group, is away.
        """
        self._actions.allowed()
        return await submit(self._model, self._tasks, self.config, spec, host, self.who)

    async def submit_many(self, specs: Sequence[RunSpec], host: str = LOCAL) -> list[tuple[Run, tuple[str, ...]]]:
        """Queues several runs; see `submit`. A cluster gets those that ask the same of it as one array of jobs."""
        self._actions.allowed()
        return await submit_many(self._model, self._tasks, self.config, specs, host, self.who)

    async def preview(self, spec: RunSpec, host: str = LOCAL) -> Preview:
        """What queueing a run would do: its document, and on a cluster the job script and the command. Nothing is done.

        Raises:
            NerotuiError: as `submit`.
        """
        return await preview(self._model, self._tasks, self.config, spec, host, self.who)

    async def act(self, run_id: str, action: str, *, yield_: bool = False, **args: Any) -> Run:
        """Asks for a change of a run. Its state moves when the host says so; until then the run shows it as pending.

        Args:
            run_id: the whole id.
            action: hold, release, freeze, thaw, yield, kill, retry, move, remove; or pause and resume, whose meaning
                depends on the run's state.
            yield_: with pause: ask a running run to checkpoint and free its GPU, instead of freezing it.
            args: kill: grace (seconds), now; yield: signal, wait (seconds), held; move: to ("up", "down", "front",
                "back"); retry: held.

        Returns:
            The run with what is pending. Where the host is away and actions are kept, `run.pending.away` is true.

        Raises:
            NoSuchRun: no host reported this run.
            IllegalAction: it means nothing in the run's state, or this fleet is read-only.
            Refused: the host's own words.
            HostError: the host is away, and actions are not kept.
        """
        run = self.runs.get(run_id)
        if action == "pause" and yield_ and (run is None or not run.waiting):
            action = "yield"
        return await self._actions.act(run_id, action, args)

    def refusals(self, host: str) -> Mapping[str, str]:
        """What a host's site has refused this user, in plain words, by the action; it is not tried a second time.

        Besides actions there are "move up" and "limit up": a site may let a job be set back, but not brought forward.
        """
        jobs = self._task(host).jobs
        return {} if jobs is None else dict(jobs.refusals)

    async def survey(self, host: str | None = None) -> None:
        """Asks what the partitions of hosts with a scheduler have free, for `Host.partitions`.

        Args:
            host: one of them; default all that are connected.

        Raises:
            RunError: the scheduler of the host that was named does not say.
        """
        chosen = self._tasks.values() if host is None else [self._task(host)]
        asked = [task.jobs.survey() for task in chosen if task.jobs is not None and task.is_up]
        for said in await asyncio.gather(*asked, return_exceptions=host is None):
            if isinstance(said, BaseException) and not isinstance(said, NerotuiError):
                raise said

    def cancel_pending(self, run_id: str) -> bool:
        """Drops the action that is kept for a run whose host is away; whether there was one."""
        return self._actions.cancel(run_id)

    async def wait(self, run_id: str, timeout: float | None = None) -> Run:
        """Waits until a run's attempt is over, through reconnects; the run as it is then, or when `timeout` is over.

        Raises:
            NoSuchRun: no host reported this run, or it was removed.
        """
        return await reading.wait(self._model, run_id, timeout)

    def _host_task(self, host: HostConfig) -> HostTask:
        return HostTask(
            host, self._model, lambda: self._channels(host), self._back, self._interval, readonly=self.readonly
        )

    def _channel(self, host: HostConfig) -> Channel:
        return channel_for(host, prompter=self._prompter, limiter=self._limiter)

    async def _back(self, host: str) -> None:
        await self._actions.carry_out(host)


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "?"
    return f"{user}@{socket.gethostname()}"
