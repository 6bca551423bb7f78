"""Standard output and standard error: what a command prints, with colours only where a person looks.

Stdout carries what was asked for, stderr what is said about it. A reader that closes the pipe early ends the
command quietly (see `nerotui.__main__`).
"""

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from nerotui.core.views.spans import Role
from nerotui.errors import RunError

Colours = dict[Role, str]

#: Colours by what they mean, as SGR parameters: on terminals with 256 colours, and on those with 16.
COLOURS_256: Colours = {
    "strong": "1",
    "label": "38;5;245",
    "faint": "38;5;245",
    "waiting": "38;5;250",
    "running": "38;5;75",
    "paused": "38;5;214",
    "warning": "38;5;214",
    "failed": "38;5;209",
    "lost": "38;5;176",
    "done": "38;5;152",
}
COLOURS_16: Colours = {
    "strong": "1",
    "label": "2",
    "faint": "2",
    "running": "34",
    "paused": "33",
    "warning": "33",
    "failed": "31",
    "lost": "35",
    "done": "36",
}


def palette(stream: TextIO, environ: Mapping[str, str] = os.environ) -> Colours:
    """The colours that may be used on a stream: none in a pipe, under NO_COLOR, or on a dumb terminal."""
    term = environ.get("TERM", "")
    if not stream.isatty() or environ.get("NO_COLOR") or term in ("", "dumb"):
        return {}
    if "256color" in term or environ.get("COLORTERM") or term in ("xterm-kitty", "alacritty"):
        return COLOURS_256
    return COLOURS_16


def paint(text: str, role: Role, colours: Colours) -> str:
    """The text in the colour of what it is, or as it was where there are no colours."""
    code = colours.get(role)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def width(stream: TextIO | None = None) -> int | None:
    """Columns of the terminal that stdout is, or None in a pipe, where nothing is cut."""
    stream = stream or sys.stdout
    return shutil.get_terminal_size().columns if stream.isatty() else None


def say(text: str = "", *, end: str = "\n") -> None:
    """Prints what was asked for.

    Raises:
        BrokenPipeError: nobody reads it any more.
        RunError: it cannot be written.
    """
    say_bytes((text + end).encode(sys.stdout.encoding or "utf-8", "replace"))


def say_bytes(data: bytes) -> None:
    """Passes bytes on as they are, at once.

    Raises:
        BrokenPipeError: nobody reads it any more.
        RunError: it cannot be written.
    """
    try:
        sys.stdout.flush()
        if hasattr(sys.stdout, "buffer"):
            sys.stdout.buffer.write(data)
        else:
            sys.stdout.write(data.decode(errors="replace"))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RunError(f"the output cannot be written: {error.strerror}") from None


def say_json(value: dict[str, Any]) -> None:
    """Prints one JSON object, version first. ASCII only, so that no locale and no terminal can spoil it."""
    say(json.dumps({"version": 1, **value}, allow_nan=False))


def remark(text: str) -> None:
    """Says something about what was asked for: a note, a question's answer, a host that is away."""
    # Where stderr is full or its terminal gone, there is nobody left to say it to.
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def complain(message: str, hint: str = "") -> None:
    """Says what went wrong in one sentence, and what to do about it."""
    colours = palette(sys.stderr)
    remark(paint("nerotui:", "failed", colours) + " " + message)
    if hint:
        # A command is shown as it is typed; any other sentence begins with a capital.
        shown = hint if hint.startswith("nerotui ") else hint[:1].upper() + hint[1:]
        remark("  " + paint(shown, "label", colours))
