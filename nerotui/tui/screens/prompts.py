"""What a connection asks for: whether an unknown host key is right, and secrets that are never stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import ComposeResult
from textual.widgets import Input, Static

from nerotui.core.text import clean
from nerotui.core.views.spans import Line, Span, line
from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Choice, Dialog, Question, text_of
from nerotui.tui.screens.field import Field


def host_key_question(palette: Palette, host: str, address: str, algorithm: str, fingerprint: str) -> Question:
    """Shows an unknown host key; only `y` accepts and remembers it."""
    where = clean(host) if host == address else f"{clean(host)} ({clean(address)})"
    lines: list[Line] = [
        line((where, "strong"), " has a key that this machine does not know:"),
        (),
        line("  ", (f"{clean(algorithm)} {clean(fingerprint)}", "accent")),
        (),
        line(("Is it the key that the host's administrator gives? Then it is remembered in known_hosts.", "label")),
    ]
    return Question(
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
        yield Static(
            text_of(
                self.palette, line(("Enter", "accent"), " sends it, it is not stored    ", ("Esc", "accent"), " no")
            ),
            id="choices",
        )

    def on_mount(self) -> None:
        """Typing begins at once."""
        self.type_into(self.query_one("#answer", Input))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answers."""
        event.stop()
        self.dismiss(event.value)


class ConsolePrompter:
    """Asks in dialogs, one question at a time, whichever host it comes from.

    Args:
        palette: colours and glyphs.
        ask: shows a dialog and waits for its answer.
    """

    def __init__(self, palette: Palette, ask: Callable[[Dialog[Any]], Awaitable[Any]]) -> None:
        self._palette = palette
        self._ask = ask
        self._turn = asyncio.Lock()

    async def host_key(self, host: str, address: str, algorithm: str, fingerprint: str) -> bool:
        """Whether the user takes an unknown key for the host's own."""
        async with self._turn:
            answer = await self._ask(host_key_question(self._palette, host, address, algorithm, fingerprint))
        return bool(answer == "yes")

    async def secret(self, host: str, prompt: str, echo: bool) -> str | None:
        """What the user types; None when they refuse."""
        async with self._turn:
            answer = await self._ask(SecretDialog(self._palette, host, prompt, echo))
        return answer if isinstance(answer, str) else None
