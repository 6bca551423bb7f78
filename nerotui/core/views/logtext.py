"""A line of a log as it is shown: its last state, clean, measured, with what matters in it found."""

from __future__ import annotations

import re

from nerotui.core.text import clean
from nerotui.core.views.cells import char_width, width
from nerotui.core.views.format import size
from nerotui.core.views.spans import Role, Span

#: Cells shown of a line at most: a longer one says how much is missing.
LIMIT = 4096
_TAB = 8

_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
_ERASE = re.compile(r"\x1b\[[12]?K")
_TIME = re.compile(r"\[?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?(?=\s|$)")
_ERROR = re.compile(
    r"\b(?:ERROR|CRITICAL|FATAL|Traceback \(most recent|Segmentation fault|core dumped)"
    r"|^\s*(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Interrupt)\b"
    r"|CUDA out of memory|\bE\d{4} "
)
_WARNING = re.compile(r"\bWARN(?:ING)?\b|^\s*(?:[\w.]+\.)?[A-Z]\w*Warning\b|: \w*Warning:")
_VALUE = re.compile(
    r"(?:[\w/.-]*(?:loss|acc|accuracy|ppl|perplexity|bleu|reward|f1|auc|mse|mae|wer|cer))"
    r"(?![A-Za-z])[\w/]*[\"']?\s*[:=]?\s*(?P<value>[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf)%?)(?![\w.])",
    re.IGNORECASE,
)

#: The same as a search in bytes, for the next error in what is held.
# Every alternative begins with a capital: that is what makes it fast.
ERROR_BYTES = re.compile(
    rb"Traceback \(most recent|(?:Error|Exception)\b|ERROR\b|FATAL\b|CRITICAL\b|CUDA (?:error|out of memory)"
    rb"|Segmentation fault|No space left on device|Disk quota exceeded"
)
# What joins or varies the character before it: its width is what terminals agree on least.
_JOINERS = dict.fromkeys((0x200C, 0x200D, 0xFE0E, 0xFE0F))


def shown(raw: bytes, length: int | None = None) -> str:
    """The text of a line: what a terminal would show of it in the end, harmless, at most LIMIT characters.

    Args:
        raw: the line's bytes, or the part of them that matters.
        length: how many bytes the whole line has, when `raw` is less.
    """
    plain = raw.isascii() and _CONTROL.search(raw) is None
    text = raw.decode("utf-8", "replace")
    if not plain:
        text = clean(_last_state(text)).translate(_JOINERS)
    elif "\t" in text:
        text = text.expandtabs(_TAB)
    missing = (length or 0) - len(raw)
    if len(text) > LIMIT:
        missing += len(text) - LIMIT
        text = text[:LIMIT]
    return f"{text} … {size(missing)} more" if missing > 0 else text


def spans(text: str) -> tuple[Span, ...]:
    """A line with its time, its metrics' values and its severity told apart."""
    time = _TIME.match(text)
    start = time.end() if time else 0
    parts = [Span(text[:start], "label")] if start else []
    rest = text[start:]
    if _ERROR.search(rest):
        return (*parts, Span(rest, "error"))
    if _WARNING.search(rest):
        return (*parts, Span(rest, "warning"))
    done = 0
    for found in _VALUE.finditer(rest):
        low, high = found.span("value")
        value: Role = "error" if found["value"].lower().lstrip("+-").startswith(("nan", "inf")) else "accent"
        parts += [Span(rest[done:low], "text"), Span(rest[low:high], value)]
        done = high
    parts.append(Span(rest[done:], "text"))
    return tuple(part for part in parts if part.text)


def with_hits(line: tuple[Span, ...], pattern: re.Pattern[str]) -> tuple[Span, ...]:
    """The line with what a search found put into its own role."""
    text = "".join(span.text for span in line)
    marked: list[Span] = []
    hits = [found.span() for found in pattern.finditer(text) if found.end() > found.start()]
    if not hits:
        return line
    at = 0
    for part, role in line:
        low, high = at, at + len(part)
        for start, end in hits:
            if end <= low or start >= high:
                continue
            if start > at:
                marked.append(Span(text[at:start], role))
            marked.append(Span(text[max(at, start) : min(end, high)], "hit"))
            at = min(end, high)
        if at < high:
            marked.append(Span(text[at:high], role))
        at = high
    return tuple(marked)


def window(line: tuple[Span, ...], left: int, cells: int) -> tuple[Span, ...]:
    """The part of a line in the cells [left, left + cells); half a wide character shows as a space."""
    cut: list[Span] = []
    at = 0
    end = left + cells
    for text, role in line:
        if text.isascii():
            low, high = max(0, left - at), max(0, end - at)
            piece = text[low:high]
            at += len(text)
        else:
            piece = ""
            for character in text:
                wide = char_width(character)
                if at >= left and at + wide <= end:
                    piece += character
                elif wide == 2 and at < end and at + wide > left:
                    piece += " "
                at += wide
        if piece:
            cut.append(Span(piece, role))
        if at >= end:
            break
    return tuple(cut)


def rows(line: tuple[Span, ...], cells: int) -> int:
    """Rows that a line takes when wrapped at `cells`."""
    total = sum(width(span.text) for span in line)
    return max(1, -(-total // max(1, cells)))


def _last_state(text: str) -> str:
    """What a terminal would show in the end of a line that was written over."""
    erased = _ERASE.split(text)
    text = erased[-1] if erased[-1].strip("\r\n\x1b ") or len(erased) == 1 else erased[-2]
    states = [state for state in text.split("\r") if state.strip()]
    text = states[-1] if states else ""
    if "\b" in text:
        kept: list[str] = []
        for character in text:
            if character != "\b":
                kept.append(character)
            elif kept:
                kept.pop()
        text = "".join(kept)
    return text.expandtabs(_TAB)
