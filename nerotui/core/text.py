"""Text from elsewhere made harmless: what a host, a run or a file says is data, and reaches a terminal as plain characters."""

from __future__ import annotations

import re
import unicodedata

# Control sequences, 7-bit and 8-bit: CSI; strings (OSC, DCS, SOS, PM, APC) up to their end or the text's; two-character ones.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$)?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)?"
    r"|\x1b[ -/]*[0-~]?"
)
_SPACES = "\t\n\v\f\r\x85\u2028\u2029"


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    if character in _SPACES:
        return " "
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    return "\N{REPLACEMENT CHARACTER}" if category in ("Cn", "Co", "Cs") else ""


def clean(text: str) -> str:
    """Text as one line that no terminal acts upon.

    Escape sequences, control characters and the invisible characters that reorder text (bidi controls) are taken out;
    line breaks and tabs become spaces; what cannot be shown becomes U+FFFD.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, _ESCAPES.sub("", text)))
