"""Who a process is, for as long as records last: its host, the boot, the pid namespace, its pid and its start.

Only a process on the same host, in the same boot and pid namespace can judge another one dead. From anywhere else it is
"not known here".
"""

import os
import re
from typing import NamedTuple, Optional

from nerotui.agent.processes.processes import stat

#: In the names of files: what separates the parts of an identity, and what must not be in a part.
_JOINT = ","
_STRANGE = re.compile(r"[^A-Za-z0-9.-]")


class Place(NamedTuple):
    """Where processes can know of each other."""

    hostname: str
    machine: str
    boot: str
    namespace: str


class Identity(NamedTuple):
    """One process for all time: a pid alone is used again."""

    place: Place
    pid: int
    start: int

    def token(self) -> str:
        """The identity as a part of a file's name."""
        return _JOINT.join(tuple(self.place) + (str(self.pid), str(self.start)))


def from_token(token: str) -> Optional[Identity]:
    """The identity that `token()` wrote; None where the text is none."""
    parts = token.split(_JOINT)
    if len(parts) != 6 or not (parts[4].isdigit() and parts[5].isdigit()):
        return None
    return Identity(Place(*parts[:4]), int(parts[4]), int(parts[5]))


_here: Optional[Place] = None


def here() -> Place:
    """The place of this process.

    NEROTUI_HOSTNAME, NEROTUI_MACHINE_ID and NEROTUI_BOOT_ID stand in for the real ones, so that one machine can play
    two in a test.
    """
    global _here
    if _here is None:
        _here = Place(
            _clean(os.environ.get("NEROTUI_HOSTNAME") or os.uname().nodename),
            _clean(os.environ.get("NEROTUI_MACHINE_ID") or _first_line("/etc/machine-id"))[:12],
            _clean(os.environ.get("NEROTUI_BOOT_ID") or _first_line("/proc/sys/kernel/random/boot_id"))[:8],
            _clean(_link("/proc/self/ns/pid")),
        )
    return _here


def of(pid: int) -> Optional[Identity]:
    """The identity of a living process of this place; None where there is no such process."""
    found = stat(pid)
    return None if found is None or found.dead else Identity(here(), pid, found.start)


def mine() -> Identity:
    """The identity of this process."""
    found = of(os.getpid())
    if found is None:
        raise OSError("/proc does not show this process: is /proc mounted?")
    return found


def alive(who: Identity) -> Optional[bool]:
    """Whether a process lives: True, False where it is proved dead, None where that cannot be known here."""
    now = here()
    if who.place.hostname != now.hostname or who.place.machine != now.machine:
        return None
    if who.place.boot != now.boot:
        return False
    if who.place.namespace != now.namespace:
        return None
    found = stat(who.pid)
    return found is not None and found.start == who.start and not found.dead


def _clean(text: str) -> str:
    return _STRANGE.sub("_", text)[:64] or "unknown"


def _first_line(path: str) -> str:
    try:
        with open(path) as file:
            return file.readline().strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path).rstrip("]").split("[")[-1]
    except OSError:
        return ""
