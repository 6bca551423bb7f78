"""What a link is told of runs unasked: all of them once, then each that changed."""

import os
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from nerotui.agent.logs import inotify
from nerotui.agent.logs.inotify import Inotify, Watch
from nerotui.agent.processes import identity
from nerotui.agent.run.layout import Root
from nerotui.agent.run.runs import Store
from nerotui.agent.serve.lanes import Lane
from nerotui.agent.serve.loop import Loop, Timer
from nerotui.agent.serve.outbox import Outbox
from nerotui.agent.states import LIVE, RunState

#: What is asked of a run takes effect soon, but not at once: it is looked for after so many seconds.
SOON = (0.2, 0.5, 1.2, 2.2)
#: Changes of the queue are gathered for so long, seconds.
GATHER = 0.05
#: How often the runs' folders are looked at, and how often this host's queue and orphans are, seconds.
LOOK = 1.0
CONTACT = 10.0
#: Runs in one push.
IN_PUSH = 100
#: While more than this waits for the link, no further runs are read, bytes.
BACKLOG = 1 << 20


class _Found(NamedTuple):
    """What one look found.

    Attributes:
        runs: records to push now.
        rest: ids of runs that are still to be read.
        gone: ids of runs that are no more.
        first: whether this begins the list of all runs.
        all: whether it belongs to that list.
        trouble: why this host cannot start runs, if it cannot.
    """

    runs: List[Dict[str, Any]]
    rest: List[str]
    gone: List[str]
    first: bool
    all: bool
    trouble: Optional[str]


class RunsWatch:
    """Looks at the runs on a lane and pushes what changed. Nothing is looked at while nobody watches.

    The list of all runs comes as several pushes: the first says `full`, all but the last say `more`.
    """

    def __init__(
        self,
        loop: Loop,
        lane: Lane,
        outbox: Outbox,
        store: Store,
        kernel: Inotify,
        seen: Callable[[Sequence[str]], None],
    ) -> None:
        """Watches `store`.

        Args:
            loop: the session's.
            lane: where all that is asked of `store` happens.
            outbox: where pushes go.
            store: the runs of this root.
            kernel: tells when this host's queue changes.
            seen: told the folders that live runs work in, whenever runs were pushed.
        """
        self._loop = loop
        self._lane = lane
        self._outbox = outbox
        self._store = store
        self._kernel = kernel
        self._line = os.path.join(Root(store.root).queue(identity.here().hostname).path, "line")
        self._line_watch: Optional[Watch] = None
        self._gathering = False
        self._seen = seen
        self._timer: Optional[Timer] = None
        self._busy = False
        self._again = False
        self._full = False
        self._watching = False
        self._contact_at = 0.0
        self._said = ""
        self._dirs: Dict[str, str] = {}

    def watch(self, on: bool) -> None:
        """Begins with all runs, or ends."""
        self._watching = on
        self._full = on
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if on:
            self._tick()

    def poke(self) -> None:
        """Looks at once and again soon: something was just done to a run."""
        self._look_now()
        for delay in SOON:
            self._loop.later(delay, self._look_now)

    def _look_now(self) -> None:
        self._gathering = False
        if self._watching:
            self._look()

    def _moved(self, _more_than_bytes: bool) -> None:
        if not self._gathering:
            self._gathering = True
            self._loop.later(GATHER, self._look_now)

    def _tick(self) -> None:
        self._timer = self._loop.regularly(LOOK, self._tick)
        if self._line_watch is None:
            self._line_watch = self._kernel.watch(self._line, inotify.ENTRIES, self._moved)
        self._look()

    def _look(self) -> None:
        if self._busy:
            self._again = True
            return
        self._busy = True
        full, self._full = self._full, False
        self._lane.do(lambda: self._survey(full), self._surveyed)

    def _survey(self, full: bool) -> _Found:
        """On the lane: what there is to push, the first part of it read already."""
        now = time.monotonic()
        trouble = None
        if now >= self._contact_at:
            self._contact_at = now + CONTACT
            trouble = self._store.contact()
        changed, gone = self._store.changed()
        if full:
            changed, gone = sorted(self._store.list()), []
        # Read in the same turn as the list was: a run that is submitted after it is answered for after it.
        return self._part(changed, gone, full, full, trouble)

    def _part(self, ids: Sequence[str], gone: Sequence[str], first: bool, all: bool, trouble: Optional[str]) -> _Found:
        """As many of these runs as one push holds, and which are left for the next one."""
        records, taken = self._store.records(ids[:IN_PUSH])
        return _Found(records, list(ids[taken:]), list(gone), first, all, trouble)

    def _surveyed(self, found: Any, error: Optional[Exception]) -> None:
        if error is not None or not self._watching:
            self._done(error)
            return
        if found.trouble:
            self._complain(found.trouble)
        if found.runs or found.gone or found.all:
            self._push(found)
        if found.rest:
            self._next(found)
        else:
            self._done(None)

    def _next(self, found: _Found) -> None:
        """One push's worth at a time, so that what is asked of a run meanwhile gets its turn on the lane."""
        if not self._watching:
            self._done(None)
        elif self._outbox.backlog > BACKLOG:
            self._loop.later(GATHER, lambda: self._next(found))
        else:
            self._lane.do(lambda: self._part(found.rest, [], False, found.all, None), self._surveyed)

    def _push(self, found: _Found) -> None:
        more = found.all and bool(found.rest)
        message = {"push": "runs", "runs": found.runs, "gone": found.gone, "full": found.first, "more": more}
        self._outbox.send(message)
        for run in found.runs:
            if RunState(run["state"]) in LIVE and run.get("dir"):
                self._dirs[run["id"]] = run["dir"]
            else:
                self._dirs.pop(run["id"], None)
        self._seen(sorted(set(self._dirs.values())))

    def _done(self, error: Optional[Exception]) -> None:
        self._busy = False
        if error is not None:
            self._full = True  # what was to be pushed may be lost: begin anew at the next look
            self._complain("the runs cannot be read: {}".format(error))
        if self._again and self._watching:
            self._again = False
            self._look()

    def _complain(self, message: str) -> None:
        if message != self._said:
            self._said = message
            self._outbox.send({"push": "trouble", "message": message})
