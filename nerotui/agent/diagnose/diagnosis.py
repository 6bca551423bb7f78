"""The whole of what is noticed in one attempt of a run, from what is fed to it as it comes."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from nerotui.agent.diagnose.finding import SEVERITIES, Finding
from nerotui.agent.diagnose.host import HostWatch
from nerotui.agent.diagnose.logs import Logs
from nerotui.agent.diagnose.pace import Pace
from nerotui.agent.diagnose.series import Series
from nerotui.agent.diagnose.silence import Silence

Point = Dict[str, Any]

#: How often what changes with time alone is looked at, seconds.
OFTEN = 5.0
#: Findings that say less than one of these that stands beside them: a loss that is nan has also risen.
_IMPLIED = {
    "nan": {"explosion", "divergence", "oscillation", "plateau", "overfitting", "no_progress", "exploding_gradient"},
    "explosion": {"divergence", "oscillation", "exploding_gradient"},
    "divergence": {"overfitting", "oscillation"},
    "overfitting": {"plateau"},
    "oom_killer": {"memory_full", "host_oom"},
    "worker_killed": {"connection_lost"},
    "stall": {"waiting", "input_bound"},
    "time_limit": {"cancelled", "late"},
    "preempted": {"cancelled"},
    "node_failure": {"cancelled"},
    "disk_full": {"disk_filling"},
}


class Diagnosis:
    """Looks over one attempt's shoulder.

    All times are on one clock, in seconds since the epoch; whoever feeds it sets that clock back by the time that the
    run stood frozen, so that frozen time counts for nothing.
    """

    def __init__(self, began: float, limit: Optional[float] = None) -> None:
        """Begins with nothing known.

        Args:
            began: when the run began.
            limit: how long it may run, seconds.
        """
        self._series = Series()
        self._logs = Logs()
        self._host = HostWatch()
        self._silence = Silence()
        self._pace = Pace(began, limit)
        self._since: Dict[Tuple[str, Optional[str]], float] = {}
        self._news = False
        self._next = 0.0
        self._found: List[Finding] = []
        self.over: Optional[bool] = None

    def points(self, points: Sequence[Point], now: Optional[float] = None) -> None:
        """Takes points in order.

        Args:
            points: as the readers give them.
            now: when they came; default the time in each of them.
        """
        if not points:
            return
        for point in points:
            self._series.add(point, now if now is not None else float(point.get("t") or 0.0))
        self._logs.points(points)
        self._news = True

    def log(self, data: bytes, offset: int, now: float) -> None:
        """Takes the next bytes of the log, the first of which stands at `offset`."""
        self._logs.feed(data, offset, now)
        self._news = True

    def host(self, sample: Dict[str, Any], now: float) -> None:
        """Takes a sample of the run and its host."""
        self._host.add(sample, now)
        self._news = True

    def wrote(self, sizes: Tuple[int, ...], now: float) -> None:
        """Notes how long the files are that the run writes."""
        self._silence.note(sizes, now)

    def quiet(self, now: float) -> Optional[float]:
        """For how long nothing was written; None where nothing ever was."""
        return self._silence.quiet(now)

    @property
    def patience(self) -> float:
        """After how long a silence becomes a finding, seconds, where nothing is known of the run's load."""
        return self._silence.patience

    def progress(self, progress: Optional[Dict[str, Any]], now: float) -> None:
        """Notes how far the run says it is: {"unit", "at", "of"}."""
        if progress is not None and isinstance(progress.get("at"), (int, float)):
            self._pace.add(str(progress.get("unit")), float(progress["at"]), progress.get("of"), now)

    def limited(self, limit: Optional[float], end: Optional[float]) -> None:
        """Notes how long the run may run by now, seconds, and when that is over."""
        self._pace.limit, self._pace.end = limit, end

    def wanted(self, deadline: Optional[float]) -> None:
        """Notes until when the run is wanted, which comes nearer while the run stands frozen and its clock with it."""
        self._pace.deadline = deadline

    def end(self, well: bool, now: float) -> None:
        """Notes that the run is over, and whether it ended well: then nothing that it survived was an error."""
        self.over = well
        self._logs.end(now)
        self._news = True

    def look(self, now: float) -> List[Finding]:
        """What is wrong now, worst first. Cheap where nothing came since the last look."""
        if not self._news and now < self._next:
            return self._found
        self._news = False
        self._next = now + OFTEN
        found = self._series.look(now)
        if self.over is not True:
            found = found + self._logs.look(now, self.over is False)
        if self.over is None:
            found = found + self._pace.look(now) + self._host.look(now, self._pace.left, self._silence.quiet(now))
            silence = self._silence.look(now, self._host.cpu, self._host.gpu)
            found += [silence] if silence is not None else []
        self._found = self._settle(found)
        return self._found

    def _settle(self, found: List[Finding]) -> List[Finding]:
        """Without what another finding implies; each with the time at which it was first seen; worst first."""
        kinds = {one["kind"] for one in found}
        implied = {kind for known in kinds for kind in _IMPLIED.get(known, ())}
        settled: Dict[Tuple[str, Optional[str]], Finding] = {}
        for one in found:
            key = (one["kind"], one["series"])
            if one["kind"] in implied or key in settled:
                continue
            since = self._since.get(key)
            settled[key] = dict(one, since=one["since"] if since is None else since)
        self._since = {key: one["since"] for key, one in settled.items()}
        return sorted(settled.values(), key=lambda one: (SEVERITIES[one["severity"]], one["since"]))
