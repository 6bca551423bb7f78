"""One file read in order from some offset on, whatever happens to it meanwhile: growth, truncation, replacement."""

import errno
import os
import stat
import zlib
from typing import Any, Dict, NamedTuple, Optional, Union

from nerotui.agent import fresh
from nerotui.agent.errors import AgentError

#: How many bytes before a position are held against the file to see whether it still is the one that was read.
CHECKED = 64


class Restart(NamedTuple):
    """The bytes that follow start at 0 again: the file was `truncated` (or rewritten), or `replaced` by another."""

    event: str
    inode: Optional[int]
    size: int


class Follower:
    """Reads `path` from `position` on.

    Attributes:
        inode: of the file that is open, None while there is none.
        fd: its descriptor, None while there is none.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.position = 0
        self.inode: Optional[int] = None
        self.fd: Optional[int] = None
        self._device = 0
        self._before = b""
        self._suspect = True

    def start(self, offset: Optional[int], tail: Optional[int], check: Optional[Dict[str, Any]]) -> Dict[str, Any]:
        """Opens the file and settles where to begin.

        Args:
            offset: where to begin; None begins `tail` bytes before the end, or at 0.
            tail: bytes from the end, used where `offset` is None or the check fails.
            check: what was read before, {"inode", "offset", "sum"}; where the file is another by now, reading
                begins anew.

        Returns:
            {"offset", "size", "inode", "reset"}; a file that is not there yet has size 0 and inode None.

        Raises:
            AgentError: what is there is no file that can be read.
        """
        self._open()
        size = self.size()
        reset = False
        if check is not None and not self._same(check):
            reset = check.get("inode") is not None or bool(check.get("offset"))
            offset = 0 if tail is None else None
        if offset is None:
            offset = max(0, size - tail) if tail is not None else 0
        self._seek(max(0, min(offset, size)))
        return {"offset": self.position, "size": size, "inode": self.inode, "reset": reset}

    def size(self) -> int:
        """The file's size now, 0 while there is none."""
        return 0 if self.fd is None else os.fstat(self.fd).st_size

    def suspect(self) -> None:
        """Makes the next read that finds nothing look whether the path names another file by now."""
        self._suspect = True

    def quiet(self) -> bool:
        """Whether there is nothing to read, as far as one cheap look at the path can tell."""
        try:
            status = fresh.status(self.path)
        except OSError:
            return self.size() == self.position
        here = (status.st_size, status.st_ino, status.st_dev)
        return here == (self.position, self.inode, self._device)

    def read(self, limit: int) -> Union[bytes, Restart]:
        """The next bytes, at most `limit`; b"" while there are none; or the news that it begins again at 0."""
        if self.fd is None:
            self._open()
            if self.fd is None:
                return b""
        overlap = len(self._before)
        data = os.pread(self.fd, overlap + limit, self.position - overlap)
        if data[:overlap] != self._before:
            self._seek(0)
            return Restart("truncated", self.inode, self.size())
        if len(data) == overlap:
            return self._successor() if self._suspect else b""
        self.position += len(data) - overlap
        self._before = data[-CHECKED:]
        return data[overlap:]

    def close(self) -> None:
        """Lets go of the file."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def _open(self) -> None:
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return
            raise AgentError("io", "{}: {}".format(self.path, error.strerror), _hint(error))
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            os.close(fd)
            raise AgentError("io", "{} is no file".format(self.path), "name a log file")
        self.close()
        self.fd, self.inode, self._device = fd, status.st_ino, status.st_dev
        self._suspect = True

    def _seek(self, position: int) -> None:
        self.position = position
        overlap = min(CHECKED, position)
        self._before = os.pread(self.fd, overlap, position - overlap) if self.fd is not None else b""

    def _same(self, check: Dict[str, Any]) -> bool:
        position = check.get("offset")
        if self.fd is None or not isinstance(position, int) or check.get("inode") != self.inode:
            return False
        overlap = min(CHECKED, position)
        before = os.pread(self.fd, overlap, position - overlap)
        try:
            return len(before) == overlap and zlib.crc32(before) == int(str(check.get("sum")), 16)
        except ValueError:
            return False

    def _successor(self) -> Union[bytes, Restart]:
        self._suspect = False
        try:
            status = os.stat(self.path)
        except OSError:
            return b""  # deleted or out of reach for now: what is open may still grow
        if (status.st_ino, status.st_dev) == (self.inode, self._device):
            return b""
        self._open()
        self._seek(0)
        return Restart("replaced", self.inode, self.size())


def _hint(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "ask its owner to let you read it"
    return ""
