"""The `?` screen: every key, the focused pane's first, searchable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from textual import events
from textual.app import ComposeResult
from textual.widgets import Input

from nerotui.tui.action import EVERYWHERE, GROUPS, Action, Pane
from nerotui.tui.actions import ACTIONS
from nerotui.tui.keys import Keymap
from nerotui.tui.palette import Palette
from nerotui.tui.screens.dialog import Dialog
from nerotui.tui.screens.field import Field
from nerotui.tui.widgets.keylist import KeyList

#: Nothing was refused.
NONE: Mapping[str, str] = MappingProxyType({})


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


class Wanted(Field):
    """The line to type in. What Esc means is settled before the next key of a burst is typed.

    Args:
        leave: closes the screen.
    """

    def __init__(self, leave: Callable[[], None]) -> None:
        super().__init__(placeholder="type to search; up and down scroll; Esc closes", id="wanted")
        self._leave = leave
        self._leaving = False
        self._later: list[events.Key] = []

    async def on_key(self, event: events.Key) -> None:
        """Esc first forgets what was typed, then closes; what is typed after that is for the screen below."""
        if event.key != "escape" and not self._leaving:
            await super().on_key(event)
            return
        event.stop()
        event.prevent_default()
        if self._leaving:
            self._later.append(event)
        elif self.value:
            self.value = ""
        else:
            self._leaving = True
            self.call_later(self._left)  # after the rest of the burst, which has come here already

    def _left(self) -> None:
        self._leave()
        for event in self._later:
            self.app.post_message(events.Key(event.key, event.character))


class HelpScreen(Dialog[str]):
    """All keys. Typing narrows them; Esc first forgets what was typed, then closes.

    Args:
        palette: colours and glyphs.
        keymap: which keys there are.
        pane: the focused pane.
        readonly: whether what changes runs is left out.
        refused: by an action's id, why a site does not let this user do it.
    """

    DEFAULT_CSS = """
    HelpScreen > #box { width: 110; height: 90%; }
    HelpScreen #wanted { margin-bottom: 1; }
    """

    def __init__(
        self, palette: Palette, keymap: Keymap, pane: Pane, *, readonly: bool, refused: Mapping[str, str] = NONE
    ) -> None:
        super().__init__(palette, "Keys")
        self.refused = refused
        self.keymap = keymap
        self.pane: Pane = pane
        self.readonly = readonly
        self.field = Wanted(self.close)
        self.keys = KeyList(palette=palette, id="keys")

    def body(self) -> ComposeResult:
        """A line to type in and the list."""
        self._list("")
        yield self.field
        yield self.keys

    def on_mount(self) -> None:
        """Typing searches at once."""
        self.type_into(self.field)

    def _list(self, wanted: str) -> None:
        found = listed(self.keymap, self.pane, readonly=self.readonly, wanted=wanted)
        parts = [
            (heading, [(" ".join(self.keymap.keys(one)) or f":{one.word}", self._said(one)) for one in actions])
            for heading, actions in found
        ]
        self.keys.show(parts, f"No key has to do with {wanted!r}.")

    def _said(self, action: Action) -> str:
        why = self.refused.get(action.id)
        return action.help if why is None else f"{action.help} {why}"

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list."""
        event.stop()
        self._list(event.value)

    def on_key(self, event: events.Key) -> None:
        """Scrolls."""
        page = max(1, self.keys.size.height - 1)
        steps = {"down": 1, "up": -1, "pagedown": page, "pageup": -page}
        if event.key in steps:
            event.stop()
            event.prevent_default()
            self.keys.move(steps[event.key])
        else:
            super().on_key(event)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter closes."""
        event.stop()
        self.close()
