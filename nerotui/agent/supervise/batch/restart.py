"""A job that its scheduler starts again: the attempt before is over, and this start is the next one."""

from typing import Any, Dict, Optional

from nerotui.agent.processes import identity
from nerotui.agent.queue.queue import CLAIMED, HELD, Entry, Queue
from nerotui.agent.run import attempts, ending, events
from nerotui.agent.run.carryon import SCHEDULER
from nerotui.agent.run.layout import Root
from nerotui.agent.run.status import Status
from nerotui.agent.supervise import closing
from nerotui.agent.supervise.batch import evidence
from nerotui.agent.supervise.batch.job import Job

_BACK = "its scheduler stopped its job and started it again"


def succeed(root: Root, queue: Queue, run: str, job: Job, before: Dict[str, Any]) -> Optional[Entry]:
    """The entry that a later start of a job makes for its run; None where there is nothing to go on with.

    That the scheduler starts the same job again proves that what it started before is over, on whichever node that was.

    Args:
        root: nerotui's folder.
        queue: the scheduler's queue.
        run: the run's id.
        job: this start.
        before: what the run's folder keeps of the one before.
    """
    attempt = before.get("attempt")
    if not isinstance(attempt, int) or not job.again(before):
        return None
    folder = root.run(run)
    claim = None
    for entry in queue.entries():
        if entry.run == run and entry.kind == HELD:
            return None
        if entry.run == run and entry.attempt >= attempt:
            claim = entry
    known = attempts.read(folder.attempts)
    end = known.end(attempt)
    if claim is None:
        # Its supervisor had time to say how it ended, and did not know that there would be another start.
        if end is None or known.newest != attempt or end.get("by") != SCHEDULER or end["state"] == "done":
            return None
        return _add(root, queue, run, attempt, end["time"])
    if claim.kind != CLAIMED or claim.attempt != attempt:
        return None
    mine = queue.claim(claim, identity.mine())
    if mine is None:
        return None
    if end is None:
        end = _end(folder.job_out, int(before.get("said") or 0), known, attempt)
        writer = events.Writer(folder, "supervise", identity.mine())
        closing.close(root, queue, mine, end, Status(folder, attempt), writer)
    else:
        closing.settle(root, queue, mine, end, Status(folder, attempt))
        queue.drop(mine)
    for entry in queue.entries():
        if entry.run == run and entry.attempt == attempt + 1 and entry.kind not in (CLAIMED, HELD):
            return entry
    return None


def _end(output: str, since: int, known: attempts.Attempts, attempt: int) -> Dict[str, Any]:
    tried = known.tries.get(attempt)
    if tried is not None and tried.exit_code == 0:
        return ending.judge(0, b"")  # it was done just before
    end = {"state": "preempted", "reason": _BACK, "exit_code": None, "signal": None, "by": SCHEDULER}  # type: Dict[str, Any]
    told = evidence.end_of(evidence.cause(output, since), "slurm", "it left no word")
    if told["state"] == "preempted":
        end["reason"] = told["reason"]
    end["next"] = {"held": False}
    return end


def _add(root: Root, queue: Queue, run: str, attempt: int, moment: float) -> Entry:
    writer = events.Writer(root.run(run), "supervise", identity.mine())
    writer.add("requeued", "{}: attempt {}".format(_BACK, attempt + 1), attempt=attempt + 1)
    return queue.add(run, attempt + 1, False, moment)
