"""What the end of a log proves of how its program ended: a traceback, a crash, a kill; never that all went well."""

import re
from typing import List, NamedTuple, Optional, Tuple

from nerotui.agent.run import ending
from nerotui.agent.states import RunState

#: What may still be printed after the exception that ended a program: by libraries as they are taken down, by launchers
#: and shells on the death of what they started.
_AFTER = re.compile(
    rb"^\s*$|^wandb:|Exception ignored in|^\[W\d|ProcessGroupNCCL|destroy_process_group|^srun: |^slurmstepd|"
    rb"Aborted|core dumped|resource_tracker|^  warnings\.warn|ChildFailedError|exitcode|^\s*[-=]{5,}|^Sentry|"
    rb"^(?:Error executing job|Set the environment variable HYDRA_FULL_ERROR)"
)
_CRASH = re.compile(
    rb"Segmentation fault|Bus error|Illegal instruction|\(core dumped\)|Fatal Python error|terminate called after"
)
#: As shells tell it: "run.sh: line 3: 4711 Killed   python train.py"; alone, "Killed".
_KILLED = re.compile(rb"^(?:.*: line \d+:\s+\d+ )?(Killed|Terminated)\b")
_THREAD = re.compile(rb"^Exception in thread |^Exception ignored in")
#: Lines after an exception beyond which it no longer counts as the end.
_FEW = 12


class End(NamedTuple):
    """How it ended."""

    state: str
    reason: str
    signal: Optional[str] = None


def proved(tail: bytes) -> Optional[End]:
    """How a program ended that printed this last; None where that cannot be told."""
    lines = tail.replace(b"\r", b"\n").split(b"\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        return None
    killed = _KILLED.match(lines[-1].strip())
    if killed is not None:
        name = "SIGKILL" if killed.group(1) == b"Killed" else "SIGTERM"
        return End(RunState.KILLED.value, "its log ends with: " + _shown(lines[-1]), name)
    raised = _last_exception(lines)
    if raised is not None:
        said, thread = raised
        if thread:
            return None  # a thread's death is not the program's
        text = _shown(said)
        if text.startswith("KeyboardInterrupt"):
            return End(RunState.KILLED.value, "interrupted: its log ends with KeyboardInterrupt", "SIGINT")
        judged = ending.judge(1, said)
        if judged["state"] == RunState.OOM.value:
            return End(RunState.OOM.value, str(judged["reason"]))
        return End(RunState.FAILED.value, "its log ends with a traceback: " + text)
    if _CRASH.search(lines[-1]):
        return End(RunState.FAILED.value, "its log ends with: " + _shown(lines[-1]))
    return None


def _last_exception(lines: List[bytes]) -> Optional[Tuple[bytes, bool]]:
    """The exception that the lines end with, and whether it was a mere thread's; None where they end otherwise."""
    from nerotui.agent.diagnose.tracebacks import Tracebacks

    known, last, thread = Tracebacks(), None, False
    at, before = -1, b""
    for number, line in enumerate(lines):
        outside = not known.inside
        raised = known.feed(line, 0)
        if outside and known.inside:
            thread = bool(_THREAD.match(before))
        if raised is not None and not raised.ignored:
            last, at = line, number
        before = line if line.strip() else before
    if last is None or known.inside or len(lines) - 1 - at > _FEW:
        return None
    if any(not _AFTER.search(line) for line in lines[at + 1 :]):
        return None
    return last, thread


def _shown(line: bytes) -> str:
    return ending.last_words(line.decode("utf-8", "replace"))
