"""How many terminal cells text takes, and how to make it take fewer."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def char_width(character: str) -> int:
    """Cells of one printable character: 0, 1 or 2."""
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf") else 1


def width(text: str) -> int:
    """Cells that text takes."""
    return len(text) if text.isascii() else _width(text)


@lru_cache(maxsize=4096)
def _width(text: str) -> int:
    return sum(map(char_width, text))


def head(text: str, cells: int) -> str:
    """The beginning of text, at most `cells` wide."""
    if text.isascii():
        return text[: max(0, cells)]
    taken = 0
    for index, character in enumerate(text):
        taken += char_width(character)
        if taken > cells:
            return text[:index]
    return text


def tail(text: str, cells: int) -> str:
    """The end of text, at most `cells` wide."""
    return text[max(0, len(text) - cells) :] if text.isascii() else head(text[::-1], cells)[::-1]


def cut(text: str, cells: int, ellipsis: str = "…") -> str:
    """Text cut at its end to `cells`, with an ellipsis where something is missing."""
    if width(text) <= cells:
        return text
    return head(text, cells - 1) + ellipsis if cells > 0 else ""


def elide(text: str, cells: int, ellipsis: str = "…") -> str:
    """Text cut in its middle to `cells`: names of a sweep differ at their end."""
    if width(text) <= cells:
        return text
    if cells < 3:
        return cut(text, cells, ellipsis)
    front = (cells - 1) // 2
    return head(text, front) + ellipsis + tail(text, cells - 1 - front)


def fit(text: str, cells: int, *, right: bool = False, ellipsis: str = "…") -> str:
    """Text of exactly `cells`: elided in its middle or padded, on the left if `right`."""
    if len(text) <= cells and text.isascii():
        return text.rjust(cells) if right else text.ljust(cells)
    text = elide(text, cells, ellipsis)
    padding = " " * (cells - width(text))
    return padding + text if right else text + padding


def wrap(text: str, cells: int) -> list[str]:
    """Text broken at spaces into lines of at most `cells`; a longer word is broken where it must be."""
    if cells <= 0:
        return [text]
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        joined = f"{current} {word}" if current else word
        if width(joined) <= cells:
            current = joined
            continue
        if current:
            lines.append(current)
        current = word
        while width(current) > cells:
            part = head(current, cells) or current[:1]
            lines.append(part)
            current = current[len(part) :]
    lines.append(current)
    return lines
