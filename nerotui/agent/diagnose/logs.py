"""What a run's log tells of trouble: tracebacks, known symptoms, warnings without end."""

from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Set, Tuple

from nerotui.agent.diagnose.finding import Finding, clean, finding
from nerotui.agent.diagnose.signs import SIGNS

if TYPE_CHECKING:  # loaded when the first sign of trouble appears, which in most runs is never
    from nerotui.agent.diagnose.symptoms import Symptom
    from nerotui.agent.diagnose.tracebacks import Raised, Tracebacks

#: A longer line is cut: what it tells of stands at its beginning.
LONG = 4096
#: Points after a trouble that show that the run goes on in spite of it: a batch that was skipped, a retry, an import
#: that may fail. One may still have been under way.
GOES_ON = 2
#: Nothing is said sooner than so after a trouble, seconds: what is caught and put right is over by then.
AT_ONCE = 3.0
#: A run that says nothing for so long after an exception does not go on, seconds.
QUIET = 10.0
#: The same warning so often, seconds apart or not, hides what matters.
ENDLESS = 1000
#: Kinds of warnings that are counted.
KINDS = 64
#: Kinds of lines that are remembered to tell of nothing.
DULL = 1024

_DIGITS = b"0123456789"


class _Trouble:
    def __init__(self, made: Finding, symptom: Optional["Symptom"], severity: str, at: float, line: int) -> None:
        self.made = made
        self.symptom = symptom
        self.severity = severity
        self.at = at
        self.line = line
        self.points = 0


class Logs:
    """Findings from what a run prints."""

    def __init__(self) -> None:
        self._held = b""
        self._at = 0
        self._tracebacks: Optional["Tracebacks"] = None
        self._troubles: Dict[str, _Trouble] = {}
        self._dull: Set[bytes] = set()
        self._raised_last = ""
        self._warnings: Dict[bytes, Tuple[int, int]] = {}
        self._endless: Optional[Tuple[bytes, int, int]] = None

    def feed(self, data: bytes, offset: int, now: float) -> None:
        """Takes the next bytes of the log.

        Args:
            data: the bytes.
            offset: of the first of them in the log.
            now: seconds since the epoch.
        """
        begin = offset - len(self._held)
        self._at = offset + len(data)
        data = self._held + data
        end = data.rfind(b"\n") + 1
        self._held = data[end:] if len(data) - end <= LONG else b""
        data = data[:end]
        if not data:
            return
        inside = self._tracebacks is not None and self._tracebacks.inside
        if inside or b"Traceback (" in data or b"Exception ignored in" in data:
            self._lines(data, begin, now)
        elif any(sign in data for sign in SIGNS):
            self._signs(data, begin, now)
        if b"arning" in data or b"WARN" in data:
            self._warned(data, begin)

    def end(self, now: float) -> None:
        """Takes the last line, where it lacks its end."""
        if self._held:
            self.feed(b"\n", self._at, now)

    def points(self, points: Sequence[Dict[str, Any]]) -> None:
        """Notes that the run printed or reported points: where they stand after a trouble, it goes on."""
        if not self._troubles:
            return
        for kind, trouble in list(self._troubles.items()):
            trouble.points += sum(1 for point in points if _after(point, trouble))
            if trouble.points >= GOES_ON and not (trouble.symptom is not None and trouble.symptom.final):
                del self._troubles[kind]

    def look(self, now: float, over: bool) -> List[Finding]:
        """What the log tells of now.

        Args:
            now: seconds since the epoch.
            over: whether the run ended badly, so that what was told last was its end.
        """
        found = []
        for trouble in self._troubles.values():
            final = over or (trouble.symptom is not None and trouble.symptom.final)
            if not final and now - trouble.at < AT_ONCE:
                continue
            stands = final or now - trouble.at >= QUIET
            found.append(dict(trouble.made, severity=trouble.severity if stands else _milder(trouble.severity)))
        if self._endless is not None:
            line, count, at = self._endless
            text = "the same warning was printed {} times: {}".format(count, clean(line)[:80])
            advice = "silence it, or mend what it warns of: it hides what matters, and fills the disk"
            found.append(
                finding("endless_warning", "info", text, advice, now, None, None, [{"line": at, "text": clean(line)}])
            )
        return found

    def _lines(self, data: bytes, begin: int, now: float) -> None:
        """Line by line, as tracebacks need it."""
        if self._tracebacks is None:
            from nerotui.agent.diagnose.tracebacks import Tracebacks

            self._tracebacks = Tracebacks()
        for line in data.split(b"\n")[:-1]:
            bare = line[:LONG].rstrip(b"\r")
            inside = self._tracebacks.inside
            raised = self._tracebacks.feed(bare, begin)
            if raised is not None:
                self._raised(raised, bare, begin, now)
            elif not inside:
                self._symptom(bare, begin, now)
            begin += len(line) + 1

    def _signs(self, data: bytes, begin: int, now: float) -> None:
        """Only the lines with a sign in them."""
        places = set()
        for sign in SIGNS:
            at = data.find(sign)
            while at >= 0:
                places.add(data.rfind(b"\n", 0, at) + 1)
                after = data.find(b"\n", at)
                at = data.find(sign, after) if after >= 0 else -1
        for place in sorted(places):
            end = data.find(b"\n", place)
            self._symptom(data[place : min(end, place + LONG)].rstrip(b"\r"), begin + place, now)

    def _symptom(self, line: bytes, offset: int, now: float) -> None:
        kind = line.translate(None, _DIGITS)
        if kind in self._dull:
            return
        from nerotui.agent.diagnose.symptoms import symptom

        known = symptom(line)
        if known is None:
            if len(self._dull) >= DULL:
                self._dull.clear()
            self._dull.add(kind)
            return
        text = clean(line)
        made = finding(
            known.kind,
            known.severity,
            "{}: {}".format(known.message, text[:120]),
            known.advice,
            now,
            evidence=[{"line": offset, "text": text}],
        )
        self._keep(made, known, now, offset)

    def _raised(self, raised: "Raised", line: bytes, offset: int, now: float) -> None:
        if raised.ignored or raised.said.startswith(("KeyboardInterrupt", "SystemExit", "GeneratorExit")):
            return
        from nerotui.agent.diagnose.symptoms import symptom

        known = symptom(line)
        kind = known.kind if known is not None else "traceback"
        if raised.chained and self._raised_last != kind:
            self._troubles.pop(self._raised_last, None)  # it led to this one
        self._raised_last = kind
        where = " ({})".format(raised.own) if raised.own else ""
        made = finding(
            kind,
            "error",
            "{}{}{}".format(known.message + ": " if known is not None else "", raised.said[:120], where),
            known.advice if known is not None else "read the traceback in the log",
            now,
            evidence=[{"line": raised.offset, "text": raised.said}] + ([raised.own] if raised.own else []),
        )
        self._keep(made, known, now, offset)

    def _keep(self, made: Finding, known: Optional["Symptom"], now: float, line: int) -> None:
        before = self._troubles.get(made["kind"])
        if before is not None:
            # Other ranks say the same; the first of them is the cause, a longer word on it is the better one.
            better = len(made["evidence"]) > len(before.made["evidence"])
            before.made = dict(made, since=before.made["since"]) if better else before.made
            before.at, before.line, before.points = now, line, 0
            return
        severity = known.severity if known is not None else "error"
        self._troubles[made["kind"]] = _Trouble(made, known, severity, now, line)

    def _warned(self, data: bytes, begin: int) -> None:
        for word in (b"arning", b"WARN"):
            at = data.find(word)
            while at >= 0:
                start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
                line = data[start : min(end, start + 256)]
                kind = line.translate(None, _DIGITS)
                count, first = self._warnings.get(kind, (0, begin + start))
                if not count and len(self._warnings) >= KINDS:
                    rare = min(self._warnings, key=lambda known: self._warnings[known][0])
                    del self._warnings[rare]
                self._warnings[kind] = count + 1, first
                if count + 1 >= ENDLESS and (self._endless is None or count + 1 > self._endless[1]):
                    self._endless = line, count + 1, first
                at = data.find(word, end)


def _after(point: Dict[str, Any], trouble: _Trouble) -> bool:
    """Whether a point came after a trouble: by its place in the log, else by its time."""
    if point.get("source", "log") == "log" and point.get("offset") is not None:
        return int(point["offset"]) > trouble.line
    return float(point.get("t") or 0.0) > trouble.at


def _milder(severity: str) -> str:
    return "warning" if severity == "error" else severity
