"""Search in a log of any size, forward or back, a block at a time, from wherever the reader stands."""

import os
import re
import select
import signal
from typing import Any, Callable, Dict, Iterator, Optional, Pattern, Tuple

from nerotui.agent.errors import AgentError

BLOCK = 1 << 20
#: Blocks overlap by this much, so that a match, or the line that it stands in, is not cut in two.
OVERLAP = 1 << 16
#: A regular expression of the user's own is given up after so many seconds.
LONGEST = 120

#: What makes a line worth jumping to when something went wrong.
_ERRORS = re.compile(
    rb"Traceback \(most recent call last\)|\b\w*(?:Error|Exception)\b(?=:|$|\r)|\b(?:ERROR|FATAL|CRITICAL)\b"
    rb"|^[Ee]rror\b|\b[Ff]atal error\b|out of memory|Segmentation fault|\bcore dumped\b|^Killed\b|oom-kill|\bOOM\b"
    rb"|No space left on device|Disk quota exceeded|CUDA error|NCCL (?:WARN|error)|\bpanic:|slurmstepd: error",
    re.MULTILINE,
)

Cancelled = Callable[[], bool]
Found = Dict[str, Any]


class Search:
    """What to look for.

    Attributes:
        risky: the pattern is the user's own regular expression, and may take for ever.
    """

    def __init__(self, pattern: str, regex: bool, ignore_case: bool, errors: bool) -> None:
        """Prepares a search.

        Args:
            pattern: text, or a regular expression where `regex` is set.
            regex: see `pattern`.
            ignore_case: whether letters match in either case.
            errors: looks for lines that report an error instead, and finds them whole.

        Raises:
            AgentError: the regular expression is none.
        """
        self.whole_line = errors
        self.risky = regex and not errors
        self._literal = b""
        # Without regard to case `re` goes letter by letter, ten times as long as folding the block and finding.
        self._folds = ignore_case and not regex and not errors
        flags = re.MULTILINE | (re.IGNORECASE if ignore_case else 0)
        source = pattern.encode("utf-8", "surrogateescape")
        try:
            self._regex: Pattern[bytes] = (
                _ERRORS if errors else re.compile(source if regex else re.escape(source), flags)
            )
        except (re.error, OverflowError, RecursionError) as error:
            raise AgentError("bad_request", "{!r} is no regular expression: {}".format(pattern, error), "")
        if not errors and not source:
            raise AgentError("bad_request", "there is nothing to look for", "")
        if not (regex or errors):
            self._literal = source.lower() if ignore_case else source

    def matches(self, data: bytes, start: int, end: int) -> Iterator[Tuple[int, int]]:
        """Places in `data` where a match begins, at `start` or later but before `end`."""
        if self._literal:
            if self._folds:
                data = data.lower()
            at = data.find(self._literal, start)
            while 0 <= at < end:
                yield at, at + len(self._literal)
                at = data.find(self._literal, at + 1)
            return
        for match in self._regex.finditer(data, start):
            if match.start() >= end:
                return
            if match.end() > match.start():
                yield match.start(), match.end()


def find(path: str, search: Search, offset: int, back: bool, cancelled: Cancelled) -> Found:
    """The nearest match that begins at `offset` or later, or before it.

    Args:
        path: the log.
        search: what to look for.
        offset: where to begin.
        back: looks before `offset` instead.
        cancelled: asked now and then; true ends the search.

    Returns:
        {"match": [start, end] or None, "searched_to": how far the file was looked through}.

    Raises:
        OSError: the log cannot be read.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if search.risky:
            return _find_apart(fd, search, offset, back, cancelled)
        return _find(fd, search, offset, back, cancelled)
    finally:
        os.close(fd)


def _find(fd: int, search: Search, offset: int, back: bool, cancelled: Cancelled) -> Found:
    size = os.fstat(fd).st_size
    at = min(offset, size)
    while not cancelled() and (at > 0 if back else at < size):
        low, high = (max(0, at - BLOCK), at) if back else (at, min(size, at + BLOCK))
        first = max(0, low - OVERLAP if search.whole_line else low - 1)
        data = os.pread(fd, high + OVERLAP - first, first)
        found = None
        for match in search.matches(data, low - first, high - first):
            found = match
            if not back:
                break
        if found is not None:
            start, end = _line(data, found) if search.whole_line else found
            return {"match": [first + start, first + end], "searched_to": first + (start if back else end)}
        at = low if back else high
    return {"match": None, "searched_to": at}


def _line(data: bytes, found: Tuple[int, int]) -> Tuple[int, int]:
    end = data.find(b"\n", found[1])
    return data.rfind(b"\n", 0, found[0]) + 1, len(data) if end < 0 else end


def _find_apart(fd: int, search: Search, offset: int, back: bool, cancelled: Cancelled) -> Found:
    """The same in a child: a pattern that takes for ever holds the interpreter, but not ours, and can be killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(LONGEST)
            low, high = sorted((fd, writing))
            # The channel must not stay open because of us when our parent dies.
            os.closerange(3, low)
            os.closerange(low + 1, high)
            os.closerange(high + 1, 4096)
            found = _find(fd, search, offset, back, lambda: False)
            words = [found["searched_to"]] + (found["match"] or [])
            os.write(writing, b" ".join(b"%d" % word for word in words))
        finally:
            os._exit(0)
    os.close(writing)
    try:
        while not select.select([reading], [], [], 0.05)[0]:
            if cancelled():
                return {"match": None, "searched_to": offset}
        numbers = [int(word) for word in os.read(reading, 4096).split()]
        if not numbers:
            raise AgentError("io", "the search ended without an answer", "")
        match: Optional[Any] = numbers[1:] or None
        return {"match": match, "searched_to": numbers[0]}
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
