"""`dispatch`: starts the next run when slots and GPUs are free; lives only while runs wait on this host."""

import ctypes  # noqa: F401 - each supervisor makes itself a subreaper by it, and inherits it loaded
import os
import sys
import time
from typing import Dict, List, Optional, Tuple

# As ctypes: what it takes to watch a run is loaded once, for all supervisors.
import nerotui.agent.diagnose.diagnosis
import nerotui.agent.metrics.files.finding  # noqa: F401
from nerotui.agent import durable
from nerotui.agent.processes import identity
from nerotui.agent.processes.system import program, rename_process
from nerotui.agent.queue import holders, launch, recovery
from nerotui.agent.queue.driver import DistantDriver
from nerotui.agent.queue.plan import Ask, plan
from nerotui.agent.queue.queue import WAITS, Entry, Queue
from nerotui.agent.queue.room import Resources
from nerotui.agent.run import events
from nerotui.agent.run.bundles import Bundles
from nerotui.agent.run.layout import Root
from nerotui.agent.run.status import Status
from nerotui.agent.supervise import closing, supervise

#: How often the queue is looked at without a reason; submits and ends wake the dispatcher at once.
INTERVAL = 2.0
#: A run whose supervisor failed by a mistake of its own gets the next one after so many seconds, and after twice as
#: many each time that it fails again, up to the second number.
AGAIN = (2.0, 60.0)


class Dispatcher:
    """Hands out the slots and GPUs of this host. To be run by whoever holds the lock."""

    def __init__(self, root: Root, queue: Queue, lock: launch.Lock, resources: Resources) -> None:
        self._root = root
        self._queue = queue
        self._lock = lock
        self._resources = resources
        self._me = identity.mine()
        self._bundles = Bundles(root)
        self._wake = supervise.wakeups()
        self._asks: Dict[str, Ask] = {}
        self._forked: Dict[int, str] = {}
        self._failed: Dict[str, Tuple[float, float]] = {}

    def run(self) -> None:
        """Dispatches until nothing waits here any more."""
        while True:
            self._bundles.use(time.time())
            found = self.once()
            if found is None:
                return
            if not found:
                supervise.sleep(self._wake, INTERVAL)

    def once(self) -> Optional[bool]:
        """Looks once and starts what there is room for; whether anything was started, None where nothing waits."""
        self._reap()
        entries = self._queue.entries()
        if self._judge(entries):
            entries = self._queue.entries()
        waiting = [entry for entry in entries if entry.kind == WAITS]
        if not waiting:
            return False if self._failed else None
        room = self._resources.room()
        started = False
        asks = self._resolve([self._ask(entry) for entry in waiting])
        for start in plan(asks, room):
            if self._start(start.ask.entry, start.gpus if room.gpus is not None else None):
                started = True
        return started

    def _start(self, entry: Entry, gpus: Optional[List[int]]) -> bool:
        holder = holders.Holder(entry.run, entry.attempt)
        claim = self._queue.claim(entry, self._me)
        if claim is None:
            return False
        if not self._resources.take(holder, gpus or []):
            holders.free_all(self._queue.folder, holder)
            self._queue.put_back(claim)
            return False
        self._fork(claim, gpus)
        return True

    def _fork(self, claim: Entry, gpus: Optional[List[int]]) -> None:
        pid = os.fork()
        if pid:
            self._forked[pid] = claim.run
            return
        status = 1
        try:
            self._lock.forget()
            os.close(self._wake)
            os.setsid()
            rename_process([sys.executable, program(), "supervise", claim.run, "--root", self._root.path])
            mine = self._queue.claim(claim, identity.mine())
            if mine is not None:  # else somebody judged the dispatcher dead and put the run back in line
                supervise.Supervisor(self._root, self._queue, mine, gpus).run()
            status = 0
        except BaseException:  # nothing of the dispatcher may run on in the child
            import traceback

            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _judge(self, entries: List[Entry]) -> bool:
        """Sees to claims of the dead, and to what they held; whether that changed the line."""
        changed = False
        taking_over = set(self._forked.values())
        now = time.monotonic()
        for run in set(self._failed) - {entry.run for entry in entries}:
            del self._failed[run]
        for entry in entries:
            if self._failed.get(entry.run, (0.0, 0.0))[1] > now:
                continue
            left_to_me = entry.claimant == self._me and entry.run not in taking_over
            if left_to_me or recovery.orphaned(entry):
                changed = True
                orphan = recovery.recover(self._root, self._queue, entry)
                if orphan is not None:
                    self._fork(orphan, None)
        self._resources.free_dead(entries)
        return changed

    def _ask(self, entry: Entry) -> Ask:
        known = self._asks.get(entry.run)
        if known is None:
            known = self._asks[entry.run] = ask_of(self._root, entry, self._resources.count)
        return known._replace(entry=entry)

    def _resolve(self, asks: List[Ask]) -> List[Ask]:
        """Says of those that wait for other runs what for; one that waits in vain is held, with the reason."""
        if not any(ask.after for ask in asks):
            return asks
        from nerotui.agent.queue import dependencies

        found = []
        for ask, standing in dependencies.standings(self._root, asks):
            if not standing.never:
                found.append(ask._replace(waits=standing.waits))
                continue
            claim = self._queue.claim(ask.entry, self._me)
            if claim is not None:
                status = Status(self._root.run(claim.run), claim.attempt)
                closing.shelve(self._queue, claim, standing.never, status)
                writer = events.Writer(self._root.run(claim.run), "dispatch", self._me)
                writer.add("held", standing.never, attempt=claim.attempt)
        return found

    def _reap(self) -> None:
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                run = self._forked.pop(pid, None)
                if run is not None and os.WIFEXITED(status) and os.WEXITSTATUS(status):
                    wait = min(AGAIN[1], 2 * self._failed[run][0] if run in self._failed else AGAIN[0])
                    self._failed[run] = wait, time.monotonic() + wait
        except ChildProcessError:
            pass


def ask_of(root: Root, entry: Entry, count: int) -> Ask:
    """What an entry's run asks for: one GPU unless it says otherwise, none on a host without any."""
    spec = durable.read_json(root.run(entry.run).spec) or {}
    asked = spec.get("gpus")
    after = {kind: spec[kind] for kind in ("after", "after_any") if spec.get(kind)}
    return Ask(entry, asked if isinstance(asked, int) else min(1, count), after or None)


def main(root: str) -> int:
    """Dispatches on this host until nothing waits, in the background; returns at once.

    Args:
        root: nerotui's folder.
    """
    place = Root(os.path.abspath(os.path.expanduser(root)))
    queue = Queue(place.queue(identity.here().hostname))
    queue.make()
    if not launch.detach(queue.folder.errors):
        return 0
    lock = launch.Lock(queue.folder)
    while take(lock):
        Dispatcher(place, queue, lock, Resources(place, queue, DistantDriver())).run()
        lock.release()
        if not launch.work(queue.entries()):
            break
    return 0


def take(lock: launch.Lock) -> bool:
    """Takes the lock; somebody who only looks whether it is free holds it for a moment."""
    for _ in range(10):
        if lock.take():
            return True
        time.sleep(0.02)
    return False
