"""Follows what a run prints, reports and writes to files of metrics, and puts its points on record."""

from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

from nerotui.agent.run.layout import RunFolder
from nerotui.agent.supervise.logsource import LogSource
from nerotui.agent.supervise.owners import LOG, REPORTED
from nerotui.agent.supervise.record import Record, Summary

if TYPE_CHECKING:
    from nerotui.agent.supervise.discovery import Discovery
    from nerotui.agent.supervise.filesource import FileSource
    from nerotui.agent.supervise.findings import Findings

#: What one look at a file may read before other things get their turn.
TURN = 1 << 22

Point = Dict[str, Any]


class Following:
    """Points of an attempt: from the log, from the program's reports and from the files of metrics that it writes.

    A successor goes on where the record ends: each point says which line of which source it came from. Of what a
    program writes to several places one source is taken (see `owners`).
    """

    def __init__(
        self,
        folder: RunFolder,
        attempt: int,
        log_start: int,
        metrics: Optional[Summary],
        again: bool,
        listener: Optional["Findings"] = None,
        discovery: Optional["Discovery"] = None,
        patterns: Sequence[str] = (),
    ) -> None:
        """Goes on from what metrics.jsonl holds.

        Args:
            folder: the run's folder.
            attempt: the attempt's number.
            log_start: where in the log the attempt begins.
            metrics: the summary so far, which goes on over attempts.
            again: whether a predecessor of this attempt may have died before it wrote the summary down.
            listener: is given the new points, and the log as it is read.
            discovery: finds the files of metrics that the run writes.
            patterns: the user's own for what the run prints.
        """
        from nerotui.agent.metrics import JsonReader, Reader

        self._listener = listener
        self._discovery = discovery
        self._unwritten: List[Point] = []
        self._record = Record(folder.metrics, attempt, metrics, again)
        self._owners = self._record.owners
        last = self._record.last
        self._log = LogSource(folder.log, Reader(patterns), log_start, last.get(LOG), listener)
        self._reports = LogSource(folder.reports_of(attempt), JsonReader(), 0, last.get(REPORTED))
        self._files: Dict[str, "FileSource"] = {}

    @property
    def summary(self) -> Summary:
        """Last, least and greatest value of each metric, over all attempts."""
        return self._record.summary

    @property
    def progress(self) -> Optional[Dict[str, Any]]:
        """How far the run says it is; what it reports on purpose comes first."""
        found: Optional[Dict[str, Any]] = self._reports.reader.progress or self._log.reader.progress
        for file in self._files.values():
            found = found or file.progress
        return found

    @property
    def log_size(self) -> int:
        """The log's size when last looked at."""
        return self._log.size

    @property
    def sizes(self) -> Tuple[int, ...]:
        """How long the followed files were when last looked at: the log, the reports, all files of metrics together."""
        return self._log.size, self._reports.size, sum(file.size for file in self._files.values())

    def grown(self) -> bool:
        """Whether the run printed or reported something since the last look, at next to no cost."""
        return self._log.grown() or self._reports.grown()

    def look(self, now: float) -> bool:
        """Reads what is new, up to a limit; whether there is more.

        Raises:
            OSError: metrics.jsonl cannot be written; what was read is kept and written by a later look.
        """
        self._write()
        more = False
        for source in (self._reports, self._log):
            end = source.position + TURN
            while source.position < end:
                at = source.position
                self._take(source.read(now), now)
                self._write()
                if source.position == at:
                    break
            more = more or source.position >= end
        self._discover(now)
        for file in list(self._files.values()):
            points, left = file.read(now, TURN)
            self._take(points, now)
            self._write()
            more = more or left
        return more

    def close(self, now: float) -> None:
        """Reads to the end, also a last line without its end of line.

        Raises:
            OSError: metrics.jsonl cannot be written.
        """
        if self._discovery is not None:
            self._discovery.over()
        while self.look(now):
            pass
        for source in (self._reports, self._log):
            self._take(source.end(now), now)
        for file in self._files.values():
            self._take(file.close(now), now)
        self._write()

    def _discover(self, now: float) -> None:
        if self._discovery is None:
            return
        for found in self._discovery.look(now):
            known = self._files.get(found.label)
            if known is not None:
                known.move(found.path)
                continue
            from nerotui.agent.supervise.filesource import FileSource

            source = FileSource(found, self._record.files.get("file:" + found.label))
            self._files[found.label] = source

    def _take(self, points: List[Point], now: float) -> None:
        points = self._owners.sift(points)
        if points:
            self._unwritten += points
            if self._listener is not None:
                self._listener.points(points, now)

    def _write(self) -> None:
        if self._unwritten:
            self._record.add(self._unwritten)
            self._unwritten = []
