"""Runs that wait for others: whether those have ended as was asked, told from their folders under the same root."""

import os
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from nerotui.agent import durable
from nerotui.agent.queue.plan import Ask
from nerotui.agent.queue.queue import CLAIMED, HELD, Entry, parse
from nerotui.agent.run import attempts, ending
from nerotui.agent.run.carryon import SCHEDULER
from nerotui.agent.run.layout import Root, is_id
from nerotui.agent.states import RunState


class Standing(NamedTuple):
    """What a run's dependencies come to.

    Attributes:
        waits: what it waits for, as a sentence; empty where it may start.
        never: why it will never start; empty as long as it may.
    """

    waits: str = ""
    never: str = ""


FREE = Standing()


class Dependencies:
    """Looks at the runs that others wait for; what it found counts for one look at a line."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._entries: Optional[Dict[str, Entry]] = None
        self._known: Dict[str, Optional[str]] = {}

    def of(self, spec: Dict[str, Any]) -> Standing:
        """Whether a run may start, as far as others go.

        Args:
            spec: its run.json: `after` are runs that must be done, `after_any` runs that must be over.
        """
        waits: List[str] = []
        for run in names(spec, "after"):
            state = self._state(run)
            if state is None:
                return Standing(never="the run {} that it waits for is not there any more".format(run))
            if state in _OVER and state != RunState.DONE.value:
                return Standing(never="the run that it waits for, {}, {}".format(self._called(run), _OVER[state]))
            if state != RunState.DONE.value:
                waits.append("{}, which {}".format(self._called(run), _STANDS.get(state, "runs")))
        for run in names(spec, "after_any"):
            state = self._state(run)
            if state is not None and state not in _OVER and state != RunState.DONE.value:
                waits.append("{}, which {}".format(self._called(run), _STANDS.get(state, "runs")))
        return Standing(waits="it waits for {}".format(" and ".join(waits))) if waits else FREE

    def attempt_under_way(self, run: str) -> Optional[int]:
        """The attempt of a run that is not over yet; None where it is, or where there is no such run."""
        if self._state(run) not in _STANDS:
            return None
        entry = self._entry(run)
        return entry.attempt if entry is not None else attempts.read(self._root.run(run).attempts).newest or 1

    def _state(self, run: str) -> Optional[str]:
        if run not in self._known:
            self._known[run] = self._look(run)
        return self._known[run]

    def _look(self, run: str) -> Optional[str]:
        """The state of a run, as roughly as is needed here; None where there is no such run."""
        folder = self._root.run(run)
        if not is_id(run) or not os.path.exists(folder.spec):
            return None
        entry = self._entry(run)
        if entry is None:
            known = attempts.read(folder.attempts)
            end = known.end(known.newest) if known.newest else None
            if end is not None and end.get("next") is None:
                # Its scheduler may start the same job again, until somebody has heard that it does not.
                back = end["state"] == RunState.PREEMPTED.value and end.get("by") == SCHEDULER and "judged" not in end
                return RunState.QUEUED.value if back else str(end["state"])
            # A folder that is read while a name in it changes may show neither the old nor the new one.
            self._entries = None
            entry = self._entry(run)
        if entry is not None:
            return {CLAIMED: RunState.RUNNING, HELD: RunState.HELD}.get(entry.kind, RunState.QUEUED).value
        tried = known.tries.get(known.newest)
        if end is not None or tried is None:
            return RunState.QUEUED.value  # its entry is made in this moment
        if tried.exit_code is not None:
            return str(ending.judge(tried.exit_code, b"")["state"])
        return RunState.LOST.value

    def _entry(self, run: str) -> Optional[Entry]:
        if self._entries is None:
            self._entries = {}
            for host in durable.names(self._root.queues):
                for name in durable.names(self._root.queue(host).line):
                    entry = parse(name)
                    if entry is not None:
                        self._entries[entry.run] = entry
        return self._entries.get(run)

    def _called(self, run: str) -> str:
        spec = durable.read_json(self._root.run(run).spec) or {}
        name = spec.get("name")
        return "{} ({})".format(name, run) if name and name != run else run


def names(spec: Dict[str, Any], kind: str) -> List[str]:
    """The ids of the runs that a run waits for."""
    value = spec.get(kind)
    return [str(run) for run in value] if isinstance(value, (list, tuple)) else []


def standings(root: Root, asks: Iterable[Ask]) -> Iterator[Tuple[Ask, Standing]]:
    """Each of those that wait in a line, with what its dependencies come to at this moment."""
    look = Dependencies(root)
    for ask in asks:
        yield ask, look.of(ask.after) if ask.after else FREE


_OVER = {
    RunState.FAILED.value: "failed",
    RunState.KILLED.value: "was killed",
    RunState.TIMEOUT.value: "ran into its time limit",
    RunState.OOM.value: "ran out of memory",
    RunState.PREEMPTED.value: "was preempted",
    RunState.LOST.value: "was lost",
}
_STANDS = {RunState.QUEUED.value: "waits itself", RunState.HELD.value: "is held", RunState.RUNNING.value: "runs"}
