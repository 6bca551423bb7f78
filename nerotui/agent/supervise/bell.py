"""The kernel's word that a file in the run's folder grew: by dnotify, which needs no library and no memory.

Without it (another system, some file systems of clusters) a supervisor has to look by itself.
"""

import os
import signal
from typing import Optional

try:
    from fcntl import DN_MODIFY, F_NOTIFY, fcntl
except ImportError:  # no Linux
    fcntl = None  # type: ignore[assignment]


class Bell:
    """Rings once when it was set: as a signal, which wakes whoever sleeps on the wakeup descriptor."""

    def __init__(self, folder: str) -> None:
        """Listens to changes of files in a folder; to be made by the main thread."""
        self._folder = folder
        self._fd: Optional[int] = None
        self._works = fcntl is not None
        # What the signal does unless it is handled is to end the process.
        signal.signal(signal.SIGIO, lambda _number, _frame: None)

    def set(self) -> bool:
        """Makes it ring at the next change; whether it will."""
        if self._works:
            try:
                if self._fd is None:
                    self._fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                fcntl(self._fd, F_NOTIFY, DN_MODIFY)
            except OSError:
                self._works = False
        return self._works
