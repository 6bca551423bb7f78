"""What can be read of runs: logs, points, load, records. The half of the fleet that changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nerotui.config import LOCAL, Config
from nerotui.core.records import Diagnosis, Load, RunDetail
from nerotui.core.text import clean
from nerotui.errors import UsageError
from nerotui.fleet import reading
from nerotui.fleet.follow import LogFollower
from nerotui.fleet.host import HostTask
from nerotui.fleet.model import Model
from nerotui.fleet.points import PointFollower
from nerotui.fleet.reading import LogLine


class Reader:
    """Reads what hosts hold of runs.

    Attributes:
        config: what the user's files say.
    """

    config: Config
    _model: Model
    _tasks: dict[str, HostTask]

    def follow(
        self, run_id: str, *, tail: int = 262144, offset: int | None = None, path: str | None = None
    ) -> LogFollower:
        """Follows a run's log, or a file at `path` on its host, through reconnects.

        It begins at `offset`, or `tail` bytes before the end.
        """
        path = path or self._log_of(run_id)
        return LogFollower(self._model, self._tasks, run_id, tail=tail, offset=offset, path=path)

    async def read_log(self, run_id: str, offset: int, length: int, *, path: str | None = None) -> tuple[bytes, int]:
        """Bytes of a run's log, or of a file on its host, fewer at its end; and its size, 0 where it is not there."""
        return await reading.read_log(self._of(run_id), run_id, offset, length, path or self._log_of(run_id))

    async def find_in_log(
        self,
        run_id: str,
        pattern: str = "",
        *,
        offset: int = 0,
        direction: str = "forward",
        regex: bool = False,
        ignore_case: bool = False,
        errors: bool = False,
        timeout: float = 120.0,
        path: str | None = None,
    ) -> tuple[int, int] | None:
        """Where a pattern is next found in a run's log: first and last offset; the host searches.

        Args:
            run_id: the whole id.
            pattern: text, or a regular expression with `regex`.
            offset: where to begin.
            direction: "forward" or "back".
            regex: whether the pattern is a regular expression.
            ignore_case: whether upper and lower case are the same.
            errors: look for the next line that is an error or begins a traceback instead.
            timeout: seconds; a search of many gigabytes takes its time.
            path: another file on the run's host instead of its log.
        """
        how = {"offset": offset, "direction": direction, "regex": regex, "ignore_case": ignore_case, "errors": errors}
        path = path or self._log_of(run_id)
        return await reading.find_in_log(self._of(run_id), run_id, pattern, how, timeout, path)

    async def log_line(self, run_id: str, offset: int, *, path: str | None = None) -> LogLine:
        """The number of the line at an offset of a run's log, or of a file on its host."""
        return await reading.log_line(self._of(run_id), run_id, offset, path or self._log_of(run_id))

    def points(
        self, run_id: str, *, max_points: int | None = None, names: Sequence[str] | None = None, follow: bool = True
    ) -> PointFollower:
        """The points of a run: first those that are there, then each as it comes, through reconnects.

        Args:
            run_id: the whole id.
            max_points: a series with more is thinned, the least and greatest of each stretch kept. None: every point;
                where points are followed, 100,000 at first.
            names: only these metrics; None = all.
            follow: whether to wait for more.
        """
        path = self._log_of(run_id)
        which = {"run": run_id} if path is None else {"path": path, "patterns": list(self.config.defaults.metrics)}
        args = {**which, **reading.points_args(max_points, names, follow)}
        return PointFollower(lambda: self._of(run_id), args, follow=follow)

    def file_points(
        self, path: str, *, max_points: int | None = None, names: Sequence[str] | None = None, follow: bool = False
    ) -> PointFollower:
        """The points in a log or metrics file on this machine, read by an agent as a run's are."""
        patterns = list(self.config.defaults.metrics)
        args = {"path": path, "patterns": patterns, **reading.points_args(max_points, names, follow)}
        return PointFollower(lambda: self._task(LOCAL), args, follow=follow)

    async def load(self, run_id: str, max: int = 200) -> Load:
        """The load of a run and its host over time, at most `max` samples."""
        return await reading.load(self._of(run_id), run_id, max)

    async def show(self, run_id: str) -> RunDetail:
        """Everything that the host holds of a run apart from log and points."""
        run = self._model.runs.get(run_id)
        if run is not None and run.foreign and run.job is not None:
            return RunDetail(run=run, spec={}, facts={}, events=(), why=reading.waits(run))
        return await reading.show(self._of(run_id), run_id)

    async def why(self, run_id: str) -> str:
        """In one sentence, why a run waits."""
        run = self._model.runs.get(run_id)
        if run is not None and run.job is not None and run.waiting:
            return reading.waits(run)
        return clean(str((await self._of(run_id).request("why", run=run_id)).get("why") or ""))

    async def diagnose(self, text: str, rules: Sequence[str] = (), *, file: bool = False) -> Diagnosis:
        """What findings and rules would have said of a run, or of a file on this machine, and when: the dry run."""
        task = self._task(LOCAL) if file else self._of(text)
        return await reading.diagnosis(task, {"path": text} if file else {"run": text}, rules)

    async def tree(self, run_id: str) -> list[dict[str, Any]]:
        """The processes of a run: pid, ppid, command, state, rss (bytes), cpu_s, started."""
        return await reading.tree(self._of(run_id), run_id)

    def _log_of(self, run_id: str) -> str | None:
        """Where the log of a job is that nerotui did not start; None for a run whose host knows that itself."""
        run = self._model.runs.get(run_id)
        return run.log_path if run is not None and run.foreign and run.job is not None else None

    def _of(self, run_id: str) -> HostTask:
        return reading.host_of(self._model, self._tasks, run_id)

    def _task(self, host: str) -> HostTask:
        if host not in self._tasks:
            raise UsageError(f"host '{host}' is not among those asked for: {', '.join(self._tasks)}")
        return self._tasks[host]
