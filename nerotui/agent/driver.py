"""What the GPUs' driver says to those who hand them out: how many there are, and who computes on them."""

import json
import os
import select
import signal
import time
from typing import Any, Dict, List, Optional

#: How long a driver may take to answer.
PATIENCE = 10.0


class Driver:
    """Asks in this process, which must be able to bear what a driver's library brings along."""

    def __init__(self) -> None:
        from nerotui.agent.gpus import Gpus

        self._gpus = Gpus()

    def count(self) -> int:
        """How many GPUs there are."""
        return self._gpus.count()

    def compute_pids(self) -> Optional[Dict[int, List[int]]]:
        """Pids of compute processes by GPU; None where that cannot be told, and so for a GPU that is left out."""
        return self._gpus.compute_pids()


class DistantDriver:
    """Asks in a child for each question: a library that leaks, hangs or crashes does so there."""

    def count(self) -> int:
        """How many GPUs there are, as far as can be known."""
        found = _in_child(lambda: Driver().count())
        return found if isinstance(found, int) else 0

    def compute_pids(self) -> Optional[Dict[int, List[int]]]:
        """Pids of compute processes by GPU; None where that cannot be told, and so for a GPU that is left out."""
        found = _in_child(lambda: Driver().compute_pids())
        return {int(index): pids for index, pids in found.items()} if isinstance(found, dict) else None


def _in_child(question: Any) -> Any:
    """The answer that a child gives; None where it does not answer in time."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            signal.set_wakeup_fd(-1)
            os.close(reading)
            answer = json.dumps(question()).encode()
            while answer:
                answer = answer[os.write(writing, answer) :]
        finally:
            os._exit(0)
    os.close(writing)
    parts = []
    deadline = time.monotonic() + PATIENCE
    while select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(reading, 65536)
        if not part:
            break
        parts.append(part)
    os.close(reading)
    os.kill(pid, signal.SIGKILL)  # it has answered, or never will
    os.waitpid(pid, 0)
    try:
        return json.loads(b"".join(parts).decode())
    except ValueError:
        return None
