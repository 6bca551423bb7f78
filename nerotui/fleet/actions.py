"""Changing runs: asked of the host at once, or kept for ten minutes while it is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from nerotui.agent.states import ACTIONS, MEANINGS, RunState, meaning
from nerotui.core.records import Pending, Run, Severity
from nerotui.errors import HostError, IllegalAction, NerotuiError, NoSuchRun, UsageError
from nerotui.fleet.host import HostTask
from nerotui.fleet.model import Model

#: Seconds that an action is kept for a host that is away.
KEEP = 600.0
#: Asking for these a second time is not the same as asking once, so a lost reply is not followed by a second try.
_NOT_TWICE = frozenset({"move"})


class Kept(msgspec.Struct, frozen=True):
    """An action that waits for its host: of which run and attempt, and what was meant."""

    run_id: str
    host: str
    attempt: int
    action: str
    args: dict[str, Any]
    timer: asyncio.TimerHandle


class Actions:
    """Carries out what a user asks for.

    Args:
        keep: whether actions for hosts that are away are kept; only a running console does.
    """

    def __init__(self, model: Model, tasks: Mapping[str, HostTask], who: str, *, readonly: bool, keep: bool) -> None:
        self._model = model
        self._tasks = tasks
        self._who = who
        self._readonly = readonly
        self._keep = keep
        self._kept: dict[str, Kept] = {}

    def allowed(self) -> None:
        """Checks that this console may change anything.

        Raises:
            IllegalAction: it may not.
        """
        if self._readonly:
            raise IllegalAction("this console only looks: it was started read-only", hint="start it without --readonly")

    async def act(self, run_id: str, word: str, args: dict[str, Any]) -> Run:
        """Asks a run's host for an action.

        Raises:
            NoSuchRun: no host reported this run.
            IllegalAction: it means nothing in the run's state, or this console is read-only.
            Refused: the host's own words.
            HostError: the host is away, and actions are not kept.
        """
        self.allowed()
        run = self._model.runs.get(run_id)
        if run is None:
            raise NoSuchRun(f"no host reported a run {run_id}")
        action = _host_action(run, word)
        task = self._tasks[run.host]
        try:
            await task.ready()
        except HostError:
            if not self._keep:
                raise
            return self._put(run, action, args)
        try:
            return await self._ask(task, run, action, args)
        except HostError as error:
            if not self._keep or action in _NOT_TWICE:
                raise _unsure(error, run, action) from None
            return self._put(run, action, args)

    def cancel(self, run_id: str) -> bool:
        """Drops an action that is kept for a host that is away; whether there was one."""
        kept = self._take(run_id)
        if kept is not None:
            self._say(kept, "info", "was cancelled before its host was back")
        return kept is not None

    @property
    def kept(self) -> tuple[str, ...]:
        """Ids of the runs with an action that waits for its host."""
        return tuple(self._kept)

    async def carry_out(self, host: str) -> None:
        """Does what was kept for a host that is back, each only if the run is provably the same."""
        for kept in [one for one in self._kept.values() if one.host == host]:
            self._take(kept.run_id)
            run = self._model.runs.get(kept.run_id)
            if (reason := _changed(run, kept)) or run is None:
                self._say(kept, "warning", f"was dropped: {reason}")
            elif run.pending is not None and run.pending.action == kept.action:
                self._say(kept, "info", "had reached its host before the connection broke")
            else:
                await self._now(kept, run)

    def close(self) -> None:
        """Forgets what is kept: only a running console keeps anything."""
        for run_id in list(self._kept):
            self._take(run_id)

    async def _now(self, kept: Kept, run: Run) -> None:
        try:
            await self._ask(self._tasks[kept.host], run, kept.action, kept.args)
        except HostError:
            if kept.action in _NOT_TWICE:
                self._say(kept, "warning", "was sent as the connection broke; whether it was done is not known")
            else:
                self._put(run, kept.action, kept.args)
        except NerotuiError as error:
            self._say(kept, "error", f"failed: {error}")
        else:
            self._say(kept, "info", "was carried out: its host is back")

    async def _ask(self, task: HostTask, run: Run, action: str, args: dict[str, Any]) -> Run:
        # Before the host answers, the row shows what was asked for.
        self._model.pending(run.id, Pending(action=action, since=time.time()))
        try:
            after = await task.act(run, action, self._who, args)
        finally:
            self._model.pending(run.id, None)
        if after is None:
            return self._model.runs.get(run.id, run)
        if action == "remove":
            return after
        return task.reply(after)

    def _put(self, run: Run, action: str, args: dict[str, Any]) -> Run:
        self._take(run.id)
        now = time.time()
        timer = asyncio.get_running_loop().call_later(KEEP, self._expire, run.id)
        self._kept[run.id] = Kept(run.id, run.host, run.attempt, action, args, timer)
        self._model.pending(run.id, Pending(action=action, since=now, away=True, until=now + KEEP))
        self._say(self._kept[run.id], "warning", f"is kept until its host is back, {KEEP / 60:.0f} minutes at most")
        return self._model.runs.get(run.id, run)

    def _take(self, run_id: str) -> Kept | None:
        kept = self._kept.pop(run_id, None)
        if kept is not None:
            kept.timer.cancel()
            self._model.pending(run_id, None)
        return kept

    def _expire(self, run_id: str) -> None:
        if (kept := self._take(run_id)) is not None:
            self._say(kept, "warning", f"was dropped: its host did not come back within {KEEP / 60:.0f} minutes")

    def _say(self, kept: Kept, severity: Severity, what: str) -> None:
        run = self._model.runs.get(kept.run_id)
        name = run.name if run else kept.run_id
        self._model.say(severity, f"{kept.action} of {name} on {kept.host} {what}", host=kept.host, run=kept.run_id)


def _host_action(run: Run, word: str) -> str:
    """The host's action for a user's word.

    Raises:
        UsageError: there is no such word.
        IllegalAction: it means nothing in the run's state.
    """
    if word not in ACTIONS and word not in MEANINGS:
        raise UsageError(f"there is no action '{word}'", hint=f"there are: {', '.join([*ACTIONS, *MEANINGS])}")
    action = meaning(word, run.state)
    if action is None:
        states = MEANINGS.get(word) or ACTIONS[word]
        needed = " or ".join(state for state in RunState if state in states)
        last_known = ", as last known" if run.stale else ""
        raise IllegalAction(
            f"{run.name} ({run.id}) is {run.state.value}{last_known}: {word} means nothing there",
            hint=f"{word} is for a run that is {needed}",
        )
    return str(action)


def _changed(run: Run | None, kept: Kept) -> str | None:
    """Why a run is not the one that was meant, or None if it provably is."""
    if run is None:
        return "the run is gone"
    if run.host != kept.host or run.stale:
        return f"{kept.host} no longer has it"
    if run.attempt != kept.attempt:
        return f"it is at attempt {run.attempt} now, not {kept.attempt}"
    if run.state not in ACTIONS[kept.action]:
        return f"it is {run.state.value} now"
    return None


def _unsure(error: HostError, run: Run, action: str) -> HostError:
    return type(error)(
        f"{error}; whether {action} of {run.name} ({run.id}) was done is not known",
        hint=f"look with: nerotui show {run.id}",
    )
