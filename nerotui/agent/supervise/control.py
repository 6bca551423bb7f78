"""Carries out what is asked of a live run, by people or by its time limit, step by step beside everything else."""

import math
import os
import signal
from typing import Any, Callable, Dict, Optional, Tuple

from nerotui.agent.durations import spelled
from nerotui.agent.processes.tree import Calm, Tree
from nerotui.agent.run.carryon import SCHEDULER
from nerotui.agent.run.events import Writer
from nerotui.agent.run.layout import RunFolder
from nerotui.agent.run.requests import Request, Requests
from nerotui.agent.run.status import Status
from nerotui.agent.supervise.stopping import Stopping, yield_signal
from nerotui.agent.supervise.timelimit import TimeLimit

#: Processes that do not stop for so long hang in the kernel; they stop when they come back.
FREEZE_PATIENCE = 10.0
#: Nanoseconds for which a change of a folder may hide another one.
YOUNG = 2_000_000_000


class Control:
    """What is asked of one attempt and how far it is carried out.

    Requests stay on record until they are carried out, so whoever supervises next goes on with them.
    """

    def __init__(
        self,
        folder: RunFolder,
        requests: Requests,
        tree: Tree,
        spec: Dict[str, Any],
        status: Status,
        events: Writer,
        limit: TimeLimit,
        elsewhere: Callable[[int], None],
    ) -> None:
        """Goes on where a predecessor stopped.

        Args:
            folder: the run's folder.
            requests: what is asked of the attempt.
            tree: its processes.
            spec: the run's run.json.
            status: tells how far a predecessor came.
            events: the run's history.
            limit: its time limit.
            elsewhere: stops and continues what the run has on other machines.
        """
        self._elsewhere = elsewhere
        self._asked = folder.asked
        self._requests = requests
        self._tree = tree
        self._spec = spec
        self._status = status
        self._events = events
        self._limit = limit
        self._told = False
        self._seen = 0
        self._stopping: Optional[Stopping] = None
        self._freezing: Optional[Tuple[Calm, Request]] = None
        self._paused_since: Optional[float] = status.values.get("paused_since")

    @property
    def paused(self) -> bool:
        """Whether the tree stands frozen."""
        return self._paused_since is not None

    @property
    def busy(self) -> bool:
        """Whether processes are being stopped or killed right now, so that the next look cannot wait."""
        return self._freezing is not None or (self._stopping is not None and self._stopping.impatient)

    @property
    def stopped_by(self) -> Optional[Request]:
        """The kill or yield that was begun, by this supervisor or by one before it."""
        if self._stopping is not None:
            return self._stopping.request
        begun = self._status.values.get("stopped_by")
        for request in self._requests.pending() if begun else []:
            if os.path.basename(request.path) == begun:
                return request
        return None

    def due(self, now: float) -> float:
        """Seconds until the next step of what is under way, or what the time limit wants; infinite for neither."""
        return self._limit_due(now) if self._stopping is None else self._stopping.due(now)

    def _limit_due(self, now: float) -> float:
        if self._stopping is not None or (self.paused and not self._limit.runs_on):
            return math.inf
        left = self._limit.left(now)
        return max(0.0, left if self._told else left - self._limit.notice)

    def obey(self, now: float) -> None:
        """Looks what is asked and takes the next step of what is under way."""
        stamp = _stamp(self._asked)
        # Within one tick of the file system's clock a folder may change twice.
        if stamp != self._seen or now * 1e9 - stamp < YOUNG:
            self._seen = stamp
            for request in self._requests.pending():
                self._carry_out(request, now)
        if self._freezing is None and self._limit_due(now) <= 0:
            self._time_is_up(now)
        if self._stopping is not None:
            said = self._stopping.step(now)
            if said:
                self._events.add("stopping", said, who=self._stopping.request.who)
        elif self._freezing is not None:
            self._freeze_on(now)

    def pass_on(self, number: int) -> None:
        """Gives a signal that was sent to the supervisor to those of the run that handle it."""
        catchers = self._tree.catchers(number)
        self._tree.signal(number, catchers)
        name = signal.Signals(number).name
        reached = "passed on to the run" if catchers else "no process of the run handles it"
        self._events.add("signal", "its job got {}: {}".format(name, reached))

    def vacate(self, now: float, asked: float, told: float, why: str) -> None:
        """Ends the run because it is at the end of the scheduler's job around it.

        Args:
            now: seconds since the epoch.
            why: what happened, for the run's history.
            asked: how long the run may take to checkpoint, seconds.
            told: how long it may take to end after TERM.
        """
        if self._stopping is not None:
            self._stopping.hurry(now, asked, told)
            return
        args = {"by": SCHEDULER, "checkpoint": True, "wait": asked, "grace": told}
        request = self._requests.form("kill", None, args)
        self._put(request)
        self._events.add("stopping", why)
        self._stop(request, now)
        self.obey(now)

    def thawed(self, now: float) -> None:
        """Ends the counting of frozen time."""
        if self._paused_since is not None:
            paused = float(self._status.values.get("paused_s") or 0.0) + now - self._paused_since
            self._paused_since = None
            self._status.set(paused_s=round(paused, 3), paused_since=None)

    def _carry_out(self, request: Request, now: float) -> None:
        if request.action in ("kill", "yield", "timeout"):
            self._stop(request, now)
        elif request.action == "limit":
            self._limit.change(request.args.get("seconds"))
            self._told = False
            self._requests.done(request)
        elif request.action == "freeze" and self._stopping is None and not self.paused:
            if self._freezing is None:
                self._elsewhere(signal.SIGSTOP)
                self._freezing = Calm(self._tree, signal.SIGSTOP), request
        elif request.action == "thaw" and self._stopping is None:
            self._freezing = None
            self._tree.signal(signal.SIGCONT)
            self._elsewhere(signal.SIGCONT)
            self.thawed(now)
            self._status.set(urgent=True, state="running")
            self._events.add("thawed", "goes on", who=request.who)
            self._requests.done(request)
        else:
            self._requests.done(request)

    def _time_is_up(self, now: float) -> None:
        """Asks the run to checkpoint if it can be asked, and at the limit, or soon, has it ended."""
        self._told = True
        left = self._limit.left(now)
        if left > 0 and not self._tree.catchers(yield_signal(self._spec, {})):
            return
        limit = self._limit.seconds
        request = self._requests.form("timeout", None, {"limit": limit, "left": max(0.0, round(left, 3))})
        self._put(request)
        when = "is up" if left <= 0 else "is up in {}".format(spelled(round(left, 1)))
        self._events.add("timeout", "its time limit of {} {}".format(spelled(limit), when))
        self._stop(request, now)

    def _put(self, request: Request) -> None:
        try:
            self._requests.put(request)
        except OSError:
            pass  # a full disk gives no run more time; whoever supervises next works it out again

    def _stop(self, request: Request, now: float) -> None:
        under_way = self._stopping
        if under_way is not None:
            if under_way.request.path == request.path:
                return
            # A kill ends the patience of a yield and of the time that was left; a second kill, or one after the time
            # limit, may only shorten the grace.
            patient = under_way.request.action == "yield" or (
                under_way.asking and (under_way.request.action == "timeout" or under_way.request.args.get("checkpoint"))
            )
            impatient = bool(request.args.get("now")) or patient
            if request.action != "kill" or not impatient:
                self._requests.done(request)
                return
        if self._freezing is not None or self.paused:
            self._elsewhere(signal.SIGCONT)
        self._freezing = None
        self._stopping = Stopping(self._tree, request, self._spec, self._limit.left(now))
        self.thawed(now)
        # Before the first signal: should this supervisor die, the next one knows why the run ended.
        self._status.set(state="stopping", stopped_by=os.path.basename(request.path))
        self._status.write(now)

    def _freeze_on(self, now: float) -> None:
        if self._freezing is None:
            return
        calm, request = self._freezing
        late = now > request.time + FREEZE_PATIENCE
        if not calm.step() and not late:
            return
        self._freezing = None
        self._paused_since = now
        self._status.set(urgent=True, state="paused", paused_since=now)
        text = "frozen; what hangs in the kernel stops when it comes back" if late else "frozen where it stands"
        self._events.add("frozen", text, who=request.who)
        self._requests.done(request)


def _stamp(path: str) -> int:
    """When a folder changed: by opening it, for on a network's file system the answer of `stat` may be a minute old."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return 0
    try:
        return os.fstat(fd).st_mtime_ns
    finally:
        os.close(fd)
