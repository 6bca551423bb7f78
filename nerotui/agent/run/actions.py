"""What people ask of a run: done at once to one that waits or ended, asked of a live one's supervisor."""

import os
import shutil
import signal
import time
from typing import Any, Dict, NoReturn, Optional

from nerotui.agent import durable
from nerotui.agent.durations import spelled
from nerotui.agent.errors import AgentError
from nerotui.agent.foreign.track import refusal
from nerotui.agent.processes import identity
from nerotui.agent.queue import launch, recovery
from nerotui.agent.queue.queue import CLAIMED, HELD, WAITS, Entry, Queue
from nerotui.agent.run import attempts, events, submission
from nerotui.agent.run.layout import Root
from nerotui.agent.run.requests import Requests
from nerotui.agent.run.status import Status
from nerotui.agent.run.upkeep import GONE
from nerotui.agent.states import ACTIONS, WAITING, RunState
from nerotui.agent.supervise import closing

#: A supervisor that has put an end on record gets this long, in seconds, to let go of the run.
LETTING_GO = 3.0
#: A time limit beyond this many seconds, three centuries, is a mistake.
FOREVER = 1e10

Record = Dict[str, Any]


def act(
    root: Root,
    queue: Queue,
    record: Record,
    entry: Optional[Entry],
    action: str,
    who: Optional[str],
    attempt: Optional[int],
    args: Dict[str, Any],
) -> None:
    """Carries out an action, or puts it on record; durable when it returns.

    Raises:
        AgentError: bad_request, illegal.
    """
    if action not in ACTIONS:
        raise AgentError("bad_request", "no action {!r}".format(action), "one of " + ", ".join(sorted(ACTIONS)))
    if attempt is not None and attempt != record["attempt"]:
        raise AgentError(
            "illegal",
            "{} is at attempt {} by now, and attempt {} was meant".format(record["id"], record["attempt"], attempt),
            "look at it again",
        )
    refused = refusal(durable.read_json(root.run(record["id"]).spec) or {}, record["pid"], record["name"], action)
    if refused is not None:
        raise refused
    state = RunState(record["state"])
    if state not in ACTIONS[action]:
        raise AgentError("illegal", "cannot {} {}: it is {}".format(action, record["id"], state.value), "")
    _Actor(root, queue, record, entry, who, args).do(action, state)


class _Actor:
    def __init__(
        self,
        root: Root,
        queue: Queue,
        record: Record,
        entry: Optional[Entry],
        who: Optional[str],
        args: Dict[str, Any],
    ) -> None:
        self._root = root
        self._queue = queue
        self._run = str(record["id"])
        self._attempt = int(record["attempt"])
        self._entry = entry
        self._who = who
        self._args = args
        self._folder = root.run(self._run)
        self._me = identity.mine()
        self._scheduled = queue.folder.scheduler is not None

    def do(self, action: str, state: RunState) -> None:
        if action in ("hold", "release"):
            self._change(action, kind=HELD if action == "hold" else WAITS)
        elif action == "move":
            self._move()
        elif action == "retry":
            self._retry()
        elif action == "remove":
            self._remove()
        elif action == "limit":
            self._limit(state)
        elif state in WAITING:
            self._kill_waiting()
        else:
            self._ask(action)

    def _change(self, action: str, kind: Optional[str] = None, order: Optional[int] = None, text: str = "") -> None:
        changed = self._queue.change(self._waiting(), kind, order)
        if changed is None:
            self._too_late(action)
        self._note(action, text or {"hold": "held", "release": "released"}[action])
        launch.ensure(self._root, self._queue)

    def _move(self) -> None:
        to = self._args.get("to")
        if to not in ("up", "down", "front", "back"):
            raise AgentError("bad_request", "a run moves up, down, to the front or the back, not {!r}".format(to), "")
        entry = self._waiting()
        self._change("move", order=self._queue.place(entry, str(to)), text="moved {}".format(_TOWARDS[str(to)]))

    def _retry(self) -> None:
        held = bool(self._args.get("held"))
        self._wait_for_the_end()
        if self._entry is not None:
            self._too_late("retry")
        # The event comes first: an attempt that nobody asked for must not exist.
        self._note("retry", "asked for attempt {}".format(self._attempt + 1))
        if self._scheduled:
            submission.renew(self._root, self._folder)
        self._queue.add(self._run, self._attempt + 1, held)
        launch.ensure(self._root, self._queue)

    def _limit(self, state: RunState) -> None:
        """Keeps another time limit for the run's attempts to come, and asks it of the one that lives."""
        limit = self._args.get("seconds")
        if limit is not None and (
            isinstance(limit, bool) or not isinstance(limit, (int, float)) or not 0 < limit < FOREVER
        ):
            raise AgentError("bad_request", "{!r} is no time limit".format(limit), "a number of seconds, or none")
        kept = {"seconds": limit, "who": self._who, "time": round(time.time(), 3)}
        durable.replace(self._folder.limit, durable.to_json(kept))
        if state in WAITING:
            self._note("limit", "may run {}".format("as long as it likes" if limit is None else spelled(limit)))
        else:
            self._ask("limit")

    def _remove(self) -> None:
        claim = None
        self._wait_for_the_end()
        if self._entry is not None:
            claim = self._queue.claim(self._waiting(), self._me)
            if claim is None:
                self._too_late("remove")
        gone = "{}/{}{}-{}".format(self._root.runs, GONE, self._run, self._me.token())
        os.rename(self._folder.path, gone)
        durable.sync_folder(self._root.runs)
        if claim is not None:
            self._queue.drop(claim)
        shutil.rmtree(gone, ignore_errors=True)

    def _wait_for_the_end(self) -> None:
        """An end is on record a moment before its supervisor has let go of the run, or was killed before it could."""
        deadline = time.monotonic() + LETTING_GO
        while self._entry is not None and self._entry.kind == CLAIMED:
            dead = recovery.orphaned(self._entry)
            if self._scheduled and (dead or time.monotonic() > deadline):
                self._bury(self._entry, dead)
            elif dead:
                recovery.recover(self._root, self._queue, self._entry)
            elif time.monotonic() > deadline:
                self._too_late("change")
            else:
                time.sleep(0.01)
            self._entry = self._queue.of_run(self._run)

    def _bury(self, claim: Entry, dead: bool) -> None:
        """Closes an attempt whose supervisor will not; on another host that can be told only by the end on record."""
        from nerotui.agent.jobs import aftercare

        over = aftercare.bury(self._root, self._queue, claim, give_up=True) if dead else False
        if not over and not recovery.settle(self._root, self._queue, claim):
            self._too_late("change")

    def _kill_waiting(self) -> None:
        entry = self._waiting()
        claim = self._queue.claim(entry, self._me)
        if claim is None:
            self._too_late("kill")
        reason = "killed as {} asked while it waited".format(self._who) if self._who else "killed while it waited"
        end: Dict[str, Any] = {"state": RunState.KILLED.value, "reason": reason, "exit_code": None, "signal": None}
        end.update(attempt=self._attempt, time=round(time.time(), 3))
        try:
            attempts.finish(self._folder.attempts, self._attempt, end)
        except OSError:  # a full disk: it waits as before, and may be killed again when there is room
            self._queue.restore(claim, entry)
            raise
        closing.settle(self._root, self._queue, claim, end, Status(self._folder, self._attempt))
        self._note("kill", reason)
        self._queue.drop(claim)

    def _ask(self, action: str) -> None:
        self._note(action, "asked to {} it".format(action))
        Requests(self._folder, self._attempt).ask(action, self._who, self._args)
        supervisor = self._entry.claimant if self._entry is not None else None
        # In a job it is a scheduler that sends signals: what is asked is looked for every second there.
        rings = self._queue.folder.scheduler is None
        if rings and supervisor is not None and identity.alive(supervisor):
            try:
                os.kill(supervisor.pid, signal.SIGUSR1)
            except ProcessLookupError:
                pass  # whoever adopts the run finds the request
        launch.ensure(self._root, self._queue)

    def _waiting(self) -> Entry:
        if self._entry is None or self._entry.kind not in (WAITS, HELD):
            self._too_late("change")
        return self._entry

    def _too_late(self, action: str) -> NoReturn:
        raise AgentError("illegal", "cannot {} {}: its state has just changed".format(action, self._run), "try again")

    def _note(self, kind: str, text: str) -> None:
        events.Writer(self._folder, "serve", self._me).add(
            kind, text, who=self._who, durably=True, attempt=self._attempt
        )


_TOWARDS = {"up": "up", "down": "down", "front": "to the front", "back": "to the back"}
