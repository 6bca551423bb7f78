"""Copying out of a terminal: tmux's buffer where there is tmux, and OSC 52 through the terminal itself."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from contextlib import suppress

#: Bytes of base64 that terminals take in one OSC 52; more is dropped in silence by several.
LIMIT = 74_994


class TooLong(ValueError):
    """The text does not fit into what terminals take."""


def encoded(text: str) -> str:
    """The base64 of a text on one line; raises TooLong with a sentence."""
    code = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    if len(code) > LIMIT:
        raise TooLong(
            f"too long for the terminal's clipboard ({len(text):,} characters); `:w FILE` writes the log to a file"
        )
    return code


async def _tmux(*arguments: str, data: bytes | None = None) -> str | None:
    """What a tmux command prints; None when there is no tmux or it fails or takes longer than two seconds."""
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        out, _ = await asyncio.wait_for(process.communicate(data), 2)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return None
    return out.decode(errors="replace").strip() if process.returncode == 0 else None


async def copy(text: str, write: Callable[[str], None], environ: Mapping[str, str] = os.environ) -> str:
    """Copies a text, and says in a few words where it went.

    Args:
        text: what to copy.
        write: writes to the terminal.
        environ: where TMUX is looked up.

    Raises:
        TooLong: nothing was copied.
    """
    code = encoded(text)
    if not environ.get("TMUX"):
        write(f"\x1b]52;c;{code}\a")
        return "to the terminal's clipboard (OSC 52)"
    # -w hands it on to the outer terminal as well, where tmux may (set-clipboard not off).
    buffered = await _tmux("load-buffer", "-w", "-", data=text.encode("utf-8", "replace"))
    if buffered is None:  # before tmux 3.2 there is no -w
        buffered = await _tmux("load-buffer", "-", data=text.encode("utf-8", "replace"))
    # What an application in tmux writes reaches the outer terminal only with set-clipboard on.
    setting = await _tmux("show-options", "-gv", "set-clipboard")
    write(f"\x1b]52;c;{code}\a")
    if buffered is None:
        return "to the terminal's clipboard (OSC 52); tmux's buffer refused it"
    if setting == "off":
        return "to tmux's buffer (paste with prefix ]); its set-clipboard is off, so the outer clipboard has nothing"
    return "to tmux's buffer (paste with prefix ]) and the outer terminal's clipboard"
