"""One growing file of somebody else's: read on from where reading stopped, anew where it is another file by now."""

import os
import stat
from typing import NamedTuple, Optional, Tuple

#: A file up to this size is read from its beginning, of a longer one only the end, bytes; less of what is over already.
WHOLE, END = 8 << 20, 1 << 20
BRIEF, BRIEF_END = 1 << 18, 1 << 16
#: Bytes before a position that are held against the file, to see whether it still is the one that was read.
CHECKED = 64


class Read(NamedTuple):
    """What one look at a file gave.

    Attributes:
        data: bytes that are new; empty where there are none.
        offset: of the first of them in the file.
        event: "replaced" or "truncated" where reading begins anew with the next look; no bytes come with it.
    """

    data: bytes
    offset: int
    event: Optional[str] = None


_NOTHING = Read(b"", 0)


class Source:
    """One file. It is open only while it is read: nobody's disk or folder is kept busy by being followed.

    Attributes:
        path: the file.
        size: how long it is; None while it is not there.
        time: when it was written last, seconds since the epoch.
        key: device and inode.
        position: how far it was read.
        brief: whether less of it is of interest.
        cut: whether something of it was left out, because it is long.
        trouble: why it cannot be read, as a sentence; None where it can, or is not there yet.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.size: Optional[int] = None
        self.time: Optional[float] = None
        self.key: Optional[Tuple[int, int]] = None
        self.position = 0
        self.brief = False
        self.cut = False
        self.trouble: Optional[str] = None
        self._read_key: Optional[Tuple[int, int]] = None
        self._stamp: Tuple[int, ...] = ()
        self._before = b""
        self._skip = False

    @property
    def behind(self) -> int:
        """How many bytes there are that were not read."""
        return max(0, (self.size or 0) - self.position) if self.trouble is None else 0

    def look(self) -> bool:
        """Looks at the file without opening it; whether it should be read."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            self.trouble = None if self.key is None else "{} is not there any more".format(self.path)
            self.size = None
            return False
        except OSError as error:
            self.trouble = "{} cannot be looked at: {}".format(self.path, error.strerror)
            return False
        if not stat.S_ISREG(status.st_mode):
            self.trouble = "{} is no file".format(self.path)
            return False
        stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        self.size, self.time, self.key = status.st_size, status.st_mtime, stamp[:2]
        if stamp == self._stamp:
            return self.behind > 0
        self._stamp = stamp
        self.trouble = None
        return True

    def read(self, limit: int) -> Read:
        """The next bytes, at most `limit`, after a look; a sentence in `trouble` where the file cannot be read."""
        if self.size is None or self.trouble is not None:
            return _NOTHING
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self.trouble = "{} cannot be read: {}".format(self.path, error.strerror)
            return _NOTHING
        try:
            return self._read(fd, limit)
        except OSError as error:
            self.trouble = "{} cannot be read: {}".format(self.path, error.strerror)
            return _NOTHING
        finally:
            os.close(fd)

    def begin_anew(self) -> None:
        """Forgets what was read."""
        self.position, self._before, self._read_key = 0, b"", None
        self.cut = self._skip = False

    def _read(self, fd: int, limit: int) -> Read:
        status = os.fstat(fd)
        key, self.size = (status.st_dev, status.st_ino), status.st_size
        if self._read_key is not None and key != self._read_key:
            return self._another("replaced")
        if status.st_size < self.position:
            return self._another("truncated")
        self._read_key = key
        behind = status.st_size - self.position
        if behind > (BRIEF if self.brief else WHOLE):
            self.position = status.st_size - (BRIEF_END if self.brief else END)
            self._before = b""
            self.cut = self._skip = True
        overlap = len(self._before)
        data = os.pread(fd, overlap + limit, self.position - overlap)
        if data[:overlap] != self._before:
            return self._another("truncated")
        self._before = data[-CHECKED:] if len(data) > overlap else self._before
        data, offset = data[overlap:], self.position
        self.position += len(data)
        if self._skip:
            _, found, rest = data.partition(b"\n")
            self._skip = not found
            offset += len(data) - len(rest)
            data = rest
        return Read(data, offset)

    def _another(self, event: str) -> Read:
        self.begin_anew()
        return Read(b"", 0, event)
