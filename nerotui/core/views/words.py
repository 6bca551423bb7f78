"""The words of the screen for states: four letters, a role, an order, and a whole word for sentences."""

from __future__ import annotations

from nerotui.agent.states import RunState
from nerotui.core.records import Run
from nerotui.core.views.spans import Role

_S = RunState

#: state: (four letters, role, place in the order of states, word of the summary)
_WORDS: dict[RunState, tuple[str, Role, int, str]] = {
    _S.STOPPING: ("STOP", "paused", 0, "stopping"),
    _S.STARTING: ("STRT", "running", 1, "starting"),
    _S.RUNNING: ("RUN", "running", 1, "run"),
    _S.PAUSED: ("PAUS", "paused", 2, "paused"),
    _S.QUEUED: ("WAIT", "waiting", 3, "wait"),
    _S.HELD: ("HELD", "waiting", 4, "held"),
    _S.FAILED: ("FAIL", "failed", 5, "fail"),
    _S.OOM: ("OOM", "failed", 5, "oom"),
    _S.TIMEOUT: ("TIME", "failed", 5, "timeout"),
    _S.LOST: ("LOST", "lost", 6, "lost"),
    _S.PREEMPTED: ("PREE", "lost", 7, "preempted"),
    _S.KILLED: ("KILL", "waiting", 8, "killed"),
    _S.DONE: ("DONE", "done", 9, "done"),
}

#: The order in which the summary counts states.
_SUMMARY = (
    _S.RUNNING,
    _S.STARTING,
    _S.STOPPING,
    _S.PAUSED,
    _S.QUEUED,
    _S.HELD,
    _S.FAILED,
    _S.OOM,
    _S.TIMEOUT,
    _S.PREEMPTED,
    _S.LOST,
)


def state_word(run: Run) -> str:
    """The run's state in four letters at most; the first in its queue is NEXT."""
    if run.state is _S.QUEUED and run.position == 1:
        return "NEXT"
    return _WORDS[run.state][0]


def state_role(run: Run) -> Role:
    """The role that a run's state word is drawn in."""
    return _WORDS[run.state][1]


def state_rank(state: RunState) -> int:
    """Where a state stands when rows are ordered by state: what needs a GPU first, what is long over last."""
    return _WORDS[state][2]


def state_name(run: Run) -> str:
    """The state as a word in a sentence: running, frozen, next in line."""
    if run.state is _S.PAUSED:
        return "frozen" if run.live else "paused"
    if run.state is _S.QUEUED:
        return "next in line" if run.position == 1 else "waiting"
    return str(run.state)


def summary(counts: dict[RunState, int], dot: str = "·") -> str:
    """Counts of states in words: "3 run · 1 paused · 2 wait · 1 fail"; only done ones: "2 done"."""
    parts = [f"{counts[state]} {_WORDS[state][3]}" for state in _SUMMARY if counts.get(state)]
    if not parts:
        parts = [f"{counts[state]} {_WORDS[state][3]}" for state in (_S.KILLED, _S.DONE) if counts.get(state)]
    return f" {dot} ".join(parts)
