"""The `?` screen: every key, the focused pane's first, searchable."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from nerotui.tui.actions import ACTIONS, EVERYWHERE, GROUPS, Action, Pane
from nerotui.tui.keys import Keymap
from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Dialog, ink
from nerotui.tui.screens.field import Field


def listed(keymap: Keymap, pane: Pane, *, readonly: bool, wanted: str = "") -> list[tuple[str, list[Action]]]:
    """The actions by heading: those of the focused pane alone first, then all by group, as far as they match."""
    words = wanted.lower().split()

    def matches(action: Action) -> bool:
        text = " ".join((action.id, action.label, action.help, action.group, *keymap.keys(action))).lower()
        return all(word in text for word in words) and not (readonly and action.changes)

    here = [action for action in ACTIONS if pane in action.panes and action.panes != EVERYWHERE and matches(action)]
    here.sort(key=lambda action: action.group == "Move")
    parts: list[tuple[str, list[Action]]] = [(f"Here, in {pane.capitalize()}", here)]
    for group in GROUPS:
        parts.append(
            (group, [action for action in ACTIONS if action.group == group and action not in here and matches(action)])
        )
    return [(heading, actions) for heading, actions in parts if actions]


class HelpScreen(Dialog[str]):
    """All keys. Typing narrows them; Esc first forgets what was typed, then closes.

    Args:
        palette: colours and glyphs.
        keymap: which keys there are.
        pane: the focused pane.
        readonly: whether what changes runs is left out.
    """

    DEFAULT_CSS = """
    HelpScreen > #box { width: 110; height: 90%; }
    HelpScreen #found { height: 1fr; scrollbar-size-vertical: 1; }
    HelpScreen #wanted { margin-bottom: 1; }
    """

    def __init__(self, palette: Palette, keymap: Keymap, pane: Pane, *, readonly: bool) -> None:
        super().__init__(palette, "Keys")
        self.keymap = keymap
        self.pane: Pane = pane
        self.readonly = readonly

    def body(self) -> ComposeResult:
        """A line to type in and the list."""
        yield Field(placeholder="type to search; up and down scroll; Esc closes", id="wanted")
        with VerticalScroll(id="found", can_focus=False), Vertical():
            yield Static(self._keys(""), id="keys")

    def on_mount(self) -> None:
        """Typing searches at once."""
        self.type_into(self.query_one("#wanted", Input))

    def _keys(self, wanted: str) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(min_width=14)
        table.add_column()
        for heading, actions in listed(self.keymap, self.pane, readonly=self.readonly, wanted=wanted):
            if table.row_count:
                table.add_row()
            table.add_row(Text(heading, ink(self.palette, "strong")))
            for action in actions:
                keys = " ".join(self.keymap.keys(action)) or f":{action.word}"
                table.add_row(Text(f"  {keys}", ink(self.palette, "key")), Text(action.help, ink(self.palette, "text")))
        if not table.row_count:
            table.add_row("", Text(f"No key has to do with {wanted!r}.", ink(self.palette, "label")))
        return table

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list."""
        event.stop()
        self.query_one("#keys", Static).update(self._keys(event.value))
        self.query_one("#found", VerticalScroll).scroll_home(animate=False)

    def on_key(self, event: events.Key) -> None:
        """Scrolls, and closes by Esc, or by `?` and `q` while nothing is typed."""
        field = self.query_one("#wanted", Input)
        found = self.query_one("#found", VerticalScroll)
        steps = {"down": 1, "up": -1, "pagedown": found.size.height, "pageup": -found.size.height}
        if event.key in steps:
            event.stop()
            event.prevent_default()
            found.scroll_relative(y=steps[event.key], animate=False)
        elif event.key == "escape" and field.value:
            event.stop()
            field.value = ""
        else:
            super().on_key(event)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter closes."""
        event.stop()
        self.close()
