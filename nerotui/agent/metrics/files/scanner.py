"""A JSON document as it comes in: each record as soon as it is complete, and no more of the document than one of them.

Records are the members of an array of objects, and the values of an object. The time taken is linear in the bytes.
"""

import codecs
import json
import re
from typing import Any, List, Optional, Tuple

#: A record that is longer ends the reading: characters.
LONGEST = 1 << 24
#: What is looked at again because it was cut stays below this many times what came, and this much.
AGAIN = 8
FREE = 1 << 20

_SPACE = re.compile(r"[\s,]*")
_BLANK = re.compile(r"\s*")
_NUMERAL = re.compile(r"[-+.eE\d]*")

#: (key of the array or value in the document's object, "" in a bare array; whether it is an array's member; the value)
Found = Tuple[str, bool, Any]


class _Cut(Exception):
    """The text ends before the record does."""


class Scanner:
    """Takes a document apart.

    Attributes:
        over: whether the document is at its end, or makes no sense: no record comes any more.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._json = json.JSONDecoder()
        self._text = ""
        self._at = 0
        self._in_object = False
        self._array: Optional[str] = None
        self._begun = False
        self._came = 0
        self._spent = 0
        self.over = False

    def feed(self, data: bytes, last: bool) -> List[Found]:
        """The records that are complete with `data`; `last` says that nothing follows for now."""
        found: List[Found] = []
        if self.over:
            return found
        text = self._decoder.decode(data)
        self._came += len(text)
        rest = len(self._text) - self._at + len(text)
        self._text = self._text[self._at :] + text
        self._at = 0
        if rest > LONGEST:
            self._end()
            return found
        if not last and self._spent + rest > AGAIN * self._came + FREE:
            return found
        try:
            while not self.over:
                self._next(found)
        except _Cut:
            self._spent += len(self._text) - self._at
        except RecursionError:
            self._end()
        return found

    def _next(self, found: List[Found]) -> None:
        self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
        begin = self._peek(self._at)
        if not self._begun:
            self._begun = True
            self._at += 1
            if begin == "[":
                self._array = ""
            elif begin == "{":
                self._in_object = True
            else:
                self._end()
        elif self._array is not None:
            if begin == "]":
                self._at += 1
                self._array = None
                if not self._in_object:
                    self._end()
            else:
                value, self._at = self._value(self._at)
                found.append((self._array, True, value))
        elif begin == '"':
            self._member(found)
        else:  # the end, or something that is no JSON
            self._end()

    def _member(self, found: List[Found]) -> None:
        key, at = self._value(self._at)
        at = _BLANK.match(self._text, at).end()  # type: ignore[union-attr]
        if self._peek(at) != ":":
            self._end()
            return
        at = _BLANK.match(self._text, at + 1).end()  # type: ignore[union-attr]
        if self._peek(at) == "[":
            inner = _BLANK.match(self._text, at + 1).end()  # type: ignore[union-attr]
            if self._peek(inner) == "{":
                self._array, self._at = key, inner
                return
        value, self._at = self._value(at)
        found.append((key, False, value))

    def _value(self, at: int) -> Tuple[Any, int]:
        try:
            value, end = self._json.raw_decode(self._text, at)
        except ValueError:
            raise _Cut()
        if isinstance(value, (int, float)):  # a number may go on
            self._peek(_NUMERAL.match(self._text, end).end())  # type: ignore[union-attr]
        return value, end

    def _peek(self, at: int) -> str:
        if at >= len(self._text):
            raise _Cut()
        return self._text[at]

    def _end(self) -> None:
        self.over = True
        self._text, self._at = "", 0
