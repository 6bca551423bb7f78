"""`supervise RUN`: starts an attempt or adopts an orphaned one, watches over it, and sees it to its end."""

import os
import select
import signal
import sys
import time
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set

from nerotui.agent import durable
from nerotui.agent.processes import identity
from nerotui.agent.processes.identity import Identity
from nerotui.agent.processes.system import become_subreaper
from nerotui.agent.processes.tree import Tree
from nerotui.agent.queue import launch
from nerotui.agent.queue.queue import CLAIMED, Entry, Queue
from nerotui.agent.run import attempts, carryon, ending, events, facts, oomkills
from nerotui.agent.run.attempts import Try
from nerotui.agent.run.bundles import Bundles
from nerotui.agent.run.layout import Root
from nerotui.agent.run.requests import Requests
from nerotui.agent.run.status import Status
from nerotui.agent.supervise import closing, start
from nerotui.agent.supervise.bell import Bell
from nerotui.agent.supervise.control import Control
from nerotui.agent.supervise.discovery import Discovery
from nerotui.agent.supervise.findings import Findings
from nerotui.agent.supervise.observing import Observing
from nerotui.agent.supervise.samples import Samples
from nerotui.agent.supervise.siblings import Siblings
from nerotui.agent.supervise.timelimit import TimeLimit

if TYPE_CHECKING:
    from nerotui.agent.supervise.batch.place import Place

#: A second look is fine while nothing happens: requests and the child's end wake the supervisor at once.
IDLE = 1.0
#: So soon after it was printed a line is read, so that it is on a curve within a second.
PROMPT = 0.4
#: How often it looks while it waits for processes to stop or to die.
BUSY = 0.02
#: A run that is over sooner costs as little as can be.
SETTLED = 0.5
#: An attempt that never got as far as its command is tried so often.
TRIES = 3


class Supervisor:
    """Watches over one attempt, whose claim is this process's, from its start or adoption to its end."""

    def __init__(
        self, root: Root, queue: Queue, entry: Entry, gpus: Optional[List[int]], place: "Optional[Place]" = None
    ) -> None:
        """Looks up what is on record.

        Args:
            root: nerotui's folder.
            queue: the host's queue.
            entry: the claim.
            gpus: indices of the GPUs handed to the attempt; None on a host without any.
            place: the scheduler's job around this process, if there is one.
        """
        self._place = place
        self._root = root
        self._queue = queue
        self._entry = entry
        self._gpus = gpus
        self._me = identity.mine()
        self._folder = root.run(entry.run)
        self._spec = durable.read_json(self._folder.spec) or {}
        self._events = events.Writer(self._folder, "supervise", self._me)
        self._requests = Requests(self._folder, entry.attempt)
        self._status = Status(self._folder, entry.attempt)
        self._bundles = Bundles(root)
        self._wake = wakeups()
        self._helpers: Set[int] = set()
        self._command_status: Optional[int] = None
        self._shell_status: Optional[int] = None
        self._childless = False

    def run(self) -> None:
        """Supervises until the attempt is over and its end on record."""
        become_subreaper()
        if self._place is not None:
            self._place.begin(self._root.path, self._entry.run, self._helpers)
        known = attempts.read(self._folder.attempts)
        tried = known.tries.get(self._entry.attempt)
        if tried is not None and tried.ran:
            self._adopt(known, tried)
        elif not self._start():
            launch.ensure(self._root, self._queue)
            return
        self._watch()
        tried = attempts.read(self._folder.attempts).tries[self._entry.attempt]
        if tried.ran or tried.exit_code is not None:
            self._end()
        else:
            self._start_again(tried)

    def _start(self) -> bool:
        attempt = self._entry.attempt
        counters, log_start = oomkills.chains(), _size(self._folder.log)
        try:
            in_job = self._place is not None
            started = start.prepare(self._folder, attempt, self._me, self._gpus, self._spec, in_job)
        except start.NotOurs as reason:
            self._events.add("refused", "not started: {}".format(reason))
            return False
        except OSError as error:
            closing.shelve(self._queue, self._entry, "it could not be started: {}".format(error), self._status)
            return False
        killed = self._requests.find("kill")
        if killed is not None:
            start.call_off(started)
            self._close(closing.killed_before_start(killed))
            return False
        start.let_go(started)
        self._events.add("started", "attempt {} started".format(attempt), attempt=attempt, gpus=self._gpus or [])
        self._began(started.child, started.path, log_start, counters, time.time(), adopted=False)
        return True

    def _adopt(self, known: attempts.Attempts, tried: Try) -> None:
        values = self._status.values
        self._gpus = known.record(tried).get("gpus") or self._gpus
        self._events.add("adopted", "attempt {} goes on under a new supervisor".format(tried.attempt))
        counters = values.get("oom_counters") or oomkills.chains()
        log_start, ran_at = int(values.get("log_start") or 0), known.ran_at(tried)
        self._began(known.child(tried), known.path(tried), log_start, counters, ran_at, adopted=True)

    def _began(
        self,
        shell: Optional[Identity],
        path: str,
        log_start: int,
        oom_counters: List[oomkills.Chain],
        ran_at: Optional[float],
        adopted: bool,
    ) -> None:
        self._shell, self._path, self._adopted = shell, path, adopted
        self._log_start, self._oom_counters = log_start, oom_counters
        self._tree = Tree(self._entry.run, self._entry.attempt, shell, os.getpid(), self._helpers)
        changed = durable.read_json(self._folder.limit)
        window = self._place.window if self._place is not None else None
        limit = TimeLimit(self._spec, shell, ran_at, self._status, changed, window)
        if self._place is not None:
            self._place.limited(limit)
        self._control = Control(
            self._folder,
            self._requests,
            self._tree,
            self._spec,
            self._status,
            self._events,
            limit,
            _nowhere if self._place is None else self._place.signal_elsewhere,
        )
        siblings = Siblings(self._root, self._entry.run, self._spec)
        self._findings = Findings(
            self._spec, self._status, self._events, self._requests, ran_at or time.time(), siblings, limit
        )
        samples = Samples(
            self._folder.stats, self._gpus or [], self._helpers, os.path.expanduser(str(self._spec.get("dir") or "~"))
        )
        discovery = Discovery(self._root, self._entry.run, self._spec, ran_at or time.time(), samples.pids)
        self._observing = Observing(
            self._folder,
            self._entry.attempt,
            log_start,
            adopted,
            self._status,
            self._events,
            self._findings,
            samples,
            discovery,
        )
        self._looked = False
        self._looked_at = 0.0
        self._bell = Bell(self._folder.path)
        state = self._status.values.get("state") if adopted else None
        self._status.set(
            state=state if state in ("paused", "stopping") else "running",
            gpus=self._gpus or [],
            pid=shell.pid if shell else None,
            log_start=log_start,
            oom_counters=oom_counters,
            final=False,
        )
        self._began_at = time.time()
        self._next_look = self._began_at + (0 if adopted else SETTLED)

    # While it lives.

    def _watch(self) -> None:
        wait = 0.0 if self._adopted else SETTLED
        while True:
            news = self._sleep(wait)
            now = time.time()
            self._reap()
            if self._gone():
                return
            if self._place is not None:
                self._place.look(self._control, now)
            self._control.obey(now)
            wait = BUSY if self._control.busy else min(IDLE, self._control.due(now))
            if news or now >= self._next_look:
                wait = min(wait, self._look(now))
            elif self._status.urgent:
                self._status.write(now)

    def _look(self, now: float) -> float:
        """The regular look at files and load; returns how soon the next one is due."""
        if not self._looked:
            self._looked = True
            self._meet()
            if not self._adopted or not os.path.exists(self._folder.facts):
                self._gather_facts()
        self._bundles.use(now)
        self._looked_at = time.monotonic()
        more = self._observing.look(now, self._tree, self._control.paused)
        if self._status.due(now):
            self._status.write(now)
        self._next_look = now if more else now + IDLE - BUSY
        return 0.0 if more else IDLE

    def _sleep(self, seconds: float) -> bool:
        """Sleeps until it is wanted, or at most so long; whether the run has printed something meanwhile."""
        end = time.monotonic() + seconds
        while not self._observing.grown():
            left = max(0.0, end - time.monotonic())
            bell = left > PROMPT and self._bell.set()
            if bell and self._observing.grown():
                break  # just before the bell was set
            # Without a bell it looks for itself.
            pause = left if bell else min(left, PROMPT)
            woken = sleep(self._wake, pause)
            if pause >= left and not woken:
                return False
            if woken and not self._observing.grown():
                return False
        # What is printed without a pause is read at intervals.
        sleep(self._wake, max(0.0, self._looked_at + PROMPT - time.monotonic()))
        return True

    def _reap(self) -> None:
        """Counts the dead: the small shell, orphans of the run's that became this process's children, helpers."""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                if self._shell is not None and pid == self._shell.pid:
                    self._shell_status = status
                elif pid == self._status.values.get("pid"):
                    self._command_status = status
                self._helpers.discard(pid)
        except ChildProcessError:
            self._childless = True

    def _gone(self) -> bool:
        """Whether the command is over: its shell is, and nothing lives on where the shell left no exit code."""
        if self._shell_status is None and (not self._adopted or _lives(self._shell)):
            return False
        if attempts.read(self._folder.attempts).tries[self._entry.attempt].exit_code is not None:
            return True
        return not self._tree.members()

    # The end.

    def _start_again(self, tried: Try) -> None:
        """The child died before it became the command: nothing ran, so there is another try, but not for ever."""
        if tried.number < TRIES:
            self._events.add("requeued", "the command's process died before it started: it waits again")
            closing.put_back(self._queue, self._entry)
        else:
            reason = "its process died {} times before it became the command".format(tried.number)
            closing.shelve(self._queue, self._entry, reason, self._status)
        launch.ensure(self._root, self._queue)

    def _end(self) -> None:
        now = time.time()
        self._control.thawed(now)
        stopped_by = self._control.stopped_by
        left = closing.clear(self._tree, stopped_by is not None, self._childless and not self._adopted)
        if left:
            self._events.add("cleared", "ended {} that the run had left behind".format(left))
        self._observing.close(time.time())
        code = closing.exit_code(
            self._folder, self._entry.attempt, self._path, self._shell_status, self._command_status
        )
        tail = ending.tail_of(self._folder.log, self._log_start)
        end = closing.verdict(code, tail, stopped_by, oomkills.risen(self._oom_counters))
        if self._place is not None:
            end = self._place.judge(end, stopped_by)
        following = carryon.following(self._spec, self._entry.attempt, end)
        if following is not None:
            end["next"] = following
        self._observing.end(now, end["state"])
        if now - self._began_at < SETTLED and end["state"] not in ("done", "killed"):
            self._gather_facts()
        self._close(end)

    def _close(self, end: Dict[str, Any]) -> None:
        closing.close(self._root, self._queue, self._entry, end, self._status, self._events)
        if self._place is not None:
            self._place.closed(self._entry, end)

    def _gather_facts(self) -> None:
        pid = facts.gather_beside(self._folder, self._spec, self._entry.attempt, self._status.values.get("pid"))
        self._helpers.add(pid)

    def _meet(self) -> None:
        """Notes the command's own pid, and the control groups that it may have moved to."""
        pid = self._main_pid()
        groups = self._oom_counters + [chain for chain in oomkills.chains(pid) if not _known(chain, self._oom_counters)]
        self._oom_counters = groups
        self._status.set(pid=pid, oom_counters=groups)

    def _main_pid(self) -> Optional[int]:
        """The command's own pid, which people know it by, once its shell has started it."""
        if self._shell is None:
            return None
        for member in self._tree.near():
            if member.parent == self._shell.pid:
                return member.pid
        return self._shell.pid


def main(root: str, run: str) -> int:
    """Supervises the attempt of a run that waits, or takes over an orphaned one, in this very process.

    Args:
        root: nerotui's folder on this host.
        run: the run's id.
    """
    place = Root(os.path.abspath(os.path.expanduser(root)))
    queue = Queue(place.queue(identity.here().hostname))
    entry = queue.of_run(run)
    if entry is None:
        sys.stderr.write("nerotui agent: {} is not in this host's queue\n".format(run))
        return 1
    if entry.kind == CLAIMED and (entry.claimant is None or identity.alive(entry.claimant) is not False):
        sys.stderr.write("nerotui agent: another process supervises {}\n".format(run))
        return 1
    claim = queue.claim(entry, identity.mine())
    if claim is None:
        sys.stderr.write("nerotui agent: another process has just taken {}\n".format(run))
        return 1
    Supervisor(place, queue, claim, None).run()
    return 0


def wakeups() -> int:
    """A file descriptor that becomes readable when a child ends or somebody asked for something."""
    reading, writing = os.pipe()
    for fd in (reading, writing):
        os.set_blocking(fd, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGCHLD, signal.SIGUSR1):
        signal.signal(number, lambda _number, _frame: None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return reading


def sleep(wake: int, seconds: float) -> bool:
    """Sleeps until something wakes this process, at most `seconds`; whether something did."""
    ready, _, _ = select.select([wake], [], [], seconds)
    if ready:
        os.read(wake, 4096)
    return bool(ready)


def _nowhere(_number: int) -> None:
    """All of a run on a plain host is on that host."""


def _known(chain: oomkills.Chain, others: List[oomkills.Chain]) -> bool:
    return any(chain[0][0] == other[0][0] for other in others)


def _lives(who: Optional[Identity]) -> bool:
    return who is not None and identity.alive(who) is not False


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
