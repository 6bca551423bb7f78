"""What is read of one log that nerotui does not write: points, progress, findings, in bounded memory."""

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from nerotui.agent.foreign.source import Source

if TYPE_CHECKING:
    from nerotui.agent.diagnose.diagnosis import Diagnosis
    from nerotui.agent.metrics import Reader
    from nerotui.agent.supervise.record import Summary

#: Read at once, bytes.
BLOCK = 1 << 16
#: Metrics of a log that are told of at most.
METRICS = 256
#: A log of a run that is over is put to rest after so many seconds: what was made of it stays, the readers go.
REST = 60.0
#: What is read within so many seconds of being written counts as read live.
LIVE = 30.0
_AXES = ("step", "epoch")


class Followed:
    """One log, and a second one where errors go.

    Attributes:
        log: the log as a file.
        attempt: rises by one whenever the log turns out to be another one, or to have been emptied.
        note: what happened to the log that people should know, or why it cannot be read; None where all is well.
        summary: last, least and greatest value of each metric.
        progress: how far the log says that the run is.
        findings: what is wrong, worst first.
    """

    def __init__(self, path: str, err: Optional[str] = None, began: Optional[float] = None) -> None:
        """Reads nothing before the first look.

        Args:
            path: the log.
            err: where the program's errors go, if that is another file.
            began: when the program started, seconds since the epoch.
        """
        self.log = Source(path)
        self.attempt = 1
        self.summary: "Summary" = {}
        self.progress: Optional[Dict[str, Any]] = None
        self.findings: List[Dict[str, Any]] = []
        self._err = Source(err) if err and err != path else None
        self._began = began
        self._readers: Dict[Source, "Reader"] = {}
        self._diagnosis: Optional["Diagnosis"] = None
        self._beside: Optional["Diagnosis"] = None
        self._said: Optional[str] = None
        self._over: Optional[bool] = None
        self._over_at = 0.0
        self._resting = False
        self._fresh = False

    @property
    def note(self) -> Optional[str]:
        """A sentence about the log itself."""
        return self.log.trouble or self._said

    @property
    def metrics(self) -> "Summary":
        """The summary as far as it is known: of a long log only the end was read."""
        if not self.log.cut:
            return dict(self.summary)
        return {name: dict(known, min=None, max=None) for name, known in self.summary.items()}

    @property
    def behind(self) -> int:
        """How many bytes are still to be read."""
        return sum(source.behind for source in self._sources())

    def look(self, now: float, limit: int, frozen: float = 0.0) -> int:
        """Reads what is new, at most about `limit` bytes; returns how many it were.

        Args:
            now: seconds since the epoch.
            limit: bytes.
            frozen: for how many seconds the run has stood frozen, which count for nothing.
        """
        taken = 0
        for source in self._sources():
            if source.look():
                taken += self._read(source, now, limit - taken, frozen)
        self._judge(now, frozen)
        return taken

    def over(self, well: Optional[bool], now: float) -> None:
        """Notes that the program is gone.

        Args:
            well: whether it ended well; None where that is not known.
            now: seconds since the epoch.
        """
        if self._over is not None:
            return
        self._over, self._over_at = well is not False, now
        if well is not None:
            self._flush(now)
        for diagnosis in (self._diagnosis, self._beside):
            if diagnosis is not None:
                diagnosis.end(self._over, now)

    def goes_on(self, anew: bool) -> None:
        """Notes that a program writes it.

        Args:
            anew: whether it is another one than before.
        """
        if anew and not self._fresh:
            self.attempt += 1
        self._fresh, self._over = False, None
        if anew:
            self._diagnosis = self._beside = None
        for diagnosis in (self._diagnosis, self._beside):
            if diagnosis is not None:
                diagnosis.over = None

    def _sources(self) -> List[Source]:
        return [self.log] if self._err is None else [self.log, self._err]

    def _read(self, source: Source, now: float, limit: int, frozen: float) -> int:
        if self._resting:
            self._wake()
        taken = 0
        while taken < limit:
            found = source.read(BLOCK)
            if found.event is not None:
                self._begin_anew(source, found.event)
                continue
            if not found.data:
                break
            taken += len(found.data)
            # What was written long ago did not happen now.
            written = source.time if source.time is not None and source.time < now - LIVE else now
            self._take(source, found.data, found.offset, min(written, now) - frozen)
        return taken

    def _take(self, source: Source, data: bytes, offset: int, then: float) -> None:
        reader, diagnosis = self._reader(source), self._ready()
        self._count(reader.feed(data, offset, then), then)
        if source is self.log:
            diagnosis.log(data, offset, then)
        else:
            self._other().log(data, offset, then)
        self.progress = reader.progress or self.progress
        diagnosis.wrote(tuple(one.position for one in self._sources()), then)
        diagnosis.progress(self.progress, then)

    def _count(self, points: List[Dict[str, Any]], then: float) -> None:
        from nerotui.agent.supervise.record import sum_up

        for point in points:
            if len(self.summary) >= METRICS:
                point = {name: value for name, value in point.items() if name in self.summary or name in _AXES}
            sum_up(self.summary, point)
        self._ready().points(points, then)

    def _judge(self, now: float, frozen: float) -> None:
        if self._resting:
            return
        if self._over is not None and now > self._over_at + REST and not self.behind:
            self._rest()
            return
        found = self._diagnosis.look(now - frozen) if self._diagnosis is not None else []
        if self._beside is not None:
            kinds = {one["kind"] for one in found}
            beside = [_elsewhere(one) for one in self._beside.look(now - frozen) if one["kind"] not in kinds]
            found = found + beside
        self.findings = found

    def _rest(self) -> None:
        """Lets go of all that is only needed to read on: of hundreds of logs most are over."""
        self._flush(self._over_at)
        self._resting = True
        self._readers.clear()
        self._diagnosis = self._beside = None

    def _flush(self, now: float) -> None:
        """Takes in a last line that lacks its end, and a bar's last state: nothing will be added to them."""
        for reader in self._readers.values():
            self._count(reader.end(now), now)

    def _wake(self) -> None:
        """What is over was written again: it is read as if for the first time."""
        self._resting = False
        self._forget()

    def _begin_anew(self, source: Source, event: str) -> None:
        self._readers.pop(source, None)
        if source is not self.log:
            return
        self.attempt += 1
        how = "another file took its log's place" if event == "replaced" else "its log was emptied or rewritten"
        self._said = how + ": it is read anew"
        self._fresh = True
        self._forget()

    def _forget(self) -> None:
        self.summary, self.progress, self.findings = {}, None, []
        self._diagnosis = self._beside = None
        self._readers.clear()
        for source in self._sources():
            source.begin_anew()

    def _reader(self, source: Source) -> "Reader":
        reader = self._readers.get(source)
        if reader is None:
            from nerotui.agent.metrics import Reader

            reader = self._readers[source] = Reader()
        return reader

    def _ready(self) -> "Diagnosis":
        if self._diagnosis is None:
            self._diagnosis = self._new()
        return self._diagnosis

    def _other(self) -> "Diagnosis":
        if self._beside is None:
            self._beside = self._new()
        return self._beside

    def _new(self) -> "Diagnosis":
        from nerotui.agent.diagnose.diagnosis import Diagnosis

        made = Diagnosis(self._began if self._began is not None else (self.log.time or 0.0))
        if self._over is not None:
            made.end(self._over, self._over_at)
        return made


def _elsewhere(one: Dict[str, Any]) -> Dict[str, Any]:
    """A finding from the file of errors: its lines stand in no log that anybody has open."""
    texts = [item["text"] if isinstance(item, dict) else item for item in one["evidence"]]
    return dict(one, evidence=texts)
