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
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")

#: Signals by which people and hosts end programs; the others tell of a crash.
_SENT = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGKILL")

#: How much of a log's end tells why the program failed.
TAIL = 16384


def signal_name(code: int) -> Optional[str]:
    """The signal behind an exit code as a shell gives it; None where it is a plain code."""
    try:
        return signal.Signals(code - 128).name if code > 128 else None
    except ValueError:
        return None


def judge(code: int, tail: bytes, killed: Optional[Dict[str, Any]] = None, oom_kills: int = 0) -> Dict[str, Any]:
    """Tells how an attempt ended.

    Args:
        code: the exit code as a shell gives it: 128 + number for a signal.
        tail: the end of what it printed.
        killed: the request that it be killed, if one was carried out before it ended: who, and what it took.
        oom_kills: how often the kernel killed something for want of memory where it ran, while it ran.

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
    if name == "SIGKILL" and oom_kills:
        reason = "the kernel killed it because memory was full (out-of-memory killer)"
        return dict(end, state=RunState.OOM.value, reason=reason)
    if _HOST_MEMORY.search(text):
        return dict(end, state=RunState.OOM.value, reason="memory was full: " + _line(text, _HOST_MEMORY))
    if name in _SENT:
        reason = "ended by {}, which nerotui did not send".format(name)
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


def oom_kills() -> int:
    """How often the kernel has killed for want of memory in this process's cgroup; where that is not told, anywhere."""
    try:
        with open("/proc/self/cgroup") as file:
            groups = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        groups = []
    for number, names, path in (group for group in groups if len(group) == 3):
        if number == "0":
            count = _counter("/sys/fs/cgroup{}/memory.events".format(path), "oom_kill")
        elif "memory" in names.split(","):
            count = _counter("/sys/fs/cgroup/memory{}/memory.oom_control".format(path), "oom_kill")
        else:
            continue
        if count is not None:
            return count
    return _counter("/proc/vmstat", "oom_kill") or 0


def _counter(path: str, name: str) -> Optional[int]:
    try:
        with open(path) as file:
            for line in file:
                key, _, value = line.partition(" ")
                if key == name:
                    return int(value)
    except (OSError, ValueError):
        pass
    return None


def _line(text: str, pattern: "re.Pattern[str]") -> str:
    for line in reversed(text.split("\n")):
        if pattern.search(line):
            return last_words(line)
    return ""
