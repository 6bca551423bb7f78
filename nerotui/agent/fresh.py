"""How a file stands at this moment, also where another host changes it over a network's file system."""

import os


def status(path: str) -> os.stat_result:
    """What `os.stat` says, asked anew: over NFS its answer may be a minute old, but opening a file has it asked again.

    Raises:
        OSError: it is not there, or cannot be opened.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.fstat(fd)
    finally:
        os.close(fd)
