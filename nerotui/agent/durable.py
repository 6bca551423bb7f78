"""Writes that survive: whole or not at all, and on the disk when the call returns."""

import json
import os
from typing import Any, Dict, List, Optional

#: Makes temporary names of one process differ.
_count = 0


def sync_folder(path: str) -> None:
    """Makes the names in a folder durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Writes all of `data`, however little a single write takes."""
    while data:
        data = data[os.write(fd, data) :]


def create(path: str, data: bytes = b"") -> None:
    """Makes a file that must not exist yet, with its content and its name on the disk.

    Raises:
        FileExistsError: somebody made it before.
        OSError: the disk did not take it.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        if data:
            write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
    sync_folder(os.path.dirname(path))


def replace(path: str, data: bytes, durable: bool = True, mode: int = 0o600) -> None:
    """Gives a file new content in one step: a reader sees the old or the new, never a part.

    Args:
        path: the file; whether or not it exists.
        data: all of its new content.
        durable: whether it must survive a power cut; a cache need not.
        mode: who may do what with it.
    """
    fresh = temporary(path)
    try:
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            write_all(fd, data)
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(fresh, path)
    except OSError:
        discard(fresh)
        raise
    if durable:
        sync_folder(os.path.dirname(path))


def touch(path: str) -> None:
    """Makes an empty file, or says that it changed just now; need not survive a power cut."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.utime(fd)
    finally:
        os.close(fd)


def temporary(path: str) -> str:
    """A name beside `path` that no other process and no other call uses."""
    global _count
    _count += 1
    return "{}.new.{}.{}.{}".format(path, os.uname().nodename, os.getpid(), _count)


def rename(old: str, new: str) -> bool:
    """Renames a file to a name that nobody else would use; whether it stands there now.

    Over NFS the reply of a rename that was done may be lost: the repeated one then fails, though the file is where it
    should be. So after an error the new name is looked for.
    """
    try:
        os.rename(old, new)
    except OSError:
        return os.path.lexists(new)
    return True


def discard(path: str) -> bool:
    """Deletes a file that may be gone already; whether this call deleted it."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def names(folder: str) -> List[str]:
    """What lies in a folder; nothing where there is none."""
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def to_json(value: Any) -> bytes:
    """One line of JSON, as every file of a run holds it."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def read_json(path: str) -> Optional[Dict[str, Any]]:
    """The object in a file; None where there is no such file or it holds no whole object."""
    try:
        with open(path, "rb") as file:
            value = json.loads(file.read().decode("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return value if isinstance(value, dict) else None
