"""One loop over file descriptors, timers and what other threads hand in. Nothing that may block runs on it."""

import collections
import errno
import heapq
import itertools
import os
import select
import time
from typing import Callable, Deque, Dict, List, Optional, Tuple

Callback = Callable[[], None]

READ = select.POLLIN
WRITE = select.POLLOUT
BROKEN = select.POLLERR | select.POLLHUP | select.POLLNVAL


class Timer:
    """A callback that is due; `cancel` before that and it never runs."""

    def __init__(self, callback: Callback) -> None:
        self.callback: Optional[Callback] = callback

    def cancel(self) -> None:
        """Makes sure that it does not run any more."""
        self.callback = None


class Loop:
    """Runs callbacks, all on the thread that called `run`."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._ready: Dict[int, Callable[[int], None]] = {}
        self._timers: List[Tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._posted: Deque[Callback] = collections.deque()
        self._stopped = False
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_out, False)
        os.set_blocking(self._wake_in, False)
        self.listen(self._wake_out, READ, self._woken)

    def listen(self, fd: int, mask: int, ready: Callable[[int], None]) -> None:
        """Calls `ready` with what happened whenever something of `mask` or an error happens at `fd`."""
        self._ready[fd] = ready
        self._poll.register(fd, mask)

    def deafen(self, fd: int) -> None:
        """Forgets `fd`."""
        if self._ready.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def later(self, delay: float, callback: Callback) -> Timer:
        """Runs `callback` once, `delay` seconds from now."""
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + delay, next(self._order), timer))
        return timer

    def regularly(self, period: float, callback: Callback) -> Timer:
        """Runs `callback` once, in half a period to one and a half: what is regular comes due together.

        One awakening a second for all of it costs half of what one for each does.
        """
        left = period - time.monotonic() % period
        return self.later(left if left > period / 2 else left + period, callback)

    def post(self, callback: Callback) -> None:
        """Runs `callback` on the loop, soon. The only method that other threads may call."""
        self._posted.append(callback)
        try:
            os.write(self._wake_in, b"\0")
        except BlockingIOError:
            return  # the pipe is full of wake-ups already
        except OSError as error:
            if error.errno != errno.EBADF:  # closed: the loop has ended
                raise

    def stop(self) -> None:
        """Ends `run` after the callback under way."""
        self._stopped = True

    def run(self) -> None:
        """Runs until `stop`."""
        while not self._stopped:
            for fd, what in self._wait():
                ready = self._ready.get(fd)
                if ready is not None and not self._stopped:
                    ready(what)
            self._run_timers()

    def _wait(self) -> List[Tuple[int, int]]:
        timeout = None
        if self._timers:
            timeout = max(0.0, self._timers[0][0] - time.monotonic()) * 1000
        return self._poll.poll(timeout)

    def _run_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now and not self._stopped:
            timer = heapq.heappop(self._timers)[2]
            if timer.callback is not None:
                timer.callback()

    def _woken(self, _what: int) -> None:
        try:
            os.read(self._wake_out, 4096)
        except BlockingIOError:
            pass
        for _ in range(len(self._posted)):
            self._posted.popleft()()
