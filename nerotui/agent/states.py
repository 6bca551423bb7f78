"""The states of a run, the moves between them, and which action may be asked for in which state."""

import enum
from typing import Optional, Union


class RunState(str, enum.Enum):
    """Where a run stands. Only what its host reports moves it."""

    HELD = "held"
    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"
    KILLED = "killed"
    TIMEOUT = "timeout"
    OOM = "oom"
    PREEMPTED = "preempted"
    LOST = "lost"

    __str__ = str.__str__


_S = RunState

#: In the queue: no process yet.
WAITING = frozenset((_S.HELD, _S.QUEUED))
#: A process of the run may exist on its host.
LIVE = frozenset((_S.STARTING, _S.RUNNING, _S.PAUSED, _S.STOPPING))
#: The attempt is over; only a retry (or, for LOST, late proof) moves it again.
ENDED = frozenset((_S.DONE, _S.FAILED, _S.KILLED, _S.TIMEOUT, _S.OOM, _S.PREEMPTED, _S.LOST))

#: The legal moves. A move to the same state is no move. LOST may turn into anything that late proof shows.
MOVES = {
    _S.HELD: frozenset((_S.QUEUED, _S.KILLED)),
    _S.QUEUED: frozenset((_S.HELD, _S.STARTING, _S.KILLED, _S.FAILED)),
    _S.STARTING: frozenset((_S.RUNNING, _S.QUEUED, _S.HELD, _S.PAUSED, _S.STOPPING)) | ENDED,
    _S.RUNNING: frozenset((_S.PAUSED, _S.STOPPING, _S.QUEUED, _S.HELD)) | ENDED,
    _S.PAUSED: frozenset((_S.RUNNING, _S.STOPPING, _S.QUEUED, _S.HELD)) | ENDED,
    _S.STOPPING: frozenset((_S.QUEUED, _S.HELD)) | ENDED,
    _S.DONE: frozenset((_S.QUEUED, _S.HELD)),
    _S.FAILED: frozenset((_S.QUEUED, _S.HELD)),
    _S.KILLED: frozenset((_S.QUEUED, _S.HELD)),
    _S.TIMEOUT: frozenset((_S.QUEUED, _S.HELD)),
    _S.OOM: frozenset((_S.QUEUED, _S.HELD)),
    _S.PREEMPTED: frozenset((_S.QUEUED, _S.HELD)),
    _S.LOST: frozenset(set(_S) - {_S.LOST}),
}

#: What may be asked of a run in which state. "pause" and "resume" are a user's words; these are the host's.
ACTIONS = {
    "hold": frozenset((_S.QUEUED,)),
    "release": frozenset((_S.HELD,)),
    "move": WAITING,
    "freeze": frozenset((_S.RUNNING,)),
    "thaw": frozenset((_S.PAUSED,)),
    "yield": frozenset((_S.RUNNING, _S.PAUSED)),
    "limit": WAITING | LIVE,
    "kill": WAITING | LIVE,
    "retry": ENDED,
    "remove": WAITING | ENDED,
}

#: A user's word and a state give the host's action.
MEANINGS = {
    "pause": {_S.RUNNING: "freeze", _S.QUEUED: "hold"},
    "resume": {_S.PAUSED: "thaw", _S.HELD: "release"},
}


def meaning(word: str, state: Union[RunState, str]) -> Optional[str]:
    """The host's action for a user's word in a state, or None where the word means nothing there.

    Args:
        word: an action of ACTIONS, or "pause" or "resume".
        state: a RunState or its value.
    """
    state = RunState(state)
    if word in MEANINGS:
        return MEANINGS[word].get(state)
    return word if state in ACTIONS.get(word, ()) else None
