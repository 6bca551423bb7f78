"""Questions on the terminal: host keys, passwords, one-time codes, "really kill?".

They are asked on /dev/tty, so that a pipe on stdin or stdout is no obstacle; without a terminal, or in the background,
every question is refused.
"""

import asyncio
import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager

from nerotui.core.text import clean


def _open_terminal() -> int | None:
    """A descriptor of the terminal, if there is one and this process is in its foreground."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        foreground = os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        foreground = False
    if foreground:
        return terminal
    os.close(terminal)
    return None


@contextmanager
def _echo(terminal: int, echo: bool) -> Iterator[None]:
    """Switches the terminal's echo off while a secret is typed."""
    if echo:
        yield
        return
    before = termios.tcgetattr(terminal)
    silent = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        os.write(terminal, b"\n")


async def _line(terminal: int) -> str | None:
    """The next line typed, without its end; None at end-of-file."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[bytes] = loop.create_future()

    def ready() -> None:
        if not typed.done():
            typed.set_result(os.read(terminal, 4096))

    loop.add_reader(terminal, ready)
    try:
        line = await typed
    finally:
        loop.remove_reader(terminal)
    return line.decode(errors="replace").rstrip("\r\n") if line else None


class TerminalPrompter:
    """Asks on the terminal, one question at a time, whichever host it comes from."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def host_key(self, host: str, address: str, algorithm: str, fingerprint: str) -> bool:
        """Shows an unknown host key; only a "yes" in full letters accepts it."""
        name = clean(host) if host == address else f"{clean(host)} ({clean(address)})"
        answer = await self.ask(
            f"The host key of {name} is not known yet:\n  {clean(algorithm)} {clean(fingerprint)}\n"
            "Is this the key that the host's administrator gives? Connect and remember it? [yes/No] "
        )
        return answer is not None and answer.strip().lower() == "yes"

    async def secret(self, host: str, prompt: str, echo: bool) -> str | None:
        """Asks for a password, passphrase or code; None where nobody can be asked. Nothing is stored."""
        asked = clean(prompt).strip() or "Password:"
        return await self.ask(f"[{clean(host)}] {asked} ", echo=echo)

    async def ask(self, question: str, *, echo: bool = True) -> str | None:
        """One question, one line of answer; None without a terminal or at its end-of-file."""
        async with self._turn:
            terminal = _open_terminal()
            if terminal is None:
                return None
            try:
                with _echo(terminal, echo):
                    os.write(terminal, question.encode())
                    return await _line(terminal)
            finally:
                os.close(terminal)
