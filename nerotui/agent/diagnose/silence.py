"""A run that has fallen silent: nothing printed or reported for much longer than is its habit."""

from typing import Optional, Tuple

from nerotui.agent.diagnose.finding import Finding, finding, span

#: A silence is unusual when it is this many times the longest so far: evaluations and checkpoints make long ones.
TIMES = 10.0
#: A run that works on in silence (it compiles, evaluates, writes) is given at least so long, seconds.
BUSY = 600.0
#: Unless it has not printed for as long as that yet, so that its habit is unknown: a first epoch may well take an hour.
UNKNOWN = 3600.0
#: One whose processes do nothing either hangs; seconds, for a file server or a lock may take a while.
IDLE = 60.0
#: Percent of one core below which a run does nothing: timers and watchdogs take a little.
NOTHING = 3.0


class Silence:
    """Follows when a run gave its last sign. Times are on a clock that stands still while the run is frozen."""

    def __init__(self) -> None:
        self._sizes: Optional[Tuple[int, ...]] = None
        self._first: Optional[float] = None
        self._sign = 0.0
        self._longest = 0.0

    def note(self, sizes: Tuple[int, ...], now: float) -> None:
        """Notes how long the files are that the run writes."""
        if sizes == self._sizes:
            return
        if self._sizes is not None and any(self._sizes):
            self._longest = max(self._longest, now - self._sign)
        if any(sizes) and self._first is None:
            self._first = now
        self._sizes, self._sign = sizes, now

    def quiet(self, now: float) -> Optional[float]:
        """Seconds since the last sign; None where there never was one."""
        return now - self._sign if self._sizes is not None and any(self._sizes) else None

    @property
    def patience(self) -> float:
        """How long a run that may well be at work may be silent, seconds."""
        known = self._first is not None and self._sign - self._first >= BUSY
        return max(BUSY if known else UNKNOWN, TIMES * self._longest)

    def look(self, now: float, cpu: Optional[float], gpu: Optional[float]) -> Optional[Finding]:
        """The finding, if the silence is unusual.

        Args:
            now: seconds.
            cpu: percent of a core that the run takes, None where that is unknown.
            gpu: percent of its GPUs, None where it has none or that is unknown.
        """
        quiet = self.quiet(now)
        if quiet is None:
            return None
        idle = cpu is not None and cpu < NOTHING and (gpu is None or gpu < NOTHING)
        if quiet < (max(IDLE, TIMES * self._longest) if idle else self.patience):
            return None
        text = "nothing printed or reported for {}; the longest silence before was {}".format(
            span(quiet), span(self._longest)
        )
        if idle:
            text += ", and its processes do nothing"
        advice = "look at its processes (py-spy dump shows where it stands): a deadlock or a hung disk looks like this"
        return finding("stall", "warning", text, advice, self._sign)
