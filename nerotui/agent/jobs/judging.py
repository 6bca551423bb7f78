"""Attempts that are over by their scheduler's word: their end is put on record, and what follows from it is done."""

import os
import time
from typing import Any, Dict, Optional

from nerotui.agent import durable
from nerotui.agent.errors import AgentError
from nerotui.agent.jobs import aftercare, files
from nerotui.agent.processes import identity
from nerotui.agent.queue.queue import CLAIMED, Entry, Queue
from nerotui.agent.run import attempts, ending, events
from nerotui.agent.run.attempts import Attempts
from nerotui.agent.run.layout import Root, RunFolder
from nerotui.agent.run.status import Status
from nerotui.agent.states import ENDED, RunState
from nerotui.agent.supervise import closing

End = Dict[str, Any]

#: Who has put an end on record that is the scheduler's doing.
SCHEDULER = "scheduler"

#: What a scheduler knows better than the exit code of what it ended.
_CUT_SHORT = frozenset((RunState.TIMEOUT.value, RunState.PREEMPTED.value, RunState.OOM.value, RunState.KILLED.value))
_ENDED = frozenset(state.value for state in ENDED)


def judge(
    root: Root,
    queue: Queue,
    folder: RunFolder,
    spec: Dict[str, Any],
    attempt: int,
    end: End,
    who: Optional[str],
    job: Optional[str] = None,
) -> None:
    """Closes an attempt whose end its supervisor did not put on record, or says better how a scheduler ended it.

    What a supervisor has put on record stands, but for an end that it saw only as its scheduler's signal: that is
    refined once.

    Args:
        root: nerotui's folder.
        queue: the run's queue.
        folder: the run's folder.
        spec: its run.json.
        attempt: the attempt's number.
        end: {"state", "reason", "exit_code", "signal"}.
        who: who asked the scheduler.
        job: the job whose end proves it; another one may have taken its place, and that one's run waits.

    Raises:
        AgentError: bad_request, illegal.
    """
    said = _checked(end)
    known = attempts.read(folder.attempts)
    entry = queue.of_run(spec["id"])
    current = max(known.newest, entry.attempt if entry is not None else 1)
    if attempt > current:
        raise AgentError("illegal", "{} has no attempt {} yet".format(spec["id"], attempt), "look at it again")
    if entry is not None and entry.attempt != attempt:
        entry = None  # a later attempt's, which this does not concern
    me = identity.mine()
    if entry is None:
        _conclude(root, queue, folder, spec, attempt, said, who, None, attempt >= current)
        return
    kept = files.job_of(folder, attempt).get("id")
    if entry.claimant is None and job is not None and kept is not None and kept != job:
        raise AgentError("illegal", "{} waits for another job by now, {}".format(spec["id"], kept), "look at it again")
    if entry.claimant is not None and entry.claimant != me and identity.alive(entry.claimant):
        raise AgentError("illegal", "{} is supervised on this very host".format(spec["id"]), "act on it instead")
    claim = queue.claim(entry, me)
    if claim is None:
        raise AgentError("illegal", "the state of {} has just changed".format(spec["id"]), "look at it again")
    try:
        _conclude(root, queue, folder, spec, attempt, said, who, claim, attempt >= current)
    except OSError:  # a full disk: it may be judged again when there is room
        queue.restore(claim, entry)
        raise
    queue.drop(claim)


def _conclude(
    root: Root,
    queue: Queue,
    folder: RunFolder,
    spec: Dict[str, Any],
    attempt: int,
    said: End,
    who: Optional[str],
    claim: Optional[Entry],
    newest: bool,
) -> None:
    """Puts the end on record where that is due, and does what follows from the one that is."""
    written = _write(folder, attempts.read(folder.attempts), attempt, said, spec)
    if written is not None:
        writer = events.Writer(folder, "serve", identity.mine())
        writer.add(written["state"], _words(written), who=who, durably=True, attempt=attempt)
    final = attempts.read(folder.attempts).end(attempt)
    if final is not None and newest:
        closing.settle(root, queue, _place(claim, spec, attempt), final, Status(folder, attempt))


def _checked(end: End) -> End:
    state = end.get("state")
    if state not in _ENDED:
        raise AgentError("bad_request", "{!r} is no end of a run".format(state))
    for name, kinds in (("reason", str), ("exit_code", int), ("signal", str)):
        value = end.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, kinds)):
            raise AgentError("bad_request", "the end's {} is {!r}".format(name, value))
    return {name: end.get(name) for name in ("state", "reason", "exit_code", "signal")}


def _agreed(folder: RunFolder, known: Attempts, attempt: int, said: End) -> End:
    """The scheduler's word and what the run's own files prove, each where it knows better."""
    begun = aftercare.begun(folder, attempt)
    proved = aftercare.proved(folder, known, attempt, begun)
    if proved is None:
        return said
    vacated = begun is not None and begun.args.get("by") == SCHEDULER
    own = begun is not None or proved["exit_code"] == 0 or proved["state"] == RunState.OOM.value
    if said["state"] in _CUT_SHORT and (vacated or not own):
        return dict(said, exit_code=proved["exit_code"], signal=proved["signal"])
    return proved


def _write(folder: RunFolder, known: Attempts, attempt: int, said: End, spec: Dict[str, Any]) -> Optional[End]:
    """Puts the end on record where that is for a judge to do; what was written, None where another end stands."""
    path = "{}/{}.end".format(folder.attempts, attempt)
    stands = durable.read_json(path) if os.path.exists(path) else None
    now = round(time.time(), 3)
    if stands is None:
        tried = known.tries.get(attempt)
        ended = known.exited_at(tried) if tried is not None and tried.exit_code is not None else None
        end = _agreed(folder, known, attempt, said)
        end = dict(end, attempt=attempt, time=round(ended or now, 3), by=SCHEDULER, judged=now)
        end = aftercare.carried_on(end, spec, attempt)
        return attempts.finish(folder.attempts, attempt, end, known.path(tried) if tried is not None else "")
    if not _refinable(stands, said):
        return None
    end = dict(stands, judged=now, state=said["state"], reason=said["reason"] or stands.get("reason"))
    for name in ("exit_code", "signal"):
        if stands.get("exit_code") is None and stands.get("signal") is None:
            end[name] = said[name]
    end = aftercare.carried_on(end, spec, attempt)
    durable.replace(path, durable.to_json(end))
    return end


def _refinable(stands: End, said: End) -> bool:
    """Whether a scheduler's later word may say better how an attempt ended."""
    if stands.get("state") == RunState.LOST.value:
        return True
    if "judged" in stands:
        return False
    # Whom the kernel killed for want of memory only the job's own group knows, which a scheduler reads at the very end.
    unknown = stands.get("signal") == "SIGKILL" and str(stands.get("reason")).endswith(ending.NOT_OURS)
    return stands.get("by") == SCHEDULER or (unknown and said["state"] == RunState.OOM.value)


def _place(claim: Optional[Entry], spec: Dict[str, Any], attempt: int) -> Entry:
    return claim if claim is not None else Entry(CLAIMED, 0, str(spec["id"]), attempt)


def _words(end: End) -> str:
    return str(end.get("reason") or "exit code {}".format(end.get("exit_code")))
