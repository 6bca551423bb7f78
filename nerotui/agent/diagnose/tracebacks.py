"""Python's tracebacks as they come, line by line: the exception, and the last frame in the program's own code."""

import re
from typing import Dict, List, NamedTuple, Optional

from nerotui.agent.diagnose.finding import clean

_BEGIN = b"Traceback (most recent call last):"
_CHAINS = (b"During handling of the above exception", b"The above exception was the direct cause")
_FRAME = re.compile(rb'^\s*(?:\|\s*)*File "([^"]+)", line (\d+)(?:, in (.+))?$')
_EXCEPTION = re.compile(rb"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:: .*|:)?$")
#: Code that is not the program's own: installed packages, Python itself, what is made at run time.
_FOREIGN = re.compile(
    rb"site-packages|dist-packages|/lib(?:64)?/python\d|^<(?:frozen|string|__array)|/torchinductor_|/envs/[^/]+/lib/|^/opt/conda/lib"
)
#: What many ranks print at once is told apart by what stands before; more than so many are not followed.
_PREFIXES = 8
#: A traceback is over after so many lines that are none of its own.
_LOST = 200


class Raised(NamedTuple):
    """An exception that was printed.

    Attributes:
        offset: where in the log its traceback begins.
        said: its last line: "TypeError: …".
        own: "train.py:138 in train", the innermost frame of the program's own code; None where there is none.
        ignored: whether Python itself says that it has no effect.
        chained: whether it followed from the one before it.
    """

    offset: int
    said: str
    own: Optional[str]
    ignored: bool
    chained: bool


class _Open:
    def __init__(self, offset: int, ignored: bool, chained: bool) -> None:
        self.offset = offset
        self.ignored = ignored
        self.chained = chained
        self.own: Optional[str] = None
        self.lines = 0


class Tracebacks:
    """Finds tracebacks in lines fed one by one."""

    def __init__(self) -> None:
        self._open: Dict[bytes, _Open] = {}
        self._ignored = False
        self._chained = False

    @property
    def inside(self) -> bool:
        """Whether the coming lines may belong to a traceback."""
        return bool(self._open)

    def feed(self, line: bytes, offset: int) -> Optional[Raised]:
        """Takes a line without its end; returns the exception that ends with it, if one does."""
        at = line.find(_BEGIN)
        if at >= 0:
            if len(self._open) >= _PREFIXES:
                self._open.clear()
            self._open[line[:at]] = _Open(offset, self._ignored, self._chained)
            self._ignored = self._chained = False
            return None
        self._chained = self._chained or any(words in line for words in _CHAINS)
        self._ignored = line.startswith(b"Exception ignored in")
        for prefix in self._candidates(line):
            known = self._open[prefix]
            rest = line[len(prefix) :]
            known.lines += 1
            if known.lines > _LOST:
                del self._open[prefix]
                return None
            frame = _FRAME.match(rest)
            if frame is not None:
                self._frame(known, frame)
                return None
            if rest[:1] in (b" ", b"\t", b"|", b"") or rest.startswith(b"["):
                return None  # a source line, a marker, a blank
            if _EXCEPTION.match(rest):
                del self._open[prefix]
                return Raised(known.offset, clean(rest), known.own, known.ignored, known.chained)
            return None
        return None

    def _candidates(self, line: bytes) -> List[bytes]:
        """The open traceback that a line belongs to: that with the longest prefix that it begins with."""
        found = [prefix for prefix in self._open if line.startswith(prefix)]
        return [max(found, key=len)] if found else []

    def _frame(self, known: _Open, frame: "re.Match[bytes]") -> None:
        path, number, function = frame.groups()
        if _FOREIGN.search(path):
            return
        name = path.rsplit(b"/", 1)[-1]
        place = name + b":" + number
        known.own = clean(place + b" in " + function if function and function != b"<module>" else place)
