"""Lanes: threads that do what may block, one thing after the other, and hand the outcome back to the loop."""

import queue
import threading
from typing import Any, Callable, Optional, Tuple

from nerotui.agent.serve.loop import Loop

Work = Callable[[], Any]
Done = Callable[[Any, Optional[Exception]], None]


class Lane:
    """One thread, started when first needed. It is a daemon: a call that hangs in the kernel must not keep us alive."""

    def __init__(self, loop: Loop, name: str) -> None:
        self._loop = loop
        self._name = name
        self._work: "queue.Queue[Tuple[Work, Done]]" = queue.Queue()
        self._thread: Optional[threading.Thread] = None
        self._changed = threading.Condition()
        self._left = 0

    def do(self, work: Work, done: Done) -> None:
        """Runs `work` on the lane, then `done(value, error)` on the loop. To be called on the loop."""
        with self._changed:
            self._left += 1
        self._work.put((work, done))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def finish(self, timeout: float) -> bool:
        """Waits until nothing is under way; whether that came true in `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._left, timeout)

    @property
    def left(self) -> int:
        """How many things are under way or wait for their turn."""
        return self._left

    def _run(self) -> None:
        while True:
            work, done = self._work.get()
            value: Any = None
            failure: Optional[Exception] = None
            try:
                value = work()
            except Exception as error:  # whatever it is, it belongs to the request that asked for the work
                failure = error
            self._loop.post(_Outcome(done, value, failure))
            with self._changed:
                self._left -= 1
                self._changed.notify_all()


class _Outcome:
    def __init__(self, done: Done, value: Any, failure: Optional[Exception]) -> None:
        self._done = done
        self._value = value
        self._failure = failure

    def __call__(self) -> None:
        self._done(self._value, self._failure)
