"""What the GPUs' driver says to those who hand them out: how many there are, and who computes on them."""

import json
import os
import select
import signal
import time
from typing import Any, Callable, Dict, List, Optional

#: How long a driver may take to answer.
PATIENCE = 10.0


class DistantDriver:
    """Asks in a child for each question: a library that leaks, hangs or crashes does so there."""

    def count(self) -> int:
        """How many GPUs there are, as far as can be known."""
        found = _in_child(lambda: _gpus().count())
        return found if isinstance(found, int) else 0

    def compute_pids(self) -> Optional[Dict[int, List[int]]]:
        """Pids of compute processes by GPU; None where that cannot be told, and so for a GPU that is left out."""
        found = _in_child(lambda: _gpus().compute_pids())
        return {int(index): pids for index, pids in found.items()} if isinstance(found, dict) else None


class Question:
    """A question that is answered by a child of this process."""

    def __init__(self, question: Callable[[], Any]) -> None:
        """Asks; the caller goes on at once.

        Attributes:
            pid: the child, which the caller has to wait for in the end.
        """
        self._reading, writing = os.pipe()
        self._deadline = time.monotonic() + PATIENCE
        self._parts: List[bytes] = []
        self.pid = os.fork()
        if not self.pid:
            try:
                signal.set_wakeup_fd(-1)
                os.close(self._reading)
                answer = json.dumps(question()).encode()
                while answer:
                    answer = answer[os.write(writing, answer) :]
            finally:
                os._exit(0)
        os.close(writing)

    def ready(self, wait: bool) -> bool:
        """Whether all of the answer is there, or will never be; `wait` waits for that as long as a driver may take."""
        while True:
            left = max(0.0, self._deadline - time.monotonic())
            if not select.select([self._reading], [], [], left if wait else 0)[0]:
                return not left
            part = os.read(self._reading, 65536)
            if not part:
                return True
            self._parts.append(part)

    def answer(self) -> Any:
        """The answer; None where there was none in time. Ends the child."""
        os.close(self._reading)
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has answered, and has been waited for
        try:
            return json.loads(b"".join(self._parts).decode())
        except ValueError:
            return None


def _in_child(question: Callable[[], Any]) -> Any:
    """The answer that a child gives; None where it does not answer in time."""
    asked = Question(question)
    asked.ready(wait=True)
    found = asked.answer()
    os.waitpid(asked.pid, 0)
    return found


def _gpus() -> Any:
    """The host's GPUs; imported in the child only, which the driver's library then burdens."""
    from nerotui.agent.host import gpus

    return gpus.HOST
