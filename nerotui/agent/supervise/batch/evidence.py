"""Why a scheduler ended a job, from what it wrote into the job's output."""

import os
import re
import time
from typing import Any, Dict, Optional

from nerotui.agent.run.carryon import SCHEDULER

#: No more of the end of the output is looked at: whatever the scheduler says comes last.
TAIL = 65536
#: The sentence may come a moment after the signal.
PATIENCE = 0.4

_DUE = re.compile(r"CANCELLED AT \S+(?: DUE TO ([A-Z ]+?))? \*\*\*")
_MEMORY = re.compile(r"oom[-_ ]kill|out-of-memory|exceeded (?:\w+ )*memory limit", re.IGNORECASE)

#: What Slurm gives as the cause, the state that it means and what a user reads.
_CAUSES = {
    "TIME LIMIT": ("timeout", "Slurm ended its job at the job's time limit"),
    "PREEMPTION": ("preempted", "Slurm gave its place to a job of higher priority"),
    "JOB REQUEUE": ("preempted", "its job was put back in Slurm's queue"),
    "NODE FAILURE": ("preempted", "its node failed"),
}

#: Causes after which Slurm itself starts the same job again.
BACK = ("JOB REQUEUE",)


def size(path: str) -> int:
    """How long the output is; 0 where there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def cause(path: str, since: int) -> Optional[str]:
    """The cause in the newest line by which Slurm ended the job.

    Args:
        path: the job's output.
        since: where in it this start of the job begins.

    Returns:
        "TIME LIMIT", "PREEMPTION", …; "MEMORY" where memory was the cause; "" where the line gives none, None where
        there is no such line.
    """
    text = _tail(path, since)
    found = None
    for line in text.splitlines():
        match = _DUE.search(line)
        if match is not None:
            found = match.group(1) or ""
        elif _MEMORY.search(line) and not found:
            found = "MEMORY"
    return found


def awaited(path: str, since: int) -> Optional[str]:
    """The same, with a moment's patience for a line that is about to be written."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = cause(path, since)
        if found is not None or time.monotonic() >= deadline:
            return found
        time.sleep(0.05)


def end_of(found: Optional[str], scheduler: str, how: str) -> Dict[str, Any]:
    """State and reason of an attempt whose job the scheduler ended.

    Args:
        found: the cause, as `awaited` gives it.
        scheduler: "slurm" or "gridengine".
        how: how the command itself ended, in words.

    Returns:
        state, reason, by, and next where the scheduler itself starts the job again.
    """
    end: Dict[str, Any] = {"by": SCHEDULER}
    if found in _CAUSES:
        state, reason = _CAUSES[found]
        end.update(state=state, reason="{} ({})".format(reason, how))
        if found in BACK:
            end["next"] = {"held": False}
    elif found == "MEMORY":
        end.update(state="oom", reason="Slurm ended its job because it used more memory than it had asked for")
    elif scheduler == "slurm":
        said = "Slurm cancelled its job ({})" if found is not None else "Slurm ended its job ({})"
        end.update(state="killed", reason=said.format(how))
    elif scheduler == "gridengine":
        end.update(state="killed", reason="Grid Engine ended its job: deleted, or at a limit ({})".format(how))
    else:
        end.update(state="killed", reason="its supervisor was told to end ({})".format(how))
    return end


def _tail(path: str, since: int) -> str:
    try:
        # Opened anew each time: on a network's file system that is what shows what another process has added.
        with open(path, "rb") as file:
            length = os.fstat(file.fileno()).st_size
            file.seek(max(since if since <= length else 0, length - TAIL))
            return file.read(TAIL).decode("utf-8", "replace")
    except OSError:
        return ""
