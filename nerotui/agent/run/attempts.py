"""What is proved about the attempts of a run: the files under attempts/, never deleted, each made once.

N.TRY              a supervisor is about to start attempt N; made with O_EXCL; who, which GPUs
N.TRY.child        the identity of the child that waits for the go
N.TRY.ran          made by the child itself just before it becomes the command: from here on it may have run
N.TRY.exit.pending made beforehand; renamed at the end, by the shell around the command, to
N.TRY.exit.CODE    the exit code, as a shell gives it: 128 + the signal's number for a signal
N.TRY.end.pending  made beforehand, with room for what will be said, so that saying it needs no space; becomes
N.end              how the attempt ended, in words; from here on it stays ended
"""

import os
import re
from typing import Any, Dict, List, NamedTuple, Optional

from nerotui.agent import durable
from nerotui.agent.processes.identity import Identity, from_token

_NAME = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(child|ran|end|exit)(?:\.(\d+|pending))?)?$")

#: Bytes kept for what will be said of the end.
END_ROOM = 1024


class Try(NamedTuple):
    """One try to start an attempt: what its files prove."""

    attempt: int
    number: int
    child: bool = False
    ran: bool = False
    exit_code: Optional[int] = None


class Attempts(NamedTuple):
    """What the files of a run's attempts prove, read at one moment.

    Attributes:
        tries: the newest try of each attempt.
        ended: the attempts with an end on record.
    """

    folder: str
    tries: Dict[int, Try]
    ended: List[int]

    @property
    def newest(self) -> int:
        """The highest attempt that left a trace; 0 where none did."""
        return max(list(self.tries) + self.ended + [0])

    def path(self, tried: Try) -> str:
        """The file of a try, to which the rest of the names are added."""
        return "{}/{}.{}".format(self.folder, tried.attempt, tried.number)

    def record(self, tried: Try) -> Dict[str, Any]:
        """What the supervisor wrote of a try; empty where a power cut left an empty file."""
        return durable.read_json(self.path(tried)) or {}

    def supervisor(self, tried: Try) -> Optional[Identity]:
        """Who made the try."""
        return from_token(str(self.record(tried).get("supervisor")))

    def child(self, tried: Try) -> Optional[Identity]:
        """The child that was to become the command: the shell around it, once it ran."""
        found = durable.read_json(self.path(tried) + ".child") if tried.child else None
        return from_token(str(found.get("identity"))) if found else None

    def ran_at(self, tried: Try) -> Optional[float]:
        """When the command started, seconds since the epoch."""
        return _changed(self.path(tried) + ".ran")

    def exited_at(self, tried: Try) -> Optional[float]:
        """When the exit code was put on record, seconds since the epoch."""
        try:
            return os.stat("{}.exit.{}".format(self.path(tried), tried.exit_code)).st_ctime
        except OSError:
            return None

    def end(self, attempt: int) -> Optional[Dict[str, Any]]:
        """How an attempt ended: state, exit_code, signal, reason, time and what comes next; None while it did not."""
        return durable.read_json("{}/{}.end".format(self.folder, attempt)) if attempt in self.ended else None


def read(folder: str) -> Attempts:
    """Reads what the files of a run's attempts prove."""
    tries: Dict[int, Try] = {}
    ended = []
    for name in sorted(durable.names(folder)):
        found = _NAME.match(name)
        if found is None:
            continue
        attempt, number, what, code = int(found.group(1)), int(found.group(2) or 0), found.group(3), found.group(4)
        if what == "end" and code is None:
            ended.append(attempt)
        if not number:
            continue
        known = tries.get(attempt)
        if known is None or known.number < number:
            known = Try(attempt, number)
        elif known.number > number:
            continue
        if what == "child":
            known = known._replace(child=True)
        elif what == "ran":
            known = known._replace(ran=True)
        elif what == "exit" and code is not None and code != "pending":
            known = known._replace(exit_code=int(code))
        tries[attempt] = known
    return Attempts(folder, tries, ended)


def make_room(path: str) -> None:
    """Makes the files that the end of a try will need, so that a disk that is full by then cannot hide it.

    Args:
        path: the file of the try.
    """
    for name, size in ((".exit.pending", 0), (".end.pending", END_ROOM)):
        fd = os.open(path + name, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            durable.write_all(fd, b" " * size)
        finally:
            os.close(fd)


def finish(folder: str, attempt: int, end: Dict[str, Any], path: str = "") -> Dict[str, Any]:
    """Puts the end of an attempt on record and returns it; where one stands there already, that one holds.

    Only that it is lost gives way to whoever knows better.

    Args:
        folder: the run's attempts.
        attempt: the attempt's number.
        end: how it ended.
        path: the file of its try, if there was one.
    """
    final = "{}/{}.end".format(folder, attempt)
    known = durable.read_json(final)
    if known is not None and known.get("state") != "lost":
        return known
    if not path or not _into_room(path + ".end.pending", final, end):
        durable.replace(final, durable.to_json(end))
    return end


def _into_room(room: str, final: str, end: Dict[str, Any]) -> bool:
    data = durable.to_json(end)
    if len(data) > END_ROOM:
        data = durable.to_json(dict(end, reason=str(end.get("reason"))[:100]))
    try:
        fd = os.open(room, os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        durable.write_all(fd, data.ljust(END_ROOM))
        os.fsync(fd)
    finally:
        os.close(fd)
    os.rename(room, final)
    durable.sync_folder(os.path.dirname(final))
    return True


def _changed(path: str) -> Optional[float]:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None
