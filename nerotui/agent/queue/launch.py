"""Sees to it that a dispatcher lives while there is work for one, and wakes the one that does."""

import errno
import fcntl
import os
import signal
import sys
from typing import List, Optional

from nerotui.agent.processes import identity
from nerotui.agent.processes.identity import Identity, from_token
from nerotui.agent.processes.system import interpreter_command, program
from nerotui.agent.queue import logind
from nerotui.agent.queue.queue import CLAIMED, WAITS, Entry, Queue
from nerotui.agent.run.layout import QueueFolder, Root

#: A file system that knows no locks. Two dispatchers at once cost nothing but time there: starting is safe without.
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)

#: A file of errors that is longer, in bytes, is put aside, and the one put aside before it is gone.
ERRORS = 1 << 20


class Lock:
    """The lock of a host's dispatcher: between processes of one host, and freed by the kernel whoever dies how."""

    def __init__(self, queue: QueueFolder) -> None:
        self._path = queue.lock
        self._fd: Optional[int] = None

    def take(self) -> bool:
        """Takes the lock; whether it could be had. The file then says whose it is."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                os.close(fd)
                return False
        self._fd = fd
        try:
            os.ftruncate(fd, 0)
            os.pwrite(fd, identity.mine().token().encode(), 0)
        except OSError:
            pass  # a full disk: nobody can wake this dispatcher, which looks at the queue by itself too
        return True

    def release(self) -> None:
        """Lets go of it."""
        if self._fd is not None:
            fcntl.flock(self._fd, fcntl.LOCK_UN)
            self.forget()

    def forget(self) -> None:
        """Closes a forked child's share of the lock; the parent keeps it."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def free(self) -> bool:
        """Whether nobody holds it right now."""
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno in _NO_LOCKS and not _lives(self.holder())
        finally:
            os.close(fd)
        return True

    def holder(self) -> Optional[Identity]:
        """Who took it last."""
        try:
            with open(self._path) as file:
                return from_token(file.read())
        except FileNotFoundError:
            return None


def work(entries: List[Entry]) -> bool:
    """Whether there is something for a dispatcher to do: runs that wait, or claims whose claimants died."""
    for entry in entries:
        if entry.kind == WAITS:
            return True
        if entry.kind == CLAIMED and entry.claimant is not None and identity.alive(entry.claimant) is False:
            return True
    return False


def ensure(root: Root, queue: Queue) -> Optional[str]:
    """Wakes the dispatcher, or starts one where there is work and none lives; a sentence where that failed.

    The queue of a scheduler has none: its jobs take what they find there.
    """
    if queue.folder.scheduler is not None:
        return None
    lock = Lock(queue.folder)
    if not (queue.waits() or work(queue.entries())):
        return None
    if not os.access(queue.folder.path, os.W_OK):
        return "nothing can be started here: {} cannot be written".format(queue.folder.path)
    if lock.free():
        return start(root)
    holder = lock.holder()
    if holder is not None and _lives(holder):
        try:
            os.kill(holder.pid, signal.SIGUSR1)
        except ProcessLookupError:
            pass  # it ended just now, and looked at the queue after it had let go of its lock
    return None


def start(root: Root) -> Optional[str]:
    """Starts a dispatcher that outlives this process; a sentence where that failed."""
    import subprocess  # late, for a supervisor never needs it but here

    if not os.path.isfile(program()):
        return "the agent runs from memory here, so it cannot start a dispatcher"
    command = logind.scope(os.environ) + interpreter_command() + ["dispatch", "--root", root.path]
    variables = {name: value for name, value in os.environ.items() if name not in _RUNS_OWN}
    null = os.open(os.devnull, os.O_RDWR)
    try:
        done = subprocess.Popen(
            command, stdin=null, stdout=null, stderr=subprocess.PIPE, cwd="/", env=variables, start_new_session=True
        )
        _, said = done.communicate(timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        return "a dispatcher could not be started: {}".format(error)
    finally:
        os.close(null)
    if done.returncode:
        words = said.decode("utf-8", "replace").strip().splitlines()
        return "a dispatcher could not be started: {}".format(words[-1] if words else "exit code %d" % done.returncode)
    return None


#: A dispatcher that is started from within a run is none of the run's processes.
_RUNS_OWN = ("NEROTUI_RUN_ID", "NEROTUI_RUN_DIR", "NEROTUI_METRICS", "NEROTUI_ATTEMPT", "CUDA_VISIBLE_DEVICES")


def detach(errors: str) -> bool:
    """Moves this process out of its starter's sight; True in the process that goes on, False in the one that ends.

    Args:
        errors: the file that standard error goes to from here on.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if os.fork():
        return False
    os.setsid()
    try:
        if os.stat(errors).st_size > ERRORS:
            os.rename(errors, errors + ".old")
    except FileNotFoundError:
        pass  # nothing was ever wrong, or another dispatcher has just put it aside
    output = os.open(errors, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.dup2(output, 2)
    for fd in (output, null):
        if fd > 2:
            os.close(fd)
    return True


def _lives(who: Optional[Identity]) -> bool:
    return who is not None and bool(identity.alive(who))
