"""Run as a program: does something of the agent's, and is killed just before its n-th change to a file.

    crash.py N MODE submit ROOT SPEC | crash.py N MODE act ROOT RUN ACTION ARGS | crash.py N MODE dispatch ROOT
    crash.py N MODE judge ROOT RUN ATTEMPT END | crash.py N MODE job ROOT RUN

All processes that are forked meanwhile count together. MODE "one" kills the process that would make the change, "all"
kills the others at their next change too. ROOT/killed appears where the count was reached.
"""

import json
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable
from typing import Any

_shared = mmap.mmap(-1, 16)
_open = os.open
_at, _mode, _root = 0, "", ""


def _change() -> None:
    """Counts one change; kills when it is the one."""
    count, dead = struct.unpack("qq", _shared[:16])
    count += 1
    if count == _at:
        dead = 1
        _open(os.path.join(_root, "killed"), os.O_WRONLY | os.O_CREAT)
    _shared[:16] = struct.pack("qq", count, dead)
    if count == _at or (dead and _mode == "all"):
        os.kill(os.getpid(), signal.SIGKILL)


def _counted(function: Callable[..., Any], changes: Callable[..., bool]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        if changes(*arguments):
            _change()
        return function(*arguments, **named)

    return call


def _always(*_arguments: Any) -> bool:
    return True


def main() -> None:
    global _at, _mode, _root
    _at, _mode, what, _root = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    from nerotui.agent.queue import dispatch
    from nerotui.agent.run.runs import Store

    store = Store(_root) if what not in ("dispatch", "job") else None
    files: set[int] = set()

    def open_and_note(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & os.O_CREAT:
            _change()
        fd = _open(path, flags, *more, **named)
        (files.add if flags & (os.O_WRONLY | os.O_RDWR) else files.discard)(fd)
        return fd

    os.open = open_and_note
    os.write = _counted(os.write, lambda fd, _data: fd in files)
    for name in ("rename", "unlink", "symlink", "mkdir", "fsync"):
        setattr(os, name, _counted(getattr(os, name), _always))
    if what == "dispatch":
        dispatch.main(_root)
    elif what == "submit":
        assert store is not None
        store.submit(json.loads(sys.argv[5]), "me@test", False)
    elif what == "job":
        from nerotui.agent.supervise.batch import main as batch

        batch.main(_root, sys.argv[5], "@slurm")
    elif what == "judge":
        assert store is not None
        store.judge(sys.argv[5], int(sys.argv[6]), json.loads(sys.argv[7]), None)
    else:
        assert store is not None
        store.act(sys.argv[5], sys.argv[6], "me@test", None, json.loads(sys.argv[7]))


if __name__ == "__main__":
    main()
