"""`supervise RUN --queue @SCHEDULER`: what a scheduler's job becomes on its node."""

import os
import sys
import time
from typing import Any, Dict, Optional

from nerotui.agent import durable
from nerotui.agent.processes import identity
from nerotui.agent.queue import recovery
from nerotui.agent.queue.queue import HELD, WAITS, Entry, Queue
from nerotui.agent.run.layout import Root, RunFolder
from nerotui.agent.supervise import supervise
from nerotui.agent.supervise.batch import evidence, heard, job, restart
from nerotui.agent.supervise.batch.guard import GUARDING
from nerotui.agent.supervise.batch.job import Job
from nerotui.agent.supervise.batch.place import Place

#: A hold that is younger than this when its job starts, in seconds, was meant to keep the job from it.
YOUNG = 5.0


def main(root: str, run: str, name: str) -> int:
    """Supervises what waits of a run in a scheduler's queue, in this very process.

    A job that finds nothing to do leaves quietly: another has done it, or its owner has thought better of it.

    Args:
        root: nerotui's folder, which this node shares with the host that submitted the job.
        run: the run's id.
        name: the queue: "@slurm" or "@gridengine".

    Returns:
        The run's exit code, so that the scheduler knows how its job ended.
    """
    where = Root(os.path.abspath(os.path.expanduser(root)))
    folder = where.run(run)
    spec = durable.read_json(folder.spec)
    if spec is None:
        if not os.path.isdir(where.runs):
            _say(
                "{} has no {}: is it on a file system that the nodes share?".format(
                    identity.here().hostname, where.runs
                )
            )
            return 1
        return 0  # removed meanwhile
    queue = Queue(where.queue(name))
    guarding = os.environ.pop(GUARDING, "")
    heard.listen(name[1:])
    before = durable.read_json(folder.job_started) or {}
    around = job.here(name[1:], os.environ, before)._replace(said=evidence.size(folder.job_out))
    entry = (
        None if guarding else _entry(queue, run, folder, around) or restart.succeed(where, queue, run, around, before)
    )
    orphan = _orphan(where, queue, run) if entry is None else None
    if entry is None and orphan is None and not guarding:
        entry = _entry(queue, run, folder, around)  # that supervisor had not started anything
    claim = queue.claim(entry, identity.mine()) if entry is not None else None
    if orphan is not None:
        around, claim = around._replace(said=int(before.get("said") or 0)), orphan
    elif claim is not None:
        if (spec.get("after") or spec.get("after_any")) and not _may_start(where, queue, claim, spec):
            return 1
        try:
            durable.replace(folder.job_started, durable.to_json(around.started(claim.attempt)))
        except OSError:
            pass  # a full disk: whether anything can be kept of the attempt is seen at its start
        if spec.get("script"):
            _link_output(folder, spec, around)
    else:
        return 0
    place = Place(around, folder, spec, orphaned=orphan is not None)
    supervise.Supervisor(where, queue, claim, around.gpus, place).run()
    place.dismiss()
    return place.exit_code


def _entry(queue: Queue, run: str, folder: RunFolder, around: Job) -> Optional[Entry]:
    """What waits of a run: the only permission to start anything."""
    found = None
    for entry in queue.entries():
        if entry.run != run or not (entry.kind == WAITS or _released(queue, entry, folder, around)):
            continue
        if found is None or entry.attempt > found.attempt:
            found = entry
    return found


def _released(queue: Queue, entry: Entry, folder: RunFolder, around: Job) -> bool:
    """Whether a held run's own job starts all the same: somebody has released that by the scheduler's means.

    A hold that is as young as the job crossed its start, and stands. A next attempt that is held waits for a job of its
    own.
    """
    kept = durable.read_json(folder.job) or {}
    its_own = kept.get("attempt") == entry.attempt and around.id is not None and kept.get("id") == around.id
    if entry.kind != HELD or not its_own:
        return False
    try:
        held_at = os.stat(os.path.join(queue.folder.line, entry.name)).st_ctime
    except FileNotFoundError:
        return False  # changed in this moment, by somebody who knows what they want
    return time.time() - held_at > YOUNG


def _may_start(root: Root, queue: Queue, claim: Entry, spec: Dict[str, Any]) -> bool:
    from nerotui.agent.supervise.batch import waiting  # few runs wait for others

    return waiting.may_start(root, queue, claim, spec)


def _link_output(folder: RunFolder, spec: Dict[str, Any], around: Job) -> None:
    from nerotui.agent.supervise.batch import outputs  # few runs are their user's own scripts

    outputs.link(folder, spec, around.scheduler, os.environ)


def _orphan(root: Root, queue: Queue, run: str) -> Optional[Entry]:
    """The claim of a supervisor that died on this node and left its run running; taken over."""
    for entry in queue.entries():
        if entry.run == run and recovery.orphaned(entry):
            return recovery.recover(root, queue, entry)
    return None


def _say(text: str) -> None:
    sys.stderr.write("nerotui agent: {}\n".format(text))
