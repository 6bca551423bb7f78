"""`nerotui`: opens the console."""

import os
import sys
from collections.abc import Sequence

from nerotui.errors import UsageError


def console(*, hosts: Sequence[str], readonly: bool, ascii_only: bool, color: str) -> int:
    """Opens the console on the terminal and prints one line when it is left.

    Raises:
        UsageError: stdin or stdout is no terminal.
    """
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the console needs a terminal",
            hint="nerotui --once prints a snapshot without one; nerotui --help lists the commands.",
        )
    choose_colours(color)
    raise NotImplementedError(hosts, readonly, ascii_only)


def choose_colours(color: str) -> None:
    """Tells Textual, before it is imported, how many colours to send."""
    if color == "none":
        os.environ["NO_COLOR"] = "1"
    elif color == "16":
        os.environ["TEXTUAL_COLOR_SYSTEM"] = "standard"
    elif color == "256" or os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        # The palette lies on the 256-colour cube: the same colours in half the bytes.
        os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", "256")
