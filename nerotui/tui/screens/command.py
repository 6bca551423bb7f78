"""The command line and palette: any action by its name, with its key beside it."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.widgets import Input, Static

from nerotui.tui.action import Action
from nerotui.tui.actions import ACTIONS
from nerotui.tui.keys import Keymap
from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Dialog, ink
from nerotui.tui.screens.field import Field

_ROWS = 9


def suggested(typed: str, *, readonly: bool) -> list[Action]:
    """Actions that what was typed may mean, best first: the word itself, words that begin so, then any mention."""
    word = typed.split(" ", 1)[0].lower().replace("_", "-")
    if not word:
        return [action for action in ACTIONS if not (readonly and action.changes)]

    def rank(action: Action) -> int:
        names = (action.word, *action.aliases)
        if word in names:
            return 0
        if any(name.startswith(word) for name in names):
            return 1
        if any(word in name for name in names) or word in action.label.lower():
            return 2
        return 3 if word in action.help.lower() else 4

    # Where nothing may be changed, a word that would change something still is that word, and never another's mention.
    return sorted((each for each in ACTIONS if rank(each) < (2 if readonly and each.changes else 4)), key=rank)


class CommandLine(Dialog[str]):
    """Asks for a line such as `kill 4r2x`; the answer is that line.

    Args:
        palette: colours and glyphs.
        keymap: which keys the actions have.
        readonly: whether what changes runs is left out.
    """

    DEFAULT_CSS = """
    CommandLine { align: center bottom; }
    CommandLine > #box { width: 100%; max-width: 100%; height: auto; padding: 0 1; }
    CommandLine #fitting { text-wrap: nowrap; text-overflow: ellipsis; }
    CommandLine #typed { margin-top: 1; }
    """

    def __init__(self, palette: Palette, keymap: Keymap, *, readonly: bool) -> None:
        super().__init__(palette, "Command")
        self.keymap = keymap
        self.readonly = readonly
        self._at = 0

    def body(self) -> ComposeResult:
        """What fits, and the line."""
        yield Static(self._text(""), id="fitting")
        yield Field(placeholder="an action; Tab completes, up and down choose, Enter does it, Esc leaves", id="typed")

    def on_mount(self) -> None:
        """Typing begins at once."""
        self.type_into(self.query_one("#typed", Input))

    def _text(self, typed: str) -> Text:
        fitting = suggested(typed, readonly=self.readonly)
        self._at = max(0, min(self._at, len(fitting) - 1))
        first = max(0, min(self._at - _ROWS + 1, len(fitting) - _ROWS))
        text = Text(no_wrap=True, overflow="ellipsis")
        for index in range(first, first + _ROWS):
            if index > first:
                text.append("\n")
            if index >= len(fitting):
                none = not fitting and index == first
                text.append(f"No action is called {typed!r}." if none else "", ink(self.palette, "label"))
                continue
            action, chosen = fitting[index], index == self._at
            text.append(self.palette.glyphs.cursor if chosen else " ", ink(self.palette, "accent"))
            words = f"{action.word} {action.usage}"[:26].ljust(27)
            text.append(words, ink(self.palette, "strong" if chosen else "text"))
            text.append(" ".join(self.keymap.keys(action))[:12].ljust(13), ink(self.palette, "key"))
            said = "read-only: not from this console" if self.readonly and action.changes else action.help
            text.append(said, ink(self.palette, "text" if chosen else "label"))
        return text

    def _redraw(self) -> None:
        self.query_one("#fitting", Static).update(self._text(self.query_one("#typed", Input).value), layout=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Shows what fits."""
        event.stop()
        self._at = 0
        self._redraw()

    def _chosen(self) -> Action | None:
        fitting = suggested(self.query_one("#typed", Input).value, readonly=self.readonly)
        return fitting[self._at] if fitting else None

    def on_key(self, event: events.Key) -> None:
        """Chooses, completes, leaves."""
        field = self.query_one("#typed", Input)
        if event.key in ("up", "down"):
            self._at += 1 if event.key == "down" else -1
            self._redraw()
        elif event.key == "tab":
            action = self._chosen()
            if action is not None and " " not in field.value:
                field.value = f"{action.word} "
                field.cursor_position = len(field.value)
        elif event.key == "backspace" and not field.value:
            self.close()
        else:
            super().on_key(event)
            return
        event.stop()
        event.prevent_default()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answers with the line, its word completed by the chosen action."""
        event.stop()
        action = self._chosen()
        if action is None:
            return
        _, _, rest = event.value.strip().partition(" ")
        self.dismiss(f"{action.word} {rest}".strip())
