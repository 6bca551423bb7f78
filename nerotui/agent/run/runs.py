"""The runs under a root: the one face for everything that asks about runs or acts on them from outside."""

import os
import time
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from nerotui.agent import durable
from nerotui.agent.errors import AgentError
from nerotui.agent.jobs import queues
from nerotui.agent.processes import identity
from nerotui.agent.queue.queue import CLAIMED, WAITS, Queue
from nerotui.agent.queue.room import Resources
from nerotui.agent.run import upkeep
from nerotui.agent.run.bundles import Bundles
from nerotui.agent.run.changes import Changes
from nerotui.agent.run.layout import Root, RunFolder, is_id
from nerotui.agent.run.lines import Line, Lines, stamp_of
from nerotui.agent.run.writable import writable

# The rest is imported where it is used: a link waits for what stands above, and most links only look.

#: Of a message, which the wire limits to twice as much, records may fill so many bytes.
ROOM = 1 << 19

#: How many specifications are kept; they never change, but there may be any number of runs.
_SPECS = 1000


class Store:
    """The runs under one root, seen from this host. Not for use by several threads at once.

    Attributes:
        root: nerotui's folder, absolute.
    """

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(os.path.expanduser(root))
        self._place = Root(self.root)
        self._queue = Queue(self._place.queue(identity.here().hostname))
        self._resources = Resources(self._place, self._queue)
        self._scheduled: Dict[str, Queue] = {}
        self._specs: Dict[str, Dict[str, Any]] = {}
        self._lines = Lines(self._place)
        self._line = Line()
        self._ids: Set[str] = set()
        self._ids_stamp: Any = None
        self._changes = Changes(self._place)
        self._upkeep = upkeep.Upkeep(self._place, self.queue_of)
        self._bundles = Bundles(self._place)

    def writable(self) -> Tuple[bool, Optional[str]]:
        """Whether runs can be kept here, and if not, why, as one sentence."""
        return writable(self._place, self._queue)

    def slots(self) -> int:
        """How many runs may run here at once."""
        return self._resources.slots

    def list(self) -> List[str]:
        """The ids of all runs, in no order."""
        self._read_ids()
        return list(self._ids)

    def changed(self) -> Tuple[List[str], List[str]]:
        """The runs that are new or may read otherwise than at the last call, and those that are gone.

        Cheap while nothing happens.
        """
        self._read_ids()
        self._read_line()
        found, gone = self._changes.look(self._ids, self._line)
        return sorted(found), sorted(gone)

    def record(self, run: str) -> Dict[str, Any]:
        """The run as its files prove it.

        Raises:
            AgentError: no_such_run.
        """
        self._read_line()
        return self._record(run)

    def _record(self, run: str) -> Dict[str, Any]:
        from nerotui.agent.run.record import derive

        spec = self.spec(run)
        return derive(self._place.run(run), spec, self._line.entries.get(run), self._line.positions.get(run))

    def records(self, ids: Sequence[str]) -> Tuple[List[Dict[str, Any]], int]:
        """The first of these runs, as many as one message holds, and how many of the ids that took."""
        from nerotui.agent.run.record import weight

        found: List[Dict[str, Any]] = []
        size = 0
        self._read_line()
        for taken, run in enumerate(ids):
            try:
                record = self._record(run)
            except AgentError:
                continue  # removed a moment ago
            size += weight(record)
            if found and size > ROOM:
                return found, taken
            found.append(record)
        return found, len(ids)

    def spec(self, run: str) -> Dict[str, Any]:
        """What was asked for when the run was submitted.

        Raises:
            AgentError: no_such_run.
        """
        path = self._place.run(run).spec if is_id(run) else ""
        known = self._specs.get(run)
        if known is not None and os.path.exists(path):
            return known
        found = durable.read_json(path) if path else None
        if found is None:
            self._specs.pop(run, None)
            raise AgentError("no_such_run", "there is no run {} on this host".format(run), "`nerotui ls` lists them")
        if len(self._specs) >= _SPECS:
            self._specs.clear()
        self._specs[run] = found
        return found

    def show(self, run: str) -> Dict[str, Any]:
        """All that is on record: {"run", "spec", "facts", "events", "why", "job"}; `job` of a scheduler's runs only."""
        from nerotui.agent.jobs import files
        from nerotui.agent.run import events

        found = self.record(run)
        folder = self._place.run(run)
        waits = found["state"] in ("queued", "held")
        return {
            "job": files.told(folder) if queues.scheduler_of(self.spec(run)) else None,
            "run": found,
            "spec": dict(self.spec(run), command=found["command"]),
            "facts": durable.read_json(folder.facts) or {},
            "events": events.read(folder),
            "why": self.why(run) if waits else None,
        }

    def why(self, run: str) -> str:
        """Why a run waits, in one sentence; of one that does not, what it does instead."""
        found = self.record(run)
        state = found["state"]
        if state == "held":
            because = " ({})".format(found["reason"]) if found["reason"] else ""
            return "it is held{}: it waits until somebody releases it".format(because)
        if state != "queued":
            return "it does not wait: it is {}{}".format(state, ", " + found["reason"] if found["reason"] else "")
        scheduler = queues.scheduler_of(self.spec(run))
        if scheduler is not None:
            if found["job"] is None:
                return "it has no job of {} yet".format(queues.title(scheduler))
            return "it waits until {} starts its job {}".format(queues.title(scheduler), found["job"])
        host = self._line.hosts.get(run)
        here = self._queue.folder.path
        if host is not None and host != here:
            return "it waits in the queue of {}".format(os.path.basename(host))
        from nerotui.agent.queue.dependencies import standings
        from nerotui.agent.queue.dispatch import ask_of
        from nerotui.agent.queue.plan import reason

        waiting = [entry for entry in self._queue.entries() if entry.kind == WAITS]
        line = standings(self._place, [ask_of(self._place, entry, self._resources.count) for entry in waiting])
        asks = [ask._replace(waits=standing.waits or standing.never) for ask, standing in line]
        return reason(asks, run, self._resources.room(), self._resources.slots)

    def tree(self, run: str) -> List[Dict[str, Any]]:
        """The processes of a live run, parents first."""
        from nerotui.agent.processes import processes, tree
        from nerotui.agent.run import attempts

        self.record(run)
        entry = self._line.entries.get(run)
        if entry is None or entry.kind != CLAIMED:
            return []
        self._own(run)
        if entry.claimant is not None and identity.alive(entry.claimant) is None:
            where = entry.claimant.place.hostname
            raise AgentError("elsewhere", "{} runs on {}".format(run, where), "its processes are seen there only")
        known = attempts.read(self._place.run(run).attempts)
        tried = known.tries.get(entry.attempt)
        shell = known.child(tried) if tried is not None else None
        members = tree.Tree(run, entry.attempt, shell)
        return tree.describe(members, processes.boot_time())

    def submit(self, spec: Dict[str, Any], who: Optional[str], held: bool) -> Tuple[Dict[str, Any], List[str]]:
        """Puts a new run in line; returns its record, and sentences that its owner should know.

        The same run again is no error: the first reply may have been lost.

        Raises:
            AgentError: bad_request, refused, readonly_root.
        """
        from nerotui.agent.run import submission

        notes = submission.submit(self._place, self.queue_of(spec), self._resources, spec, who, held)
        self._forget()
        return self.record(str(spec["id"])), notes

    def job_script(self, run: str) -> Optional[str]:
        """What a run's scheduler is to start; None for a run that has none."""
        return None if queues.scheduler_of(self.spec(run)) is None else self._place.run(run).job_script

    def preview(self, spec: Dict[str, Any]) -> Dict[str, Any]:
        """What submitting a run would give its scheduler, with nothing written: {"script", "path"}, both may be None.

        Raises:
            AgentError: bad_request, refused.
        """
        from nerotui.agent.run import submission

        return submission.preview(self._place, self._resources, spec)

    def queue_of(self, spec: Dict[str, Any]) -> Queue:
        """The queue that a run belongs to: this host's, or its scheduler's."""
        name = queues.queue_of(spec)
        if name is None:
            return self._queue
        if name not in self._scheduled:
            self._scheduled[name] = Queue(self._place.queue(name))
        return self._scheduled[name]

    def act(
        self, run: str, action: str, who: Optional[str], attempt: Optional[int], args: Optional[Dict[str, Any]] = None
    ) -> Dict[str, Any]:
        """Carries out an action, or puts it durably on record for the run's supervisor; returns the run's record.

        Args:
            run: the run's id.
            action: hold, release, move, freeze, thaw, yield, kill, retry or remove.
            who: who asks.
            attempt: the attempt that is meant; another one is left alone. None means whichever there is.
            args: the action's own.

        Raises:
            AgentError: no_such_run, illegal, elsewhere, bad_request.
        """
        from nerotui.agent.run import actions

        found = self.record(run)
        self._own(run)
        queue = self.queue_of(self.spec(run))
        actions.act(self._place, queue, found, queue.of_run(run), action, who, attempt, args or {})
        self._forget()
        if action == "remove":
            self._specs.pop(run, None)
            return dict(found, position=None)
        return self.record(run)

    def keep_job(self, run: str, attempt: int, scheduler: str, job: Optional[str], argv: List[str]) -> Dict[str, Any]:
        """Puts the job that was submitted for an attempt on record; returns the run's record.

        Raises:
            AgentError: no_such_run.
        """
        from nerotui.agent.jobs import files

        files.keep_job(self._folder(run), scheduler, attempt, job, argv)
        return self.record(run)

    def judge(
        self, run: str, attempt: int, end: Dict[str, Any], who: Optional[str], job: Optional[str] = None
    ) -> Dict[str, Any]:
        """Takes note that an attempt is over, as its scheduler's word proves; returns the run's record.

        Raises:
            AgentError: no_such_run, bad_request, illegal, elsewhere.
        """
        from nerotui.agent.jobs import judging

        self._own(run)
        spec = self.spec(run)
        judging.judge(self._place, self.queue_of(spec), self._place.run(run), spec, attempt, end, who, job)
        self._forget()
        return self.record(run)

    def log_path(self, run: str) -> str:
        """The file that holds what the run printed."""
        return self._folder(run).log

    def points_path(self, run: str) -> str:
        """The file of its points, an object a line."""
        return self._folder(run).metrics

    def stats_path(self, run: str) -> str:
        """The file of its load over time, an object a line."""
        return self._folder(run).stats

    def contact(self) -> Optional[str]:
        """Puts right what a crash left behind, and sees that a dispatcher lives while there is work for one.

        To be called at the start of a session and every few seconds. Returns a sentence where a dispatcher could not be
        started.
        """
        from nerotui.agent.queue import launch

        if not os.path.isdir(self._place.runs):
            return None
        self._read_ids()
        self._read_line(anew=True)
        try:
            self._upkeep.look(self._ids, self._line.entries)
            self._look_after_jobs()
            self._bundles.look(time.time())
            return launch.ensure(self._place, self._queue)
        except OSError as error:  # a root that can be read only is watched all the same
            return "nothing can be started here: {}".format(error)

    def _look_after_jobs(self) -> None:
        """Sees to attempts of schedulers' queues whose supervisors are gone, as far as that can be told from here."""
        claims = [entry for entry in self._line.claims if self._line.elsewhere(entry.run)]
        if not claims:
            return
        from nerotui.agent.jobs import aftercare

        for claim in claims:
            queue = Queue(self._place.queue(os.path.basename(self._line.hosts[claim.run])))
            aftercare.look(self._place, queue, claim)

    def _folder(self, run: str) -> RunFolder:
        self.spec(run)
        return self._place.run(run)

    def _own(self, run: str) -> None:
        """Refuses what only the run's own host may do; a run that no host dispatches finds it in its folder."""
        spec = self.spec(run)
        if queues.queue_of(spec) is not None:
            return
        here = identity.here()
        if spec.get("hostname") not in (None, here.hostname) or spec.get("machine") not in (None, here.machine):
            raise AgentError(
                "elsewhere",
                "{} is a run of the host {}, and this is {}".format(run, spec.get("hostname"), here.hostname),
                "connect to that host to act on it",
            )

    def _forget(self) -> None:
        """Has everything read anew: something was just done here."""
        self._lines.forget()
        self._ids_stamp = None

    def _read_ids(self) -> None:
        stamp, young = stamp_of(self._place.runs)
        if stamp is None or young or stamp != self._ids_stamp:
            self._ids = {name for name in durable.names(self._place.runs) if is_id(name)}
            self._ids_stamp = None if young else stamp

    def _read_line(self, anew: bool = False) -> None:
        self._line = self._lines.read(anew)
