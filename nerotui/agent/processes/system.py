"""The few things that Linux offers and Python's standard library does not."""

import os
import sys
from typing import List

_PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> bool:
    """Has orphans among this process's descendants become its children; whether that worked."""
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False  # a Python without ctypes: the environment still tells whose an orphan is


def rename_process(arguments: List[str]) -> None:
    """Changes the arguments that process lists show, as far as there is room where the old ones lie.

    A forked supervisor would else be listed as the dispatcher that it was forked from, and `serve` as the few words
    that fetched it. A process may write its own memory through /proc; where even that is forbidden, the list shows
    what it showed before.
    """
    try:
        with open("/proc/self/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        start, end = int(fields[45]), int(fields[46])
        room = end - start - 1
        if start <= 0 or room <= 0:
            return
        # Zeros to the end: it is by the last one that the kernel knows where the arguments end.
        new = b"\0".join(os.fsencode(argument) for argument in arguments)[:room].ljust(room + 1, b"\0")
        memory = os.open("/proc/self/mem", os.O_WRONLY | os.O_CLOEXEC)
    except (OSError, IndexError, ValueError):
        return
    try:
        os.pwrite(memory, new, start)
    except OSError:
        pass  # a kernel that allows no such write
    finally:
        os.close(memory)


def interpreter_command() -> List[str]:
    """How a further process of the agent is started: this interpreter, without the user's and the site's packages.

    The options also leave the room that a longer name needs later.
    """
    return [sys.executable, "-S", "-E", "-W", "ignore", program()]


def program() -> str:
    """The file that is run."""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "__main__.py")
