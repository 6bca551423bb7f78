"""The signals that a job's supervisor gets from its scheduler: its end, a warning, or what is meant for the run."""

import re
import signal
from typing import Any, Dict, List

#: By what a scheduler says that it wants the job gone; SIGUSR2 is Grid Engine's, where `-notify` asks for it.
_ENDS = {"gridengine": (signal.SIGTERM, signal.SIGUSR2)}

#: What Slurm sends to a job's script where that was asked for: `--signal=B:USR1@120`, `scancel --batch --signal=USR1`.
_NAMES = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU")

#: Slurm may be asked to warn by the very signal that also means the end.
_WARNS_BY_TERM = re.compile(r"--signal[= ]\S*\b(?:SIG)?(?:TERM|15)\b", re.IGNORECASE)

_ended: List[int] = []
_meant: List[int] = []


def listen(scheduler: str) -> None:
    """From here on a scheduler's signals are noted instead of ending this process.

    Args:
        scheduler: whose job this process is in.
    """
    ends = _ENDS.get(scheduler, (signal.SIGTERM,))
    for number in ends:
        signal.signal(number, lambda told, _frame: _ended.append(told))
    if scheduler == "slurm":
        for number in (getattr(signal, name) for name in _NAMES):
            signal.signal(number, lambda told, _frame: _meant.append(told))


def ends() -> bool:
    """Whether the scheduler has said that it wants the job gone."""
    return bool(_ended)


def only_warned() -> int:
    """Takes back the newest word that the job is to end: it was a warning. The signal that it came by."""
    return _ended.pop()


def for_the_run() -> List[int]:
    """The signals since the last call that were meant for the run."""
    found = list(_meant)
    del _meant[: len(found)]
    return found


def warns_by_term(spec: Dict[str, Any]) -> bool:
    """Whether a run's owner has asked Slurm to warn it by SIGTERM before its limit.

    Args:
        spec: the run's run.json.
    """
    options = " ".join(str(option) for option in spec.get("slurm") or ())
    return any(_WARNS_BY_TERM.search(text) for text in (options, str(spec.get("script") or "")))
