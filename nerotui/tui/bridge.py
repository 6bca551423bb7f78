"""The one module that knows both the fleet and the console: news becomes messages, wishes become calls on the fleet."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.message import Message as TextualMessage

from nerotui.agent.states import RunState
from nerotui.core.records import Host, Message, Run, RunDetail
from nerotui.core.views import schedulers
from nerotui.core.views.spans import Notice
from nerotui.errors import NerotuiError
from nerotui.tui.messages import FleetChanged, Ready, Said
from nerotui.tui.outlet import beat
from nerotui.tui.overview import Overview
from nerotui.tui.refused import Refusals
from nerotui.tui.watching import Watching

if TYPE_CHECKING:
    from nerotui.channels import Prompter
    from nerotui.config import Config
    from nerotui.fleet import Change, Fleet, LogLine
    from nerotui.tui.screens.wanted import Asked

#: Seconds between two repaints for what must be seen soon: a host comes or goes, somebody is told something, or the
#: user has just done something.
PACE = 0.1
#: For how long after that what comes of it is looked out for, seconds.
JUST_DONE = 2.0
#: Seconds between two repaints while the terminal's window is not looked at.
PACE_UNSEEN = 10.0
#: Seconds between those for samples of load, which hosts send once a second, each at another moment.
PACE_SAMPLES = 1.0
#: Attempts whose reports are offered, the newest.
REPORTS = 8
#: A repaint looks at every run: with many of them there are fewer, one a second for so many.
RUNS_A_SECOND = 100_000


def sentence(error: NerotuiError) -> str:
    """An error as the user reads it: what happened, and what to do."""
    what = str(error)
    if not error.hint:
        return what
    return f"{what}{'' if what.endswith(('.', '?', '!')) else '.'} {error.hint[:1].upper()}{error.hint[1:]}"


class Bridge:
    """A fleet behind the main screen.

    Args:
        config: what the user configured.
        hosts: the hosts and groups to show; None for all.
        readonly: whether nothing may be changed.

    Attributes:
        said: what this console did, as messages.
        log_path: the file on its host that is shown in place of the selected run's log, called `log_name`.
        reconsider: makes questions of hosts that the user declined be asked again.
        watching: the streams of the selected run, once there is a fleet; `overview` what asks clusters for what they
            have to give.
    """

    def __init__(self, config: Config, *, hosts: Sequence[str] | None = None, readonly: bool = False) -> None:
        self.config = config
        self.readonly = readonly
        self.interval = 1.0
        self._wanted = hosts
        self._fleet: Fleet | None = None
        self._ending: asyncio.Task[None] | None = None
        self._post: Callable[[TextualMessage], object] = lambda message: None
        self._seen = True
        self._hosts: set[str] = set()
        self._runs: set[str] = set()
        self._messages = False
        self._reach: dict[str, object] = {}
        self._reached = False
        self._flush: asyncio.TimerHandle | None = None
        self._flushed = float("-inf")
        self._done = float("-inf")
        self.said: list[Message] = []
        self.reconsider: Callable[[], None] = lambda: None
        self.log_name = ""
        self.log_path: str | None = None
        self._selected: str | None = None
        self.watching: Watching | None = None
        self.overview: Overview | None = None

    # What is known.

    @property
    def hosts(self) -> Mapping[str, Host]:
        """All hosts by name."""
        if self._fleet is not None:
            return self._fleet.hosts
        names = self.config.hosts if self._wanted is None else self.config.members(self._wanted)
        return {name: Host(name=name) for name in names}

    @property
    def runs(self) -> Mapping[str, Run]:
        """All runs by full id."""
        return self._fleet.runs if self._fleet is not None else {}

    @property
    def messages(self) -> list[Message]:
        """What happened, by the fleet and by this console, oldest first."""
        told = list(self._fleet.messages) if self._fleet is not None else []
        return sorted([*told, *self.said], key=lambda message: message.time)

    @property
    def who(self) -> str:
        """The user as events name them."""
        return self._fleet.who if self._fleet is not None else ""

    @property
    def scope(self) -> str:
        """What is watched, in the user's words."""
        return " + ".join(self._wanted) if self._wanted else ""

    @property
    def targets(self) -> tuple[str, ...]:
        """Where a run can be sent: hosts and groups, the default one first."""
        names = [*self.hosts, *self.config.groups]
        first = self.config.defaults.host
        return tuple(dict.fromkeys([first, *names] if first else names))

    def scheduler_of(self, target: str) -> str | None:
        """The scheduler of a host, or of a group's first host that has one; None where there is none."""
        names = (target,) if target in self.hosts else self.config.groups.get(target, ())
        known = (self.hosts[name] for name in names if name in self.hosts)
        return next((host.backend for host in known if schedulers.scheduled(host)), None)

    @property
    def refusals(self) -> Refusals:
        """What sites of clusters do not let this user do, as far as it was tried."""
        if self._fleet is None:
            return {}
        clusters = [name for name, host in self.hosts.items() if schedulers.scheduled(host)]
        return {name: known for name in clusters if (known := self._fleet.refusals(name))}

    @property
    def under_way(self) -> list[Run]:
        """Runs with an action that only this console keeps, until their host is back."""
        return [run for run in self.runs.values() if run.pending is not None and run.pending.away]

    @property
    def counts(self) -> dict[str, int]:
        """How many runs are in which situation, for the line that stays when the console closes."""
        runs = self.runs.values()
        return {
            "running": sum(run.live for run in runs),
            "waiting": sum(run.waiting for run in runs),
            "done": sum(run.state is RunState.DONE for run in runs),
            "ended otherwise": sum(run.over and run.state is not RunState.DONE for run in runs),
        }

    def short(self, run_id: str) -> str:
        """A run's id as short as it is unambiguous."""
        return self._fleet.short(run_id) if self._fleet is not None else run_id[:4]

    def find(self, text: str) -> Run:
        """The run that a prefix or a name means; raises NoSuchRun or AmbiguousRun."""
        return self._there().find(text)

    # Its life.

    async def run(self, prompter: Prompter, post: Callable[[TextualMessage], object]) -> None:
        """Connects and stays connected until cancelled. Call it after the first frame: it imports what is heavy."""
        self._post = post
        module = await asyncio.to_thread(importlib.import_module, "nerotui.fleet")
        if any(self.config.hosts[name].connect == "asyncssh" for name in self.hosts if name in self.config.hosts):
            await asyncio.to_thread(importlib.import_module, "nerotui.channels.ssh")
        fleet: Fleet = module.Fleet(
            self.config, hosts=self._wanted, readonly=self.readonly, prompter=prompter, keep_actions=True
        )
        await fleet.__aenter__()
        self._fleet = fleet
        fleet.attend(self.interval)
        self._doing()
        unsubscribe = fleet.subscribe(self._changed)
        self.watching = Watching(fleet, post)
        self.overview = Overview(fleet)
        post(Ready())
        try:
            await self.overview.run()
        finally:
            unsubscribe()
            # A task of its own: being cancelled again, as Textual may do, must not leave connections half closed.
            self._ending = asyncio.create_task(self._end(fleet, self.watching))
            await asyncio.shield(self._ending)

    async def ended(self, patience: float) -> None:
        """Waits until the connections that were open are closed."""
        if self._ending is not None:
            await asyncio.wait([self._ending], timeout=patience)

    async def _end(self, fleet: Fleet, watching: Watching) -> None:
        if self._flush is not None:
            self._flush.cancel()
        await watching.close()
        await fleet.close()

    def attend(self, interval: float, *, seen: bool = True) -> None:
        """How often to look at the hosts, and whether anybody sees it."""
        self._seen = seen
        if seen:
            self.interval = interval
        if self._fleet is not None:
            self._fleet.attend(interval if seen else max(interval, PACE_UNSEEN))
        if self.watching is not None:
            self.watching.pace(PACE if seen else PACE_UNSEEN)
        if self.overview is not None:
            self.overview.seen = seen
            self.overview.changed()
        if seen and self._flush is not None:
            self._flush.cancel()
            self._tell()

    def _changed(self, change: Change) -> None:
        self._hosts |= change.hosts
        self._runs |= change.runs
        self._messages = self._messages or bool(change.messages)
        for name in change.hosts:
            host = self.hosts.get(name)
            reach = host and (
                *(host.state, host.error, host.note, host.retry_at, host.slots, host.stats is None),
                *(host.backend, host.jobs_note, host.partitions),
            )
            if self._reach.get(name) != reach:
                self._reach[name], self._reached = reach, True
                if self.overview is not None:
                    self.overview.changed()
        loop = asyncio.get_running_loop()
        due = self._due(loop.time())
        if self._flush is None or due < self._flush.when():
            if self._flush is not None:
                self._flush.cancel()
            self._flush = loop.call_at(due, self._tell)

    def _due(self, now: float) -> float:
        """When what has come since the last repaint is to be seen."""
        if not self._seen:
            return max(now, self._flushed + PACE_UNSEEN)
        if not (self._runs or self._reached or self._messages):
            return beat(max(now, self._flushed + PACE_SAMPLES / 2), PACE_SAMPLES)
        busy = len(self.runs) / RUNS_A_SECOND
        if self._reached or self._messages or now < self._done + JUST_DONE:
            return max(now, self._flushed + max(PACE, busy))
        return beat(max(now, self._flushed + max(PACE, busy)))

    def _doing(self) -> None:
        """What the user does is seen at once, and what comes of it soon."""
        self._done = asyncio.get_running_loop().time()

    def _tell(self) -> None:
        self._flush = None
        self._flushed = asyncio.get_running_loop().time()
        news = FleetChanged(frozenset(self._hosts), runs := frozenset(self._runs), self._messages, self._reached)
        self._hosts.clear()
        self._runs.clear()
        self._messages = self._reached = False
        self._post(news)
        if self.watching is not None:
            self.watching.changed(runs)

    def _there(self) -> Fleet:
        if self._fleet is None:
            raise NerotuiError("the hosts are not connected yet", hint="try again in a moment")
        return self._fleet

    # What the user wishes. Each says what came of it.

    async def act(self, run: Run, action: str, **args: Any) -> None:
        """Asks an action of the very attempt that the user saw."""
        fleet = self._there()
        self._doing()
        now = fleet.runs.get(run.id)
        if now is None or now.attempt != run.attempt:
            changed = "is gone" if now is None else "has begun another attempt"
            self._post(Said(f"{run.name} {changed} meanwhile: nothing was sent", "warning", run.id, kind="toast"))
            return
        done = await fleet.act(run.id, action, **args)
        if done.pending is not None and done.pending.away:
            host = run.host
            text = f"{host} is away: {action} of {run.name} is kept until it is back, ten minutes at most; Esc cancels"
            # The fleet says so among the messages.
            self._post(Said(text, "warning", run.id, host, kind="toast", kept=False))

    async def submit(self, asked: Asked) -> str | None:
        """Queues a run; gives the reason in words if it cannot be."""
        self._doing()
        try:
            run, notes = await self._there().submit(asked.spec, asked.host)
        except NerotuiError as error:
            return sentence(error)
        self._post(Said(" ".join((f"{run.name} is queued on {run.host}.", *notes)), run=run.id))
        return None

    def cancel_pending(self, run: Run) -> None:
        """Forgets the action that waits for the run's host."""
        self._doing()
        if self._there().cancel_pending(run.id):
            action = run.pending.action if run.pending is not None else "action"
            self._post(Said(f"The {action} of {run.name} is cancelled: nothing was sent.", run=run.id))

    async def refresh(self, host: str | None) -> None:
        """Asks now; connects again to a host that is down, and asks again what was declined."""
        self.reconsider()
        self._doing()
        await self._there().refresh(host)

    async def show(self, run_id: str) -> RunDetail:
        """Everything that the host holds of a run."""
        return await self._there().show(run_id)

    async def why(self, run_id: str) -> str:
        """Why a run waits."""
        return await self._there().why(run_id)

    async def read_log(self, run_id: str, offset: int, length: int) -> tuple[bytes, int]:
        """Bytes of a run's log, or of the file that is shown in its place, and the size of that."""
        return await self._there().read_log(run_id, offset, length, path=self.log_path)

    async def find_in_log(self, run_id: str, pattern: str, **how: Any) -> tuple[int, int] | None:
        """Where a pattern is next found in what is shown; the host searches."""
        return await self._there().find_in_log(run_id, pattern, path=self.log_path, **how)

    async def log_line(self, run_id: str, offset: int) -> LogLine:
        """Which line of what is shown an offset is in, and how many there are."""
        return await self._there().log_line(run_id, offset, path=self.log_path)

    async def log_files(self, run: Run) -> list[tuple[str, str | None]]:
        """What there is to read of a run: its log (path None), and what its program reported, an attempt a file."""
        host = self.hosts.get(run.host)
        if host is None or host.root is None:
            return [("", None)]
        found: list[tuple[str, str | None]] = [("", None)]
        for attempt in range(max(1, run.attempt - REPORTS + 1), run.attempt + 1):
            path = f"{host.root}/runs/{run.id}/reported/{attempt}.jsonl"
            _, size = await self._there().read_log(run.id, 0, 0, path=path)
            if size:
                found.append(("reported" if run.attempt == 1 else f"reported {attempt}", path))
        return found

    def show_file(self, name: str, path: str | None) -> None:
        """Shows a file in place of the selected run's log, until another run is selected."""
        self.log_name, self.log_path = name, path
        if self.watching is not None:
            self.watching.file(path)

    def watch(self, run_id: str | None, others: Sequence[str]) -> None:
        """Follows this run's log, points and detail from now on, and the points of the others."""
        if run_id != self._selected:
            self._selected, self.log_name, self.log_path = run_id, "", None
        if self.watching is not None:
            self.watching.select(run_id, others)

    def look_at(self, host: str | None) -> None:
        """Has what a cluster has to give asked soon: its host is being looked at."""
        if self.overview is not None and host is not None:
            self.overview.want(host)

    def watch_tree(self, run_id: str | None) -> None:
        """Looks at this run's processes from now on, or at none's."""
        if self.watching is not None:
            self.watching.tree(run_id)


def waiting_notice(hosts: Mapping[str, Host]) -> Notice:
    """Why the runs table is empty."""
    down = [host for host in hosts.values() if host.state == "down"]
    if any(host.state == "connecting" for host in hosts.values()):
        return Notice(kind="loading", text="Asking the hosts for their runs…")
    if hosts and len(down) == len(hosts):
        return Notice(kind="error", text="No host answers.", hint=down[0].error or "")
    return Notice(
        kind="empty", text="No runs yet.", hint="Press a to add one, or in a shell: nerotui run -- python train.py"
    )
