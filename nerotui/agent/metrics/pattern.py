"""A user's own patterns: regular expressions whose named groups are metrics, `step` and `epoch` the axes.

Python's expressions can take longer than any run on a line that does not fit. So a pattern is refused unless the time
that it takes is bounded by its form: what can be matched in several ways may not be repeated, and at most two parts
of any length may run into what follows them.
"""

import importlib
import re
from typing import Any, Dict, List, Optional, Tuple

from nerotui.agent.metrics.axes import Axes, Said
from nerotui.agent.metrics.split import number

#: What is looked at of a line, by how many parts of any length run into what follows: the cost grows with the power
#: of that, and stays below some 50 ms.
_REACH = (1 << 14, 2000, 400)
#: Repeats up to so often count as fixed: they multiply the cost by no more than that.
_OFTEN = 8
#: No pattern is longer.
_LONGEST = 500

_FINE = "a group (?P<loss>…) for each metric, (?P<step>…) or (?P<epoch>…) for the place"


class PatternError(Exception):
    """A pattern that cannot be used.

    Attributes:
        text: the pattern.
        at: where in it the fault is.
    """

    def __init__(self, message: str, text: str, at: int) -> None:
        super().__init__(message)
        self.text, self.at = text, at

    def shown(self) -> str:
        """The pattern, and below it a ^ at the place."""
        return "{}\n{}^".format(self.text, " " * self.at)


class Pattern:
    """One pattern, ready to be used.

    Attributes:
        text: as it was written.
    """

    def __init__(self, text: str) -> None:
        """Reads a pattern.

        Raises:
            PatternError: it does not compile, names no metric, or may take for ever.
        """
        self.text = text
        if len(text) > _LONGEST:
            raise PatternError("a pattern has {} characters at most".format(_LONGEST), text, _LONGEST)
        try:
            self._expression = re.compile(text.encode("utf-8"))
        except re.error as error:
            at = len(text.encode("utf-8")[: error.pos or 0].decode("utf-8", "ignore"))
            raise PatternError(error.msg, text, at) from None
        except (OverflowError, RecursionError, MemoryError, ValueError):
            raise PatternError("it is too large", text, 0) from None
        if not self._expression.groupindex:
            raise PatternError("it names no metric: it needs " + _FINE, text, 0)
        self._reach = _REACH[_risk(text)]

    def find(self, line: bytes) -> Optional[Dict[str, float]]:
        """The numbers of the groups by name, None where the line does not fit."""
        found = self._expression.search(line[: self._reach])
        if found is None:
            return None
        values = {}
        for name, digits in found.groupdict().items():
            try:
                values[name] = number(digits.strip(b" %'\"") if digits is not None else b"")
            except ValueError:
                continue  # the group matched a word: no number is said here
        return values


class Patterns:
    """Patterns in the order in which they are tried; the first that fits takes the line."""

    def __init__(self, texts: Tuple[str, ...], axes: Axes) -> None:
        """Reads patterns.

        Raises:
            PatternError: one of them cannot be used.
        """
        self._patterns = [Pattern(text) for text in texts]
        self._axes = axes

    def find(self, line: bytes) -> Optional[Dict[str, float]]:
        """The place and the metrics that a line says, None where no pattern fits."""
        for pattern in self._patterns:
            values = pattern.find(line)
            if values is None:
                continue
            step, epoch = values.pop("step", None), values.pop("epoch", None)
            said = Said(_finite(epoch), None, _finite(step), None, True)
            place = self._axes.carried() if said.epoch is None and said.step is None else self._axes.locate(said)
            return dict(place, **values) if values else {}
        return None


def _finite(value: Optional[float]) -> Optional[float]:
    return value if value is not None and value - value == 0 else None


def _risk(text: str) -> int:
    """How many parts of any length run into what follows them.

    Raises:
        PatternError: too many, or repeats of what can be matched in several ways.
    """
    try:
        parser: Any = importlib.import_module("re._parser")
    except ImportError:  # before Python 3.11
        parser = importlib.import_module("sre_parse")
    items = list(parser.parse(text))
    return _Judge(text).sequence(items, False)


class _Judge:
    """Walks over a parsed pattern. The parser tells no places, so the place is that of the operator's nth sign."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._signs = _repeats(text)
        self._next = 0

    def sequence(self, items: List[Any], repeated: bool) -> int:
        risk = 0
        for index, (operator, argument) in enumerate(items):
            name = str(operator)
            if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                low, high, body = argument
                # The signs of what is within stand before its own.
                at = (self._signs[self._next + _count(list(body)) :] or [0])[0]
                loose = high - low > _OFTEN if isinstance(high, int) else True
                if loose and repeated:
                    raise PatternError("a repeat within a repeat can take for ever", self._text, at)
                risk += self.sequence(list(body), repeated or loose or high > _OFTEN)
                self._next += 1
                if loose and not _parts(list(body), items[index + 1 :]):
                    risk += 1
                if risk >= len(_REACH):
                    raise PatternError(
                        "three parts of any length one after the other can take for ever: say what may not stand in "
                        "them, as in [^,]* or \\d+",
                        self._text,
                        at,
                    )
            elif name == "BRANCH":
                if repeated:
                    raise PatternError("a choice within a repeat can take for ever", self._text, 0)
                risk += max(self.sequence(list(branch), repeated) for branch in argument[1])
            elif name == "SUBPATTERN":
                risk += self.sequence(list(argument[-1]), repeated)
            elif name in ("ASSERT", "ASSERT_NOT"):
                risk += self.sequence(list(argument[1]), repeated)
            elif name in ("GROUPREF", "GROUPREF_EXISTS", "ATOMIC_GROUP"):
                raise PatternError("back references and atomic groups are not for patterns of metrics", self._text, 0)
        return risk


def _count(items: List[Any]) -> int:
    """How many repeats there are within."""
    total = 0
    for operator, argument in items:
        name = str(operator)
        if name.endswith("_REPEAT"):
            total += 1 + _count(list(argument[2]))
        elif name == "BRANCH":
            total += sum(_count(list(branch)) for branch in argument[1])
        elif name == "SUBPATTERN":
            total += _count(list(argument[-1]))
        elif name in ("ASSERT", "ASSERT_NOT"):
            total += _count(list(argument[1]))
    return total


def _repeats(text: str) -> List[int]:
    """Where the signs of repetition stand, in order: * + ? {n,m}, none that is escaped or in brackets."""
    plain = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", lambda found: "_" * len(found.group()), text)
    plain = re.sub(r"\(\?(?:P<\w+>|[:=!<])", lambda found: "_" * len(found.group()), plain)
    return [found.start() for found in re.finditer(r"(?:[*+?]|\{\d*,?\d*\})[?+]?", plain)]


def _parts(body: List[Any], rest: List[Any]) -> bool:
    """Whether what is repeated ends surely where the rest begins: the rest begins with what the body cannot match."""
    if len(body) != 1:
        return False
    first = _first(rest)
    if first == "end":
        return True
    return isinstance(first, int) and not _matches(body[0], first)


def _first(items: List[Any]) -> Any:
    """The character that a sequence begins with, "end" where it is empty, None where it may be any."""
    for operator, argument in items:
        name = str(operator)
        if name == "SUBPATTERN":
            inner = _first(list(argument[-1]))
            if inner != "end":
                return inner
        elif name == "LITERAL":
            return argument
        elif name != "AT":
            return None
    return "end"


def _matches(item: Any, character: int) -> bool:
    """Whether a single item of a pattern may match a character."""
    operator, argument = item
    name = str(operator)
    if name == "LITERAL":
        return bool(argument == character)
    if name == "NOT_LITERAL":
        return bool(argument != character)
    if name == "IN":
        negated = str(argument[0][0]) == "NEGATE"
        return any(_matches(part, character) for part in argument[negated:]) is not negated
    if name == "RANGE":
        return bool(argument[0] <= character <= argument[1])
    if name == "CATEGORY":
        kind = str(argument).replace("CATEGORY_", "")
        text = chr(character)
        known = {"DIGIT": text.isdigit(), "SPACE": text.isspace(), "WORD": text.isalnum() or text == "_"}
        return known.get(kind.replace("NOT_", ""), True) is not kind.startswith("NOT_")
    return True
