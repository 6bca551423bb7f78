"""What all dialogs share: the box, its bar in the colour of what is at stake, the harmless way out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from nerotui.core.views.spans import Line, Role, Span
from nerotui.tui.keys import shown
from nerotui.tui.palette import Palette

Result = TypeVar("Result")


def ink(palette: Palette, role: Role) -> Style:
    """The style of a role without a background, for text that stands on a dialog's own."""
    style = palette.style(role)
    return Style(color=style.color, bold=style.bold, dim=style.dim, underline=style.underline, reverse=style.reverse)


def text_of(palette: Palette, *lines: Line) -> Text:
    """Lines as Rich text in the palette's styles."""
    text = Text(no_wrap=False, overflow="fold")
    for index, line in enumerate(lines):
        if index:
            text.append("\n")
        for span in line:
            text.append(span.text, ink(palette, span.role))
    return text


class Dialog(ModalScreen[Result], Generic[Result], inherit_bindings=False):
    """A box over the main screen. Esc and Ctrl-C close it with nothing done.

    Args:
        palette: colours and glyphs.
        heading: what it asks or shows.
        role: the colour of the heading and of the bar.

    Attributes:
        ready: set once it can take keys.
    """

    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog > #box {
        width: 68; max-width: 96%; height: auto; max-height: 96%;
        padding: 1 2; background: $panel; border-left: outer $primary;
    }
    Dialog.-error > #box { border-left: outer $error; }
    Dialog.-warning > #box { border-left: outer $warning; }
    Dialog.-plain > #box { border: round $foreground; background: $background; padding: 0 1; }
    Dialog.-ascii > #box { border: ascii $foreground; padding: 0 1; }
    Dialog #heading { height: 1; margin-bottom: 1; }
    Dialog.-plain #heading, Dialog.-ascii #heading { margin-bottom: 0; }
    Dialog Static { height: auto; background: transparent; }
    Dialog #choices { margin-top: 1; }
    Dialog #problem { color: $error; }
    Dialog Input {
        height: 1; border: none; padding: 0; background: $surface; color: $foreground;
        &:focus { border: none; background: $boost; background-tint: transparent; }
    }
    """

    def __init__(self, palette: Palette, heading: str, *, role: Role = "accent") -> None:
        super().__init__()
        self.palette = palette
        self.heading = heading
        self.ready = asyncio.Event()
        self.role: Role = role

    def body(self) -> ComposeResult:
        """What stands under the heading."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Lays out heading and body."""
        self.set_class(self.role == "failed", "-error")
        self.set_class(self.role in ("warning", "paused"), "-warning")
        self.set_class(self.palette.mode == "none", "-plain")
        self.set_class(self.palette.glyphs.rule == "-", "-ascii")
        with Vertical(id="box"):
            yield Static(text_of(self.palette, (Span(self.heading, self.role),)), id="heading")
            yield from self.body()

    def close(self) -> None:
        """Leaves with nothing done."""
        self.dismiss(None)

    def on_mount(self) -> None:
        """From now on it takes keys."""
        self.ready.set()

    def type_into(self, field: Input) -> None:
        """Lets typing go into a field from now on, and puts the cursor at its end."""
        self.set_focus(field)
        field.cursor_position = len(field.value)

    def on_key(self, event: events.Key) -> None:
        """Esc and Ctrl-C are the way out of every dialog."""
        if event.key in ("escape", "ctrl+c"):
            event.stop()
            event.prevent_default()
            self.close()


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: the key that gives it, the words beside the key, what it means."""

    key: str
    words: str
    answer: str


class Question(Dialog[str]):
    """A question about something that cannot be taken back. Enter, Esc, `n` and `q` are the harmless answer, None.

    Args:
        palette: colours and glyphs.
        heading: the question.
        lines: what it touches and what will happen.
        choices: the answers that do something.
        harmless: the words of the answer that does nothing.
        role: the colour of what is at stake.
    """

    def __init__(
        self,
        palette: Palette,
        heading: str,
        lines: Sequence[Line],
        choices: Sequence[Choice],
        harmless: str,
        *,
        role: Role = "failed",
    ) -> None:
        super().__init__(palette, heading, role=role)
        self.lines = tuple(lines)
        self.choices = tuple(choices)
        self.harmless = harmless

    def body(self) -> ComposeResult:
        """What is at stake, and the answers."""
        yield Static(text_of(self.palette, *self.lines), id="lines")
        answers = Text()
        for choice in self.choices:
            answers.append(shown(choice.key), ink(self.palette, "key"))
            answers.append(f" {choice.words}    ", ink(self.palette, "text"))
        answers.append(f" Esc  {self.harmless} ", ink(self.palette, "best") + Style(reverse=True))
        yield Static(answers, id="choices")

    def on_key(self, event: events.Key) -> None:
        """Answers with the choice of this key; every other key does nothing."""
        event.stop()
        event.prevent_default()
        for choice in self.choices:
            if event.key == choice.key:
                self.dismiss(choice.answer)
                return
        if event.key in ("escape", "ctrl+c", "enter", "n", "q"):
            self.close()
