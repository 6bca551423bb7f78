"""Styled text without a terminal: a line is a tuple of spans, a span is text and the role that it plays.

A role says what the text *is*; which colour that is, or whether there is colour at all, is the palette's business.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

Role = Literal[
    "text",
    "strong",  # names and titles
    "label",  # what explains: units, headings, old rows
    "faint",  # stale data, past times
    "rule",
    "accent",  # focus, numbers that move
    "brand",
    "key",
    "running",
    "waiting",
    "paused",
    "warning",
    "failed",
    "error",
    "lost",
    "gone",
    "done",
    "best",
    "bar",
    "load",
    "load2",
    "hit",  # a search hit
    "curve1",
    "curve2",
    "curve3",
    "curve4",
    "curve5",
    "curve6",
    "curve7",
    "curve8",
    "curve1v",  # the pale tone of a curve's colour: validation
    "curve2v",
    "curve3v",
    "curve4v",
    "curve5v",
    "curve6v",
    "curve7v",
    "curve8v",
    "curve1f",  # its faint tone: what lies behind
    "curve2f",
    "curve3f",
    "curve4f",
    "curve5f",
    "curve6f",
    "curve7f",
    "curve8f",
]


class Span(NamedTuple):
    """A piece of text in one role."""

    text: str
    role: Role = "text"


Line = tuple[Span, ...]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all view models: frozen, named fields, equal by value."""


class Notice(View, frozen=True, kw_only=True):
    """What stands in a pane instead of data, in one sentence.

    Attributes:
        kind: loading, empty (text says why), or error (text says what happened, hint what comes next).
    """

    kind: Literal["loading", "empty", "error"]
    text: str
    hint: str = ""


def plain(line: Line) -> str:
    """The characters of a line without their roles."""
    return "".join(span.text for span in line)


def line(*parts: Span | str | tuple[str, Role] | None) -> Line:
    """A line from spans, plain strings and (text, role) pairs; None and empty text are left out."""
    made: list[Span] = []
    for part in parts:
        if part is None:
            continue
        span = Span(part) if isinstance(part, str) else Span(*part)
        if span.text:
            made.append(span)
    return tuple(made)


def as_role(value: Any) -> Role:
    """A role computed at run time (`curve3`), for the type checker."""
    role: Role = value
    return role
