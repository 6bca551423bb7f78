"""What a link is told unasked: samples of the host at an interval."""

from typing import Any, List, Optional

from nerotui.agent.host.stats import Sampler
from nerotui.agent.serve.lanes import Done, Lane
from nerotui.agent.serve.loop import Loop, Timer
from nerotui.agent.serve.outbox import Outbox

#: No host is sampled more often than this, whatever a link asks for.
FASTEST = 0.2
#: While more than this waits for the link, samples are not sent, bytes.
BACKLOG = 1 << 17


class StatsWatch:
    """Samples the host on a lane: at an interval, and when asked. Never two samples at a time."""

    def __init__(self, loop: Loop, lane: Lane, sampler: Sampler, outbox: Outbox) -> None:
        self._loop = loop
        self._lane = lane
        self._sampler = sampler
        self._outbox = outbox
        self._interval = 0.0
        self._timer: Optional[Timer] = None
        self._waiting: List[Done] = []
        self._under_way = False

    def every(self, interval: float) -> None:
        """Pushes a sample now and each `interval` seconds; 0 ends that."""
        self._interval = max(interval, FASTEST) if interval else 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._interval:
            self._due()

    def once(self, done: Done) -> None:
        """Gives one sample to `done`; those who ask while one is under way share it."""
        self._waiting.append(done)
        self._sample()

    def _due(self) -> None:
        self._timer = self._loop.regularly(self._interval, self._due)
        self._sample()

    def _sample(self) -> None:
        if not self._under_way:
            self._under_way = True
            self._lane.do(self._sampler.sample, self._sampled)

    def _sampled(self, value: Any, error: Optional[Exception]) -> None:
        self._under_way = False
        waiting, self._waiting = self._waiting, []
        for done in waiting:
            done(value, error)
        # For a link that takes nothing, an old sample is not worth keeping: a newer one will come.
        if self._interval and error is None and self._outbox.backlog < BACKLOG:
            self._outbox.send({"push": "stats", "stats": value})
