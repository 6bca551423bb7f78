"""Text that came from elsewhere, made harmless, and names made short."""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, movement
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"  # OSC, DCS, SOS, PM, APC: titles, clipboards
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks, embeddings, overrides, isolates
    "\u2028\u2029\ufff9-\ufffb\ufeff\u00ad\u180e\u200b\u2060-\u2064"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def clean(text: str, *, lines: bool = False) -> str:
    """Remote text without anything that a terminal would act upon.

    Escape sequences go; other control characters, bidirectional overrides and invisible ones become "·"
    (white space among them a space), so that what was there can be seen.

    Args:
        text: as it came.
        lines: whether line ends may stay; otherwise they become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _ESCAPES.sub("", text)
    if lines:
        text = text.replace("\r\n", "\n").replace("\t", "    ")
    else:
        text = re.sub(r"[\t\n\v\f\r\x85\u2028\u2029]+", " ", text)
    return _CONTROL.sub("·", text)


def elide(text: str, width: int, *, mark: str = "…") -> str:
    """A name of at most `width` characters, its middle left out: sweeps differ at the end."""
    if len(text) <= width:
        return text
    if width <= len(mark):
        return text[:width]
    keep = width - len(mark)
    front = keep // 2
    return text[:front] + mark + text[len(text) - (keep - front) :]
