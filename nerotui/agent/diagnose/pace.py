"""How fast a run gets on: whether it slows down, and whether it will be done before its time is up."""

from typing import List, NamedTuple, Optional

from nerotui.agent.diagnose.curve import middle
from nerotui.agent.diagnose.finding import Finding, finding, span

#: Marks kept of where the run was when; every second one is dropped when there are as many.
MARKS = 64
#: A run has slowed down when its newest two eighths both took twice as long as is usual: evaluations and checkpoints
#: fall into each eighth, and another user's job on the same machine takes a third, seldom a half.
SLOWED = 0.5
#: Nothing is said of a pace before it was kept for so long, seconds.
LEAST = 120.0
#: The end is projected when this share of the way is done, and at least this share of the time is over; and however
#: little is done when so much of the time is over.
DONE = 0.02
OVER = 0.02
MUCH = 0.25
#: A projection that passes the limit by less than this may still be right.
LATE = 1.05


class _Mark(NamedTuple):
    time: float
    at: float


class Pace:
    """Follows a counter (a step, an epoch) over running time; frozen time must be taken out by the caller.

    Attributes:
        limit: how long it may run, seconds; `end` when that is over, if not so long after its begin.
        deadline: until when it is wanted. All are on the clock of the times given.
    """

    def __init__(self, began: float, limit: Optional[float] = None) -> None:
        """Follows from the beginning.

        Args:
            began: when the run began, seconds since the epoch.
            limit: how long it may run, seconds.
        """
        self._began = began
        self.limit = limit
        self.end: Optional[float] = None
        self.deadline: Optional[float] = None
        self._marks: List[_Mark] = []
        self._every = 0.0
        self._unit = ""
        self._news = False
        self._slow: Optional[Finding] = None
        self._of: Optional[float] = None

    @property
    def left(self) -> Optional[float]:
        """Seconds to go at its pace; None where that cannot be said."""
        return self._projected(DONE)

    def add(self, unit: str, at: float, of: Optional[float], now: float) -> None:
        """Notes how far the run is."""
        if unit != self._unit or (self._marks and at < self._marks[-1].at):
            self._unit, self._marks, self._every, self._slow = unit, [], 0.0, None
        self._of = of
        if self._marks and (at <= self._marks[-1].at or now < self._marks[-1].time + self._every):
            return
        self._marks.append(_Mark(now, at))
        self._news = True
        if len(self._marks) >= MARKS:
            self._marks = self._marks[::2]
            self._every = (self._marks[-1].time - self._marks[0].time) / len(self._marks)

    def look(self, now: float) -> List[Finding]:
        """What there is to say now."""
        if self._news:
            self._news, self._slow = False, self._slower(now)
        return [found for found in (self._slow, self._late(now)) if found is not None]

    def _slower(self, now: float) -> Optional[Finding]:
        marks = self._marks
        if len(marks) < 32 or marks[-1].time - marks[0].time < 4 * LEAST:
            return None
        eighth = len(marks) // 8
        bounds = [marks[len(marks) - 1 - part * eighth] for part in range(8, -1, -1) if len(marks) - 1 >= part * eighth]
        speeds = [
            (later.at - earlier.at) / (later.time - earlier.time)
            for earlier, later in zip(bounds[:-1], bounds[1:])
            if later.time > earlier.time
        ]
        if len(speeds) < 6:
            return None
        usual = middle(speeds[:-2])
        if usual <= 0 or max(speeds[-2:]) >= SLOWED * usual:
            return None
        text = "it makes {:.3g} {}s a minute; it was {:.3g}".format(60 * speeds[-1], self._unit, 60 * usual)
        advice = "look who else is on the host, whether the GPU is hot, and whether the data come as fast as before"
        return finding("slower", "warning", text, advice, now, bounds[-3].at)

    def _projected(self, done: float) -> Optional[float]:
        """Seconds to go at its pace, once a share of the way is done."""
        if self._of is None or len(self._marks) < 3:
            return None
        first, last = self._marks[0], self._marks[-1]
        way, time = last.at - first.at, last.time - first.time
        if way <= 0 or time <= 0 or last.at < done * self._of:
            return None
        return max(0.0, (self._of - last.at) * time / way)

    def _late(self, now: float) -> Optional[Finding]:
        if self.deadline is not None and now >= self.deadline:
            text = "its deadline was {} ago, and it still runs".format(span(now - self.deadline))
            advice = "see whether what it has reached is enough; its newest checkpoint may serve"
            return finding("late", "warning", text, advice, self.deadline)
        ends = []
        if self.limit is not None:
            end = self._began + self.limit if self.end is None else self.end
            ends.append((end, end - self._began, "its time limit of {}".format(span(self.limit))))
        if self.deadline is not None:
            ends.append((self.deadline, self.deadline - self._began, "its deadline"))
        for end, whole, text in sorted(ends):
            over = now - self._began
            left = self._projected(0.0 if over >= MUCH * whole else DONE)
            if left is None or over < OVER * whole or over + left < LATE * whole:
                continue
            needed = "at this pace it needs {} more, and {} leaves {}".format(
                span(left), text, span(max(0.0, end - now))
            )
            advice = "see that it writes checkpoints to be resumed from, or give it more time"
            return finding("late", "warning", needed, advice, now)
        return None
