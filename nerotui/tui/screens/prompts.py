"""What a connection asks for: whether an unknown host key is right, and secrets that are never stored.

A question comes when a host asks it, not when the user expects it. So it waits until nothing else is being typed, and
the question about a key is deaf to what was typed before it could be read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.widgets import Input, Static

from nerotui.core.text import clean
from nerotui.core.views.spans import Line, Span, line
from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Choice, Dialog, Question, ink, text_of
from nerotui.tui.screens.field import Field

#: Seconds for which the question about a host key takes no yes: what was typed before it could be read is not meant.
DEAF = 0.5
#: How a question begins that is about a file of this machine, whichever host wants it.
_OF_A_FILE = "Passphrase for the key "


class KeyQuestion(Question):
    """Shows an unknown host key; only `y` accepts and remembers it, and not before it could be read."""

    def on_mount(self) -> None:
        """The moment from which it can be seen."""
        self._shown = time.monotonic()

    def on_key(self, event: events.Key) -> None:
        """Yes is heard when there was time to look."""
        if event.key == "y" and time.monotonic() - self._shown < DEAF:
            event.stop()
            event.prevent_default()


def host_key_question(palette: Palette, host: str, address: str, algorithm: str, fingerprint: str) -> KeyQuestion:
    """The question about an unknown key of a host."""
    where = clean(host) if host == address else f"{clean(host)} ({clean(address)})"
    lines: list[Line] = [
        line((where, "strong"), f" shows a key ({clean(algorithm)}) that this machine does not know:"),
        (),
        line("  ", (clean(fingerprint), "accent")),
        (),
        line(("Is it the key that the host's administrator gives? Then it is remembered in known_hosts.", "label")),
    ]
    return KeyQuestion(
        palette,
        "Unknown host key",
        lines,
        (Choice("y", "connect and remember", "yes"),),
        "do not connect",
        role="warning",
    )


class SecretDialog(Dialog[str]):
    """Asks for a password, a passphrase or a one-time code.

    Args:
        palette: colours and glyphs.
        host: who asks.
        prompt: its own words.
        echo: whether what is typed may be seen.
    """

    def __init__(self, palette: Palette, host: str, prompt: str, echo: bool) -> None:
        super().__init__(palette, f"{clean(host)} asks")
        self.prompt = clean(prompt).strip()
        self.echo = echo

    def body(self) -> ComposeResult:
        """The question and one line to type in."""
        yield Static(text_of(self.palette, (Span(self.prompt, "strong"),)), id="lines")
        yield Field(password=not self.echo, id="answer")
        answers = text_of(self.palette, line(("Enter", "key"), " sends it; it is not stored    "))
        answers.append(" Esc  leave it down ", ink(self.palette, "best") + Style(reverse=True))
        yield Static(answers, id="choices")

    def on_mount(self) -> None:
        """Typing begins at once."""
        self.type_into(self.query_one("#answer", Input))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answers."""
        event.stop()
        self.dismiss(event.value)


class ConsolePrompter:
    """Asks in dialogs, one question at a time, whichever host it comes from.

    A no is remembered: the same key at the same address and the same locked key file are not asked about again, also
    not for another host behind the same jump host, until the user asks for that host to be tried again.

    Args:
        palette: colours and glyphs.
        ask: shows a dialog and waits for its answer.
    """

    def __init__(self, palette: Palette, ask: Callable[[Dialog[Any]], Awaitable[Any]]) -> None:
        self._palette = palette
        self._ask = ask
        self._turn = asyncio.Lock()
        self._declined: set[tuple[str, ...]] = set()

    def reconsider(self) -> None:
        """Forgets every no: the user wants to be asked again."""
        self._declined.clear()

    async def host_key(self, host: str, address: str, algorithm: str, fingerprint: str) -> bool:
        """Whether the user takes an unknown key for the host's own."""
        question = (address, algorithm, fingerprint)
        async with self._turn:
            if question in self._declined:
                return False
            answer = await self._ask(host_key_question(self._palette, host, address, algorithm, fingerprint))
            if answer != "yes":
                self._declined.add(question)
        return bool(answer == "yes")

    async def secret(self, host: str, prompt: str, echo: bool) -> str | None:
        """What the user types; None when they refuse."""
        # A key file is one for all hosts that want it; a password is one host's.
        question = (prompt,) if prompt.startswith(_OF_A_FILE) else (host, prompt)
        async with self._turn:
            if question in self._declined:
                return None
            answer = await self._ask(SecretDialog(self._palette, host, prompt, echo))
            if not isinstance(answer, str):
                self._declined.add(question)
                return None
        return answer
