"""The end of an attempt: nothing of it left alive, its end on record, its place given to the next."""

import os
import signal
import time
from typing import Any, Dict, Optional

from nerotui.agent import durable
from nerotui.agent.durations import spelled
from nerotui.agent.processes.tree import Calm, Tree
from nerotui.agent.queue import holders, launch
from nerotui.agent.queue.queue import Entry, Queue
from nerotui.agent.run import attempts, ending
from nerotui.agent.run.events import Writer
from nerotui.agent.run.layout import Root, RunFolder
from nerotui.agent.run.requests import Request, Requests
from nerotui.agent.run.status import Status

#: What the run left behind gets this long to end by itself once it was asked to.
GRACE = 2.0
#: What does not die of SIGKILL in this time hangs in the kernel; nobody can wait for that.
PATIENCE = 30.0


def clear(tree: Tree, asked: bool, childless: bool) -> str:
    """Ends what lives on after the command: TERM, then KILL; says how much that was.

    Args:
        tree: the run's processes.
        asked: whether TERM has been sent already.
        childless: whether it is proved, cheaply, that nothing lives on.
    """
    if childless:
        return ""
    members = tree.members()
    if not members:
        return ""
    count = "one process" if len(members) == 1 else "{} processes".format(len(members))
    began = time.time()
    if not asked:
        tree.signal(signal.SIGTERM)
        tree.signal(signal.SIGCONT)
    while tree.members() and time.time() < began + GRACE:
        time.sleep(0.05)
    killer = Calm(tree, signal.SIGKILL)
    while not killer.step() and time.time() < began + GRACE + PATIENCE:
        time.sleep(0.02)
    return count


def exit_code(
    folder: RunFolder, attempt: int, path: str, shell: Optional[int], command: Optional[int]
) -> Optional[int]:
    """The exit code on record; where the small shell was killed, what the system says of it or of the command.

    Args:
        folder: the run's folder.
        attempt: the attempt's number.
        path: the file of its try.
        shell: how the shell ended, as waitpid gives it, if that is known.
        command: how the command ended, if the orphan's end was seen.
    """
    tried = attempts.read(folder.attempts).tries.get(attempt)
    if tried is not None and tried.exit_code is not None:
        durable.sync_folder(folder.attempts)
        return tried.exit_code
    status = command if command is not None else shell
    if status is None:
        return None
    code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    durable.rename(path + ".exit.pending", "{}.exit.{}".format(path, code))
    durable.sync_folder(folder.attempts)
    return code


def verdict(code: Optional[int], tail: bytes, stopped_by: Optional[Request], oom_killed: bool) -> Dict[str, Any]:
    """How the attempt ended, and what comes next where it yielded.

    Args:
        code: the exit code; None where it left none.
        tail: the end of what it printed.
        stopped_by: the kill, yield or time limit that was carried out.
        oom_killed: whether the kernel killed something of it for want of memory.
    """
    if stopped_by is not None and stopped_by.action in ("yield", "timeout"):
        end = ending.judge(0 if code is None else code, b"")
        how = end["signal"] or "exit code {}".format(code)
        if code is None:
            end, how = dict(end, exit_code=None), "it left no exit code"
        if stopped_by.action == "timeout":
            limit = spelled(float(stopped_by.args.get("limit") or 0))
            return dict(end, state="timeout", reason="stopped for its time limit of {} ({})".format(limit, how))
        reason = "yielded{} ({})".format(_asker(stopped_by), how)
        held = bool(stopped_by.args.get("held"))
        return dict(end, state="preempted", reason=reason, next={"held": held})
    if code is None:
        if stopped_by is not None:
            return {"state": "killed", "reason": _killed_by(stopped_by), "exit_code": None, "signal": None}
        return {
            "state": "lost",
            "reason": "it ended unseen: its processes are gone and left no exit code",
            "exit_code": None,
            "signal": None,
        }
    if stopped_by is None:
        return ending.judge(code, tail, None, oom_killed)
    end = ending.judge(code, tail, {"who": stopped_by.who}, oom_killed)
    if stopped_by.args.get("rule"):
        how = end["signal"] or "exit code {}".format(code)
        return dict(end, reason="{} ({})".format(_killed_by(stopped_by), how))
    return end


def killed_before_start(request: Request) -> Dict[str, Any]:
    """The end of an attempt that was killed while it waited for its turn."""
    return {"state": "killed", "reason": _killed_by(request) + " before it started", "exit_code": None, "signal": None}


def close(root: Root, queue: Queue, entry: Entry, end: Dict[str, Any], status: Status, events: Writer) -> None:
    """Puts the end on record, frees what the attempt held, and sees that the next run gets its turn.

    Each step can be done again by whoever finds the claim of a dead claimant; the claim goes last.
    """
    folder = root.run(entry.run)
    now = round(time.time(), 3)
    end = dict(end, attempt=entry.attempt, time=now)
    if end["state"] != "lost":  # late proof may still turn up
        try:
            known = attempts.read(folder.attempts)
            tried = known.tries.get(entry.attempt)
            end = attempts.finish(folder.attempts, entry.attempt, end, known.path(tried) if tried else "")
        except OSError as error:  # a full disk: the exit code's name holds the truth
            status.set(error="the end cannot be put on record: {}".format(error))
    settle(root, queue, entry, end, status)
    events.add(end["state"], end["reason"] or "exit code 0", attempt=entry.attempt)
    queue.drop(entry)
    launch.ensure(root, queue)


def put_back(queue: Queue, claim: Entry, held: bool = False) -> bool:
    """Undoes a claim of which nothing ran: what it held is given back, and it waits again where it waited before."""
    holders.free_all(queue.folder, holders.Holder(claim.run, claim.attempt))
    return queue.put_back(claim, held) is not None


def shelve(queue: Queue, claim: Entry, reason: str, status: Status) -> None:
    """Holds a run that the host cannot start, of which nothing ran, until somebody has put that right."""
    status.set(reason=reason)
    status.write()
    put_back(queue, claim, held=True)


def settle(root: Root, queue: Queue, entry: Entry, end: Dict[str, Any], status: Status) -> None:
    """All that follows from an end on record, but for dropping the claim."""
    folder = root.run(entry.run)
    status.set(
        state=end["state"],
        reason=end["reason"],
        exit_code=end["exit_code"],
        signal=end["signal"],
        ended=end["time"],
        gpus=[],
        final=True,
    )
    status.write(end["time"])
    Requests(folder, entry.attempt).clear()
    holders.free_all(queue.folder, holders.Holder(entry.run, entry.attempt))
    following = end.get("next")
    if following is None or attempts.read(folder.attempts).newest > entry.attempt:
        return
    if not any(other.run == entry.run and other.attempt > entry.attempt for other in queue.entries()):
        queue.add(entry.run, entry.attempt + 1, bool(following.get("held")), end["time"])


def _killed_by(request: Request) -> str:
    word = "stopped" if request.args.get("checkpoint") else "killed"
    return word + _asker(request)


def _asker(request: Request) -> str:
    """Who wanted it, and where that was a rule, why it held."""
    if request.args.get("rule"):
        return ' by its rule "{}": {}'.format(request.args["rule"], request.args.get("because"))
    return " as {} asked".format(request.who) if request.who else ""
