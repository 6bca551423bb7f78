"""Choosing one of a few things: what to sort by, what to copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.widgets import Static

from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Dialog, ink


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to choose: the letter that picks it at once, its words, more about it, what it means."""

    key: str
    words: str
    more: str
    answer: str


class Pick(Dialog[str]):
    """A short list: a letter picks at once, j/k and Enter pick by the cursor.

    Args:
        palette: colours and glyphs.
        heading: what is chosen.
        entries: what there is.
        chosen: the answer that holds now.
    """

    DEFAULT_CSS = """
    Pick #entries { text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, palette: Palette, heading: str, entries: Sequence[Entry], chosen: str = "") -> None:
        super().__init__(palette, heading)
        self.entries = tuple(entries)
        self.chosen = chosen
        self._at = next((index for index, entry in enumerate(entries) if entry.answer == chosen), 0)

    def body(self) -> ComposeResult:
        """The list, and how to choose."""
        yield Static(self._list(), id="entries")
        hint = Text(style=ink(self.palette, "label"))
        hint.append("a letter, or j k and Enter     Esc leaves it")
        yield Static(hint, id="choices")

    def _list(self) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis")
        width = max(len(entry.words) for entry in self.entries)
        for index, entry in enumerate(self.entries):
            chosen = index == self._at
            text.append(self.palette.glyphs.cursor if chosen else " ", ink(self.palette, "accent"))
            text.append(f"{entry.key}  ", ink(self.palette, "key"))
            text.append(f"{entry.words:{width}}  ", ink(self.palette, "strong" if chosen else "text"))
            text.append(entry.more, ink(self.palette, "text" if chosen else "label"))
            text.append("\n" if index < len(self.entries) - 1 else "")
        return text

    def on_key(self, event: events.Key) -> None:
        """Moves, picks, or leaves."""
        event.stop()
        event.prevent_default()
        for entry in self.entries:
            if event.character == entry.key:
                self.dismiss(entry.answer)
                return
        if event.key in ("escape", "ctrl+c", "q"):
            self.close()
        elif event.key == "enter":
            self.dismiss(self.entries[self._at].answer)
        elif event.key in ("j", "down", "k", "up"):
            step = 1 if event.key in ("j", "down") else -1
            self._at = (self._at + step) % len(self.entries)
            self.query_one("#entries", Static).update(self._list(), layout=False)
