"""What a run is called and known by that nothing but a log and a process tell of."""

import base64
import hashlib
import os
from typing import List

from nerotui.agent.run.layout import ID_LENGTH

#: Names of logs, and of folders for them, that say nothing of the run.
_GENERIC = frozenset(
    ("log", "logs", "logfile", "out", "output", "outputs", "stdout", "stderr", "err", "train", "training", "nohup",
     "console", "run", "screenlog", "debug", "main", "results")
)  # fmt: skip


def run_id(machine: str, path: str) -> str:
    """The id of a log's run: the same whoever asks, and whenever."""
    digest = hashlib.sha256("{}\0{}".format(machine, path).encode("utf-8", "surrogateescape")).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:ID_LENGTH]


def name_of(path: str) -> str:
    """What people would call the run of a log: `lr-0.1` for exp/lr-0.1/log.txt and for exp/logs/lr-0.1.log."""
    stem = os.path.splitext(os.path.basename(path))[0]
    if not _generic(stem):
        return _shown(stem)
    folder = os.path.dirname(path)
    while _generic(os.path.basename(folder)):
        folder = os.path.dirname(folder)
    return _shown(os.path.basename(folder) or stem)


def shown_command(arguments: List[str], command: str) -> List[str]:
    """The arguments of a process, or its short name where it shows none."""
    return [_shown(argument) for argument in arguments] or [command]


def _generic(name: str) -> bool:
    return name.lower() in _GENERIC


def _shown(text: str) -> str:
    """A text as JSON can carry it: a name on disk may hold any bytes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
