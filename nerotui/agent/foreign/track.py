"""Runs that a script of the user's own starts: `nerotui track`. They wait in no queue, and start no second time.

A script with several stages has no supervisor: what its run is, is told by the script, and that it lives, by its shell.
"""

import math
import os
import re
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from nerotui.agent import durable
from nerotui.agent.errors import AgentError
from nerotui.agent.jobs import files
from nerotui.agent.jobs.queues import TRACK
from nerotui.agent.processes import identity, processes
from nerotui.agent.processes.identity import Identity
from nerotui.agent.queue.queue import CLAIMED, Entry, Queue
from nerotui.agent.run import attempts, ending, events
from nerotui.agent.run.layout import SCHEDULED, Root, RunFolder, make_folder
from nerotui.agent.run.status import Status
from nerotui.agent.supervise import closing
from nerotui.agent.supervise.pace import Pace
from nerotui.agent.supervise.record import Record

#: The queue's name.
QUEUE = SCHEDULED + TRACK
#: What only runs can do that nerotui starts.
_NEVER = ("hold", "release", "move", "yield", "retry")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf(?:inity)?)$", re.IGNORECASE)
_PLACES = ("step", "epoch")
_SHELLS = ("sh", "bash", "dash", "zsh", "ksh", "fish")


def refusal(spec: Dict[str, Any], pid: Optional[int], name: str, action: str) -> Optional[AgentError]:
    """Why an action is none for a tracked run; None where it is one.

    Args:
        spec: the run's run.json.
        pid: the process that it is known by.
        name: what people call it.
        action: what is asked.
    """
    if spec.get("backend") != TRACK:
        return None
    if action in _NEVER:
        message = "cannot {} {}: nerotui did not start it, its own script did".format(action, name)
        return AgentError("illegal", message, "run the script again" if action == "retry" else "")
    if spec.get("staged") and action != "remove":
        message = "cannot {} {}: its script tells of its stages and is not in nerotui's hands".format(action, name)
        return AgentError("illegal", message, "the script is process {}".format(pid) if pid else "")
    return None


def caller() -> Identity:
    """The script that called this program: its shell, not a mere part of it that ends with the line.

    A part in parentheses, before a pipe or in `$(…)` is a copy of the shell, with the same command line; `sh -c LINE`
    is what programs make to call others.

    Raises:
        AgentError: there is none, or /proc does not show it.
    """
    pid = os.getppid()
    while True:
        found = processes.stat(pid)
        above = processes.stat(found.parent) if found is not None else None
        if found is None or found.dead:
            raise AgentError("io", "the script that called this is not there any more", "")
        if above is None or above.pid <= 1 or processes.owner(above.pid) != os.getuid():
            break
        line = processes.command_line(pid)
        copy = line == processes.command_line(above.pid) and found.session == above.session
        errand = os.path.basename(line[0] if line else "") in _SHELLS and line[1:2] == ["-c"] and found.session != pid
        if not (copy or errand):
            break
        pid = above.pid
    return Identity(identity.here(), pid, found.start)


def job_here() -> Tuple[Optional[str], Optional[str]]:
    """The scheduler and the id of the batch job around this process, if it is in one."""
    variables = os.environ
    array, task = variables.get("SLURM_ARRAY_JOB_ID"), variables.get("SLURM_ARRAY_TASK_ID")
    if array and task:
        return "slurm", "{}_{}".format(array, task)
    if variables.get("SLURM_JOB_ID"):
        return "slurm", variables["SLURM_JOB_ID"]
    if variables.get("JOB_ID") and variables.get("SGE_TASK_ID"):
        task = variables["SGE_TASK_ID"]
        return "gridengine", variables["JOB_ID"] + ("." + task if task.isdigit() else "")
    return None, None


def keep_job(folder: RunFolder) -> None:
    """Puts the batch job around this process on record."""
    scheduler, job = job_here()
    if scheduler is not None:
        files.keep_job(folder, scheduler, 1, job, [])


class Stage(NamedTuple):
    """A run that a script tells of itself.

    Attributes:
        entry: its claim, the script's.
    """

    root: Root
    queue: Queue
    entry: Entry

    @property
    def folder(self) -> RunFolder:
        """The run's folder."""
        return self.root.run(self.entry.run)


def begin(root: Root, run: str, who: Identity) -> None:
    """Makes a submitted run one that lives as long as a script does.

    Args:
        root: nerotui's folder.
        run: the run's id; its entry waits in the queue of tracked runs.
        who: the script.
    """
    queue = Queue(root.queue(QUEUE))
    entry = queue.of_run(run)
    claim = queue.claim(entry, who) if entry is not None else None
    if claim is None:
        raise AgentError("io", "the run {} was taken by somebody else".format(run), "")
    folder = root.run(run)
    path = folder.attempts + "/1.1"
    record = {"supervisor": who.token(), "gpus": [], "time": round(time.time(), 3)}
    durable.create(path, durable.to_json(record))
    durable.replace(path + ".child", durable.to_json({"identity": who.token()}), durable=False)
    durable.create(path + ".ran")
    keep_job(folder)
    status = Status(folder, 1)
    status.set(state="running", pid=who.pid, log_start=0, final=False)
    status.write()
    events.Writer(folder, "track", identity.mine()).add("started", "its script began", attempt=1)


def find(root: Root, text: str) -> Stage:
    """The stage that a script means by a name or an id: its own, where several have it.

    Raises:
        AgentError: none lives, or several do.
    """
    queue = Queue(root.queue(QUEUE))
    found = _stages(root, queue, text)
    found = own(found) or found
    if not found:
        hint = "begin with: nerotui track --start {}".format(text)
        raise AgentError("no_such_run", "no script that lives has started {!r}".format(text), hint)
    if len(found) > 1:
        listed = ", ".join(one.run for one in found)
        raise AgentError("bad_request", "{!r} could be {}".format(text, listed), "give the id that --start printed")
    return Stage(root, queue, found[0])


def has_begun(root: Root, name: str) -> bool:
    """Whether the calling script itself has begun a stage of this name and not ended it."""
    return bool(own(_stages(root, Queue(root.queue(QUEUE)), name)))


def own(found: List[Entry]) -> List[Entry]:
    """Those whose script this process belongs to."""
    above = _lineage()
    return [one for one in found if one.claimant is not None and (one.claimant.pid, one.claimant.start) in above]


def _stages(root: Root, queue: Queue, text: str) -> List[Entry]:
    """The stages of scripts that live and go by a name or an id."""
    found: List[Entry] = []
    for entry in queue.entries():
        if entry.kind != CLAIMED or entry.claimant is None or identity.alive(entry.claimant) is False:
            continue
        spec = durable.read_json(root.run(entry.run).spec) or {}
        if spec.get("staged") and text in (entry.run, spec.get("name")):
            found.append(entry)
    return found


def say(stage: Stage, text: str) -> int:
    """Adds a line to the run's log; returns where it begins."""
    fd = os.open(stage.folder.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        line = text.encode("utf-8", "surrogateescape") + b"\n"
        durable.write_all(fd, line)
        return os.fstat(fd).st_size - len(line)
    finally:
        os.close(fd)


def advance(stage: Stage, words: List[str]) -> None:
    """Adds what the script tells: KEY=VALUE pairs as a point, and all of it as a line of the log.

    Raises:
        AgentError: a key without a value.
    """
    now = time.time()
    point: Dict[str, Any] = {"t": round(now, 3)}
    progress: Optional[Dict[str, Any]] = None
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            continue
        if not key:
            raise AgentError("bad_request", "{!r} has no name".format(word), "KEY=VALUE: loss=0.3, epoch=4/10")
        at, _, of = value.partition("/")
        if key in _PLACES and _NUMBER.match(at):
            point[key] = _number(at)
            progress = {"unit": key, "at": _number(at), "of": _number(of) if _NUMBER.match(of) else None}
        elif _NUMBER.match(value):
            point[key] = _number(value)
    offset = say(stage, " ".join(words))
    folder, attempt = stage.folder, stage.entry.attempt
    status = Status(folder, attempt)
    point.update(source="log", offset=offset)
    if any(name not in _PLACES + ("t", "source", "offset") for name in point):
        kept = Record(folder.metrics, attempt, status.values.get("metrics"), False)
        kept.add([point])
        status.set(metrics=kept.summary)
    if progress is not None:
        status.set(progress=Pace(status).of(progress, now))
    status.write(now)


def finish(stage: Stage, code: int) -> Dict[str, Any]:
    """Puts the end on record and returns it.

    Args:
        stage: the run.
        code: the exit code, as a shell gives it.
    """
    folder, entry = stage.folder, stage.entry
    end = dict(ending.judge(code, b""), attempt=entry.attempt, time=round(time.time(), 3))
    make_folder(folder.attempts)
    end = attempts.finish(folder.attempts, entry.attempt, end)
    closing.settle(stage.root, stage.queue, entry, end, Status(folder, entry.attempt))
    writer = events.Writer(folder, "track", identity.mine())
    writer.add(end["state"], end["reason"] or "exit code 0", attempt=entry.attempt)
    stage.queue.drop(entry)
    return end


def _number(text: str) -> float:
    value = float(text)
    return int(value) if math.isfinite(value) and value == int(value) and abs(value) < 1 << 53 else value


def _lineage() -> List[Tuple[int, int]]:
    """This process and all above it, each with its start."""
    found: List[Tuple[int, int]] = []
    pid = os.getpid()
    while pid > 1:
        known = processes.stat(pid)
        if known is None:
            break
        found.append((pid, known.start))
        pid = known.parent
    return found
