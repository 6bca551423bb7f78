"""How an attempt ended, in a state and in words, from what is proved about it."""

import os
import re
import signal
from typing import Any, Dict, Optional

from nerotui.agent.states import RunState

#: What programs print when a GPU's memory is full.
_GPU_MEMORY = re.compile(
    r"CUDA out of memory|OutOfMemoryError: (?:CUDA|HIP)|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation"
    r"|HIP out of memory|CUBLAS_STATUS_ALLOC_FAILED|RESOURCE_EXHAUSTED: (?:Out of memory|OOM)"
    r"|ResourceExhaustedError|OOM when allocating tensor|cuda runtime error \(2\)"
)
#: What programs print when the host's memory is full.
_HOST_MEMORY = re.compile(r"^(?:\w+\.)*_?(?:Array)?MemoryError\b|DefaultCPUAllocator: .*allocate memory", re.MULTILINE)
#: What programs print when SIGKILL ended one of their own processes: torch's loader and launcher, Python's pools.
_CHILD_KILLED = re.compile(
    r"killed by signal: Killed|SIGKILL|[Ss]ignal 9\b|exit ?code:? -9\b|DataLoader worker .*exited unexpectedly"
    r"|BrokenProcessPool|TerminatedWorkerError|died with <Signals\.SIGKILL"
)
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")

#: Signals by which people and hosts end programs; the others tell of a crash.
_SENT = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGKILL")

#: How the reason ends of a run that a signal ended of which nobody here knows.
NOT_OURS = "which nerotui did not send"

#: How much of a log's end tells why the program failed.
TAIL = 16384


def signal_name(code: int) -> Optional[str]:
    """The signal behind an exit code as a shell gives it; None where it is a plain code."""
    try:
        return signal.Signals(code - 128).name if code > 128 else None
    except ValueError:
        return None


def judge(code: int, tail: bytes, killed: Optional[Dict[str, Any]] = None, oom_killed: bool = False) -> Dict[str, Any]:
    """Tells how an attempt ended.

    Args:
        code: the exit code as a shell gives it: 128 + number for a signal.
        tail: the end of what it printed.
        killed: the request that it be killed, if one was carried out before it ended: who, and what it took.
        oom_killed: whether the kernel killed something for want of memory where it ran, while it ran.

    Returns:
        state, exit_code, signal and reason; of code and signal at most one is known.
    """
    name = signal_name(code)
    end = {"exit_code": None if name else code, "signal": name}  # type: Dict[str, Any]
    text = tail.decode("utf-8", "replace")
    if killed is not None:
        asker = " as {} asked".format(killed["who"]) if killed.get("who") else ""
        how = name or "exit code {}".format(code)
        return dict(end, state=RunState.KILLED.value, reason="killed{} ({})".format(asker, how))
    if code == 0:
        return dict(end, state=RunState.DONE.value, reason=None)
    if _GPU_MEMORY.search(text):
        return dict(end, state=RunState.OOM.value, reason="a GPU's memory was full: " + _line(text, _GPU_MEMORY))
    if oom_killed and name == "SIGKILL":
        reason = "the kernel killed it because memory was full (out-of-memory killer)"
        return dict(end, state=RunState.OOM.value, reason=reason)
    if oom_killed and _CHILD_KILLED.search(text):
        reason = "the kernel killed a process of it because memory was full: " + _line(text, _CHILD_KILLED)
        return dict(end, state=RunState.OOM.value, reason=reason)
    if _HOST_MEMORY.search(text):
        return dict(end, state=RunState.OOM.value, reason="memory was full: " + _line(text, _HOST_MEMORY))
    if name in _SENT:
        reason = "ended by {}, {}".format(name, NOT_OURS)
        return dict(end, state=RunState.KILLED.value, reason=reason)
    how = "crashed with {}".format(name) if name else "exit code {}".format(code)
    said = last_words(text)
    return dict(end, state=RunState.FAILED.value, reason=how + (": " + said if said else ""))


def last_words(text: str) -> str:
    """The last line that says something, without control characters and cut to what a screen can show."""
    for line in reversed(text.replace("\r", "\n").split("\n")):
        line = _CONTROL.sub("", line).strip()
        if line:
            return line[:200]
    return ""


def tail_of(path: str, since: int = 0) -> bytes:
    """The end of a log, nothing before `since`; empty where there is no log."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(since, size - TAIL))
            return file.read(TAIL)
    except FileNotFoundError:
        return b""


def _line(text: str, pattern: "re.Pattern[str]") -> str:
    for line in reversed(text.split("\n")):
        if pattern.search(line):
            return last_words(line)
    return ""
