"""Attempts that lost their supervisor and get no other one, for only their scheduler may start anything of theirs.

What is proved decides: an end or an exit code on record is an end, and what never ran waits again. All else is left to
the scheduler's word, which another host's supervisors need in any case.
"""

import os
import time
from typing import Any, Dict, Optional

from nerotui.agent import durable
from nerotui.agent.jobs import queues
from nerotui.agent.processes import identity
from nerotui.agent.processes.tree import Tree
from nerotui.agent.queue import recovery
from nerotui.agent.queue.queue import Entry, Queue
from nerotui.agent.run import attempts, ending, events
from nerotui.agent.run.attempts import Attempts, Try
from nerotui.agent.run.carryon import following
from nerotui.agent.run.layout import Root, RunFolder
from nerotui.agent.run.requests import Request, Requests
from nerotui.agent.run.status import Status
from nerotui.agent.supervise import closing

End = Dict[str, Any]

#: So long, in seconds, may a supervisor on another host take from the end on record to letting go of the run.
LETTING_GO = 60.0

#: What is known of the end of an attempt that left no exit code and whose processes are gone.
LOST = {
    "state": "lost",
    "reason": "its supervisor and its processes are gone and left no exit code",
    "exit_code": None,
    "signal": None,
}


def look(root: Root, queue: Queue, claim: Entry) -> None:
    """Sees to a claim in a queue that no host dispatches."""
    if recovery.orphaned(claim):
        bury(root, queue, claim, give_up=_nobodys(queue))
    elif _ended_at(root.run(claim.run), claim.attempt) < time.time() - LETTING_GO:
        recovery.settle(root, queue, claim)


def bury(root: Root, queue: Queue, claim: Entry, give_up: bool) -> bool:
    """Does what is proved about an attempt whose supervisor is dead; whether it is over by that.

    Args:
        root: nerotui's folder.
        queue: where the claim is.
        claim: the dead supervisor's.
        give_up: whether an attempt of which nothing is left is to be lost; else its scheduler may still know better.
    """
    if recovery.needless(root, queue, claim) or recovery.settle(root, queue, claim):
        return True
    folder = root.run(claim.run)
    known = attempts.read(folder.attempts)
    tried = known.tries.get(claim.attempt)
    ran = tried is not None and (tried.ran or tried.exit_code is not None)
    if not ran and not _nobodys(queue):
        recovery.wait_again(queue, folder, claim, "serve")
        return False
    code = tried.exit_code if tried is not None else None
    if code is None and not (give_up and gone(known, tried, claim)):
        return False
    mine = queue.claim(claim, identity.mine())
    if mine is None:
        return False
    spec = durable.read_json(folder.spec) or {}
    lost = dict(LOST, reason="its script is gone and did not say how it ended") if spec.get("staged") else LOST
    end = carried_on(proved(folder, known, claim.attempt, begun(folder, claim.attempt)) or lost, spec, claim.attempt)
    closing.close(root, queue, mine, end, Status(folder, claim.attempt), _writer(folder))
    return True


def gone(known: Attempts, tried: Optional[Try], claim: Entry) -> bool:
    """Whether nothing of an attempt lives on, as far as can be seen on this host."""
    shell = known.child(tried) if tried is not None else None
    if shell is not None and identity.alive(shell) is not False:
        return False
    return not Tree(claim.run, claim.attempt, shell).members()


def proved(folder: RunFolder, known: Attempts, attempt: int, asked: Optional[Request]) -> Optional[End]:
    """How an attempt ended as far as its own files prove it; None where they do not.

    Args:
        folder: the run's folder.
        known: its attempts.
        attempt: the attempt's number.
        asked: the kill, yield or time limit that its supervisor had begun.
    """
    tried = known.tries.get(attempt)
    code = None if tried is None else tried.exit_code
    if code is None and asked is None:
        return None
    start = _status(folder, attempt).get("log_start")
    tail = ending.tail_of(folder.log, start if isinstance(start, int) else 0)
    return closing.verdict(code, tail, asked, False)


def begun(folder: RunFolder, attempt: int) -> Optional[Request]:
    """The kill, yield or time limit that the supervisor of an attempt had begun, if one is on record."""
    name = _status(folder, attempt).get("stopped_by")
    for request in Requests(folder, attempt).pending() if name else []:
        if os.path.basename(request.path) == name:
            return request
    return None


def carried_on(end: End, spec: Dict[str, Any], attempt: int) -> End:
    """The end of an attempt, with what follows from it where the run is to carry on by itself."""
    after = following(spec, attempt, end)
    return end if after is None else dict(end, next=after)


def _nobodys(queue: Queue) -> bool:
    """Whether nothing will ever start what waits in a queue, and nobody but this host knows how it ended."""
    return queue.folder.scheduler == queues.TRACK


def _status(folder: RunFolder, attempt: int) -> Dict[str, Any]:
    found = durable.read_json(folder.status) or {}
    return found if found.get("attempt") == attempt else {}


def _ended_at(folder: RunFolder, attempt: int) -> float:
    try:
        return os.stat("{}/{}.end".format(folder.attempts, attempt)).st_mtime
    except OSError:
        return time.time()  # it has not ended


def _writer(folder: RunFolder) -> events.Writer:
    return events.Writer(folder, "serve", identity.mine())
