"""Hands in the job of a run's next attempt from the node, in the way in which its first one was handed in."""

import os
import re
import subprocess
from typing import Dict, List, Optional, Sequence

from nerotui.agent import durable
from nerotui.agent.jobs import files
from nerotui.agent.run.command import submitter
from nerotui.agent.run.layout import RunFolder

#: How long a scheduler may take to answer, seconds.
PATIENCE = 30.0

#: Where a scheduler's programs find it; those who log in may have it from elsewhere than the jobs.
_SITE = (b"SLURM_CONF", b"SGE_ROOT", b"SGE_CELL", b"SGE_QMASTER_PORT", b"SGE_EXECD_PORT", b"SGE_CLUSTER_NAME")

#: What the first attempt had to wait for was there when it started. Some have a value as the next argument.
_WAITS = re.compile(r"--dependency(=|$)|-d$|-hold_jid$|-hold_jid_ad$|--hold$|-H$|-h$|--begin(=|$)")
_VALUED = ("--dependency", "-d", "-hold_jid", "-hold_jid_ad", "--begin")


def resubmit(folder: RunFolder, attempt: int, scheduler: str, waits: Sequence[str] = ()) -> str:
    """Submits the job of an attempt that waits; says what came of it, as a sentence.

    Args:
        folder: the run's folder.
        attempt: the attempt that waits.
        scheduler: whose job it is to be.
        waits: options by which it waits for other jobs.
    """
    before = durable.read_json(folder.job) or {}
    argv = before.get("argv")
    if not isinstance(argv, list) or not argv or not all(isinstance(word, str) for word in argv):
        return "attempt {} waits for nerotui to submit its job: how it was done is not on record".format(attempt)
    again = without_waits(argv)
    again[1:1] = waits
    try:
        done = subprocess.run(
            again,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=_home(),
            env=_variables(folder),
            timeout=PATIENCE,
        )
        code, out, err = done.returncode, _text(done.stdout), _text(done.stderr)  # type: Optional[int], str, str
    except (OSError, subprocess.TimeoutExpired) as error:
        code, out, err = None, "", str(error)
    files.keep_answer(folder, attempt, code, out, err)
    number = _number(out) if code == 0 else None
    if number is None:
        said = (err.strip() or out.strip() or "exit code {}".format(code)).splitlines()[-1]
        return "attempt {} waits for nerotui to submit its job: {}".format(attempt, said)
    files.keep_job(folder, scheduler, attempt, number, again)
    return "attempt {} is job {}".format(attempt, number)


def without_waits(argv: List[str]) -> List[str]:
    """The arguments of a submission without those by which it waited for others or for a moment."""
    kept: List[str] = []
    skip = False
    for place, word in enumerate(argv):
        if skip:
            skip = False
        elif place and _WAITS.match(word):
            skip = word in _VALUED
        else:
            kept.append(word)
    return kept


def _number(out: str) -> Optional[str]:
    """The job's id: the number that `sbatch --parsable` and `qsub -terse` answer with."""
    lines = out.strip().splitlines()
    found = re.match(r"\d+", lines[-1]) if lines else None
    return found.group(0) if found is not None else None


def _variables(folder: RunFolder) -> Dict[bytes, bytes]:
    """Those of the login that submitted the run: inside a job there are many that change what is submitted."""
    variables = submitter(folder)
    for name in _SITE:
        if name in os.environb:
            variables.setdefault(name, os.environb[name])
    path = [part for part in (variables.get(b"PATH"), os.environb.get(b"PATH")) if part]
    variables[b"PATH"] = b":".join(path) or os.fsencode(os.defpath)
    return variables


def _home() -> str:
    home = os.path.expanduser("~")
    return home if os.path.isdir(home) else "/"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
