"""What a site has configured that a job's environment does not tell: how patient its Slurm is, and when a job ends."""

import glob
import re
from typing import Mapping, Optional, Tuple

#: From the scheduler's signal to its SIGKILL there may be as little as two seconds. Within them the run has to be asked
#: to checkpoint and told to end, each so long at most, and its end has to be on record.
ASKED, TOLD = 0.5, 0.7
#: Where more time is known to be, this is left for the end, and of the rest this part is for the checkpoint.
LEFT = 2.0
CHECKPOINT = 0.7

#: Slurm's own default, seconds.
KILL_WAIT = 30.0
_CONFIGURATIONS = ("/etc/slurm*/slurm.conf", "/run/slurm/conf/slurm.conf", "/usr/local/etc/slurm.conf")
_KILL_WAIT = re.compile(r"^\s*KillWait\s*=\s*(\d+)", re.IGNORECASE | re.MULTILINE)
#: How long Slurm may take to answer, seconds.
PATIENCE = 8.0
#: How Slurm writes a time that is left: D-HH:MM:SS without what would be zero in front.
_TIME = re.compile(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)$")


def grace(scheduler: str, variables: Mapping[str, str]) -> Tuple[float, float]:
    """How long a run may take to checkpoint, and then to end, once its scheduler wants the job gone; seconds."""
    wait = kill_wait(variables) if scheduler == "slurm" else 0.0
    if wait <= ASKED + TOLD + LEFT:
        return ASKED, TOLD
    return CHECKPOINT * (wait - LEFT), (1 - CHECKPOINT) * (wait - LEFT)


def kill_wait(variables: Mapping[str, str]) -> float:
    """Seconds between Slurm's SIGTERM and SIGKILL, as far as this node can tell; 0 where it cannot."""
    named = variables.get("SLURM_CONF")
    paths = [named] if named else [path for pattern in _CONFIGURATIONS for path in glob.glob(pattern)]
    for path in paths:
        try:
            with open(path, errors="replace") as file:
                found = _KILL_WAIT.search(file.read())
        except OSError:
            continue
        return float(found.group(1)) if found else KILL_WAIT
    return 0.0


def left_of(job: str) -> Optional[float]:
    """How much time Slurm says that a job has left, seconds; None where there is no limit or no answer."""
    import subprocess  # late: only old versions of Slurm leave it out of the environment

    try:
        said = subprocess.check_output(
            ["squeue", "--noheader", "--jobs", job, "--format", "%L"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.SubprocessError):
        return None  # its controller is away, or there is no such program on this node
    return seconds_left(said.decode("ascii", "replace"))


def signal_steps(job: str, number: int) -> int:
    """Sends a signal to all that `srun` has started for a job, on all its nodes; the program's exit code."""
    import subprocess

    return subprocess.call(["scancel", "--signal={}".format(number), job], stdin=subprocess.DEVNULL)


def seconds_left(text: str) -> Optional[float]:
    """The seconds in Slurm's word for a time that is left; None where it is no length of time, as "UNLIMITED"."""
    found = _TIME.match(text.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
