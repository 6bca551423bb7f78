"""Which queue a run belongs to: its host's own, or one that nobody dispatches because a scheduler starts its jobs."""

import os
import re
from typing import Any, Dict, List, Optional

from nerotui.agent import durable
from nerotui.agent.run.layout import SCHEDULED, Root

#: Backends: the host's own queue, and runs that somebody starts himself; all others are schedulers.
PROCESS, TRACK = "process", "track"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}$")

#: What people call them.
_TITLES = {"slurm": "Slurm", "gridengine": "Grid Engine"}


def is_backend(name: Any) -> bool:
    """Whether a text can name a backend, so that it is safe as a folder's name."""
    return isinstance(name, str) and _NAME.match(name) is not None


def queue_of(spec: Dict[str, Any]) -> Optional[str]:
    """The name of the queue that no host dispatches and that a run belongs to; None for its host's own.

    Args:
        spec: the run's run.json.
    """
    name = spec.get("backend")
    return SCHEDULED + str(name) if is_backend(name) and name != PROCESS else None


def scheduler_of(spec: Dict[str, Any]) -> Optional[str]:
    """The scheduler whose job is to carry out a run; None where none is."""
    name = spec.get("backend")
    return name if is_backend(name) and name not in (PROCESS, TRACK) else None


def scheduled(root: Root) -> List[str]:
    """The names of all queues of schedulers under a root."""
    return sorted(name for name in durable.names(root.queues) if name.startswith(SCHEDULED))


def is_scheduled(path: str) -> bool:
    """Whether a queue's folder is a scheduler's."""
    return os.path.basename(path).startswith(SCHEDULED)


def title(scheduler: str) -> str:
    """What people call a scheduler."""
    return _TITLES.get(scheduler, scheduler)
