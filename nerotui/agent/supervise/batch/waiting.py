"""Runs that a job's run waits for, looked at once more when the job starts: its scheduler knows only earlier jobs.

A job starts however the ones before it ended, and a run that yields or carries on has another job by then.
"""

from typing import Any, Dict, List

from nerotui.agent.jobs import files
from nerotui.agent.processes import identity
from nerotui.agent.queue.dependencies import Dependencies, names
from nerotui.agent.queue.queue import Entry, Queue
from nerotui.agent.run import events
from nerotui.agent.run.layout import Root
from nerotui.agent.run.status import Status
from nerotui.agent.supervise import closing
from nerotui.agent.supervise.batch.resubmit import resubmit


def may_start(root: Root, queue: Queue, claim: Entry, spec: Dict[str, Any]) -> bool:
    """Whether nothing holds a claimed run back any more. Where something does, that is dealt with, and the claim gone.

    Args:
        root: nerotui's folder.
        queue: the scheduler's queue.
        claim: the run's entry, this process's.
        spec: the run's run.json.
    """
    look = Dependencies(root)
    standing = look.of(spec)
    folder = root.run(claim.run)
    writer = events.Writer(folder, "supervise", identity.mine())
    if standing.never:
        end = {"state": "killed", "reason": "it was not started: " + standing.never, "exit_code": None, "signal": None}
        closing.close(root, queue, claim, end, Status(folder, claim.attempt), writer)
        return False
    if not standing.waits:
        return True
    scheduler = str(queue.folder.scheduler)
    options = _options(root, look, spec, scheduler)
    if not options:
        closing.shelve(queue, claim, standing.waits, Status(folder, claim.attempt))
        writer.add("held", standing.waits, attempt=claim.attempt)
        return False
    closing.put_back(queue, claim)
    said = resubmit(folder, claim.attempt, scheduler, options)
    writer.add("requeued", "{}: {}".format(standing.waits, said), attempt=claim.attempt)
    return False


def _options(root: Root, look: Dependencies, spec: Dict[str, Any], scheduler: str) -> List[str]:
    """How a job is told to wait for the present jobs of these runs; nothing where one of them has none."""
    jobs: List[str] = []
    for kind in ("after", "after_any"):
        for run in names(spec, kind):
            attempt = look.attempt_under_way(run)
            if attempt is None:
                continue
            job = files.job_of(root.run(run), attempt).get("id")
            if not job:
                return []
            jobs.append(str(job))
    if scheduler == "gridengine":
        return ["-hold_jid", ",".join(job.partition(".")[0] for job in jobs)]
    return ["--dependency=" + ":".join(["afterany"] + jobs)]
