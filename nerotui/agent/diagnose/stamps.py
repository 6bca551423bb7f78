"""Times that a log's lines begin with, as loggers write them, read into one clock that never goes back."""

import calendar
import re
import time
from datetime import date
from typing import Iterator, List, NamedTuple, Optional

#: A clock without a date that goes back by more than this has passed midnight, seconds; by less, lines of several
#: processes stand out of order.
HALF, DAY = 43200.0, 86400.0
#: Nobody waits for longer than this, seconds: a month.
LONG = 30 * DAY
#: Of a line that is not complete so many bytes are kept.
BEGINNING = 512
#: Nothing happens so often that the clock must be set more often, seconds.
FINE = 5.0

_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_STAMP = re.compile(
    # Colours; then who speaks: [rank0]: or INFO: or worker3: or [host]. A word alone may begin any sentence.
    rb"^(?:\x1b\[[\d;]*m)*(?:(?:DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL|NOTICE)(?::\s?|\s(?:\|\s)?)"
    rb"|\[[A-Za-z][\w./:-]{0,39}\]:?\s?|\[\d{1,5}\]:?\s|(?:[A-Za-z_-]{1,16})?\d{1,5}(?::\s|\s\|\s))?"
    rb"[ \t]?[\[(<]?[ \t]?(?:"
    # 2026-12-01 or 2026/12/01, and with a T
    rb"(?P<y>(?:19|20)\d\d)[-/. ](?P<m>\d\d)[-/.](?P<d>\d\d)(?:[T_,:]\s?|\s{1,2})"
    # 12/01 or 12/01/2026, the month first
    rb"|(?P<m2>\d\d)/(?P<d2>\d\d)(?:/(?P<y2>20\d\d|\d\d))?[,T:]?\s?"
    # I1201, of Google's loggers
    rb"|[IWEF](?P<m3>\d\d)(?P<d3>\d\d)\s"
    # Dec  1, of syslog and asctime, the year perhaps at the end
    rb"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s)?(?P<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    rb"\s{1,2}(?P<d4>\d{1,2}),?\s(?:(?P<y4>\d{4}),?\s)?"
    rb")?(?P<H>[012]\d):(?P<M>[0-5]\d):(?P<S>[0-6]\d)(?P<f>[.,]\d{1,9})?(?:\s?(?P<half>[AP])M\b)?"
    rb"(?P<zone>Z\b|\s?[+-]\d\d:?\d\d\b)?(?![\d:<])(?:\s(?:[A-Z]{3,4}\s)?(?P<y5>20\d\d)\b)?"
    # MLPerf's milliseconds
    rb'|^:::ML\w*[^\n]{0,200}?"time_ms":\s?(?P<ms>\d{13})',
    re.MULTILINE,
)


class Stamp(NamedTuple):
    """A time at the beginning of a line.

    Attributes:
        at: where the line begins, from the beginning of the data.
        moment: seconds on the log's own calendar: differences are right, whatever it leaves out.
        dated: whether its day is known, at least within an unknown year.
        real: seconds since the epoch; None where the year is unknown. Without a zone it is taken for this host's.
    """

    at: int
    moment: float
    dated: bool
    real: Optional[float]


def stamps(data: bytes) -> Iterator[Stamp]:
    """The times in a piece of a log that begins with the beginning of a line."""
    for found in _STAMP.finditer(data):
        made = _stamp(found)
        if made is not None:
            yield made


def _stamp(found: "re.Match[bytes]") -> Optional[Stamp]:
    if found.group("ms"):
        moment = int(found.group("ms")) / 1000
        return Stamp(found.start(), moment, True, moment)
    hour = int(found.group("H"))
    if found.group("half"):
        hour = hour % 12 + (12 if found.group("half") == b"P" else 0)
    fraction = found.group("f")
    second = int(found.group("S")) + (float(b"0." + fraction[1:]) if fraction else 0.0)
    clock = 3600 * hour + 60 * int(found.group("M")) + second
    month = found.group("m") or found.group("m2") or found.group("m3")
    named = found.group("mon")
    if month is None and named is None:
        return Stamp(found.start(), clock, False, None)
    day = int(found.group("d") or found.group("d2") or found.group("d3") or found.group("d4"))
    number = _MONTHS.index(named) + 1 if named else int(month)
    if number > 12:
        number, day = day, number
    year = int(found.group("y") or found.group("y2") or found.group("y4") or found.group("y5") or 0)
    try:
        days = date(year + 2000 if year < 100 else year, number, day).toordinal()
    except ValueError:
        return None
    moment = days * DAY + clock
    if not year:
        return Stamp(found.start(), moment, True, None)
    return Stamp(found.start(), moment, True, _real(days, clock, found.group("zone")))


def _real(days: int, clock: float, zone: Optional[bytes]) -> float:
    midnight = date.fromordinal(days).timetuple()
    if zone is None:
        return time.mktime(midnight) + clock
    text = zone.strip().replace(b":", b"")
    ahead = 0 if text == b"Z" else (1 if text[:1] == b"+" else -1) * (3600 * int(text[1:3]) + 60 * int(text[3:5]))
    return calendar.timegm(midnight) + clock - ahead


def _between(earlier: Stamp, later: Stamp) -> float:
    gap = later.moment - earlier.moment
    return gap + DAY if gap < -HALF and not later.dated else gap


class Tick(NamedTuple):
    """The clock is set, before the line at a place is read.

    Attributes:
        offset: of that line in the log.
        now: seconds since the log's first time.
        silent: for how long nothing was printed before; 0.0 where that is not known, for lines without a time stand
            between.
        real: seconds since the epoch, where that is known.
    """

    offset: int
    now: float
    silent: float
    real: Optional[float]


class LogClock:
    """The clock of one log.

    Attributes:
        stamped: how many lines bore a time.
    """

    def __init__(self, least: float) -> None:
        """Nothing is known before the first line.

        Args:
            least: silences shorter than this are of no interest, seconds.
        """
        self._least = least
        self._last: Optional[Stamp] = None
        self._doubt: Optional[Stamp] = None
        self._now = 0.0
        self._told = 0.0
        self._lines = 0
        self._held = b""
        self.stamped = 0

    def ticks(self, data: bytes, offset: int) -> List[Tick]:
        """Where the clock goes on in the next bytes of the log, the first of which stands at `offset`.

        A line that is not yet complete is looked at with the bytes that complete it; its own tick stands where it
        begins or, where that was read before, at `offset`.
        """
        held = len(self._held)
        whole, newline, rest = (self._held + data).rpartition(b"\n")
        self._held = rest[:BEGINNING]
        if not newline:
            return []
        whole += newline
        found, at = [], 0
        for stamp in stamps(whole):
            self._lines += whole.count(b"\n", at, stamp.at)
            at = stamp.at
            tick = self._tick(stamp, offset + max(0, stamp.at - held))
            if tick is not None:
                found.append(tick)
        self._lines += whole.count(b"\n", at)
        return found

    def _tick(self, stamp: Stamp, offset: int) -> Optional[Tick]:
        last, self._last = self._last, stamp
        lines, self._lines = self._lines, 0
        self.stamped += 1
        if last is None or last.dated != stamp.dated:
            return Tick(offset, self._now, 0.0, stamp.real)
        gap = _between(last, stamp)
        if not 0 <= gap < LONG:
            # Lines of several processes out of order, or a time of something else; or another run's, if others follow.
            if self._doubt is None or not 0 <= _between(self._doubt, stamp) < DAY:
                self._last, self._lines = last, lines + 1
                self._doubt = stamp if gap < -FINE or gap > 0 else None
                return None
            gap = _between(self._doubt, stamp)
        self._doubt = None
        self._now += gap
        silent = gap if lines <= 1 and gap >= self._least else 0.0
        if not silent and self._now - self._told < FINE:
            return None
        self._told = self._now
        return Tick(offset, self._now, silent, stamp.real)
