"""A run's history: one file a writer, merged by time when read."""

import json
import os
import time
from typing import Any, Dict, List, Optional

from nerotui.agent import durable
from nerotui.agent.processes.identity import Identity
from nerotui.agent.run.layout import RunFolder, make_folder


class Writer:
    """Appends to a run's history as one process."""

    def __init__(self, folder: RunFolder, kind: str, who: Identity) -> None:
        self._path = "{}/{}-{}.jsonl".format(folder.events, kind, who.token())

    def add(self, kind: str, text: str, who: Optional[str] = None, durably: bool = False, **more: Any) -> None:
        """Adds a line. Where the disk is full and it need not be durable, the history does without it.

        Args:
            kind: what happened, in one word.
            text: what happened, in one sentence.
            who: who asked for it.
            durably: whether it must survive a power cut.
            more: further fields.
        """
        line = dict({"time": round(time.time(), 3), "kind": kind, "text": text, "who": who}, **more)
        try:
            self._append(durable.to_json(line), durably)
        except OSError:
            if durably:
                raise

    def _append(self, line: bytes, durably: bool) -> None:
        make_folder(os.path.dirname(self._path))
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            durable.write_all(fd, line)
            if durably:
                os.fsync(fd)
        finally:
            os.close(fd)
        if durably:
            durable.sync_folder(os.path.dirname(self._path))


def read(folder: RunFolder) -> List[Dict[str, Any]]:
    """All of a run's history, oldest first; a line cut short by a crash is left out."""
    found = []
    for name in durable.names(folder.events):
        with open(os.path.join(folder.events, name), "rb") as file:
            for line in file:
                try:
                    event = json.loads(line.decode("utf-8"))
                except ValueError:
                    continue
                if isinstance(event, dict) and isinstance(event.get("time"), (int, float)):
                    found.append(event)
    return sorted(found, key=lambda event: float(event["time"]))
