"""One line of what the doctor found."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "note", "bad"]


@dataclass(frozen=True)
class Check:
    """Something looked at, and what came of it.

    Attributes:
        name: what was looked at.
        verdict: "note": it works, but less well than it could; "bad": it does not.
        text: what was found.
        hint: what to do about it, or "".
    """

    name: str
    verdict: Verdict
    text: str
    hint: str = ""
