"""The kernel's word that a file changed, by inotify through ctypes; absent or exhausted, polling does without."""

import ctypes
import os
import struct
from typing import Callable, Dict, List, Optional, Tuple

from nerotui.agent.serve.loop import READ, Loop

_MODIFY = 0x2
_ATTRIB = 0x4
_MOVED_FROM = 0x40
_MOVED_TO = 0x80
_CREATE = 0x100
_DELETE = 0x200
_DELETE_SELF = 0x400
_MOVE_SELF = 0x800
_IGNORED = 0x8000
_MASK_ADD = 0x20000000

#: A file's bytes, name or links changed.
FILE = _MODIFY | _ATTRIB | _DELETE_SELF | _MOVE_SELF
#: Something new appeared in a folder.
FOLDER = _CREATE | _MOVED_TO
#: Something in a folder came, went or was renamed.
ENTRIES = FOLDER | _DELETE | _MOVED_FROM

_NAME = 0x0000FFFF & ~_MODIFY
_EVENT = struct.Struct("iIII")

#: Called with True where more than the file's bytes changed: it may have been moved, deleted or replaced.
Changed = Callable[[bool], None]
Watch = Tuple[int, Changed]


class Inotify:
    """Calls back on the loop when something that is watched changes."""

    def __init__(self, loop: Loop) -> None:
        self._fd = -1
        self._watches: Dict[int, List[Changed]] = {}
        try:
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, AttributeError):
            return  # no such thing on this system
        if self._fd >= 0:
            loop.listen(self._fd, READ, self._readable)

    def watch(self, path: str, mask: int, changed: Changed) -> Optional[Watch]:
        """Calls `changed` when `path` changes; None where the kernel will not tell, so that only polling is left."""
        if self._fd < 0:
            return None
        number = self._libc.inotify_add_watch(self._fd, os.fsencode(path), mask | _MASK_ADD)
        if number < 0:
            return None
        self._watches.setdefault(number, []).append(changed)
        return number, changed

    def forget(self, watch: Watch) -> None:
        """Calls back no more."""
        number, changed = watch
        callbacks = self._watches.get(number, [])
        if changed in callbacks:
            callbacks.remove(changed)
        if not callbacks and self._watches.pop(number, None) is not None:
            self._libc.inotify_rm_watch(self._fd, number)

    def _readable(self, _what: int) -> None:
        try:
            data = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return
        seen: Dict[int, int] = {}
        at = 0
        while at < len(data):
            number, mask, _cookie, length = _EVENT.unpack_from(data, at)
            at += _EVENT.size + length
            seen[number] = seen.get(number, 0) | mask
        for number, mask in seen.items():
            for changed in list(self._watches.get(number, ())):
                changed(bool(mask & _NAME))
            if mask & _IGNORED:
                self._watches.pop(number, None)
