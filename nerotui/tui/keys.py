"""Which key asks for which action where: the table's keys, changed by `[keys]` of the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from nerotui.tui.action import Action, Pane
from nerotui.tui.actions import ACTIONS, BY_ID

#: Keys that a terminal, tmux or the tty keeps for itself.
TAKEN = {
    f"ctrl+{letter}": why
    for letters, why in (
        ("h", "is Backspace"),
        ("i", "is Tab"),
        ("j", "is a newline"),
        ("m", "is Enter"),
        ("sq", "stops and starts the terminal's output"),
        ("ab", "is the prefix of screen and tmux"),
        ("z", "suspends"),
    )
    for letter in letters
} | {"ctrl+backslash": "ends a program", "ctrl+left_square_bracket": "is Esc"}

_SYMBOLS = {
    "?": "question_mark",
    ":": "colon",
    "/": "slash",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "-": "minus",
    "=": "equals_sign",
    "+": "plus",
    "_": "underscore",
    "!": "exclamation_mark",
    "@": "at",
    "#": "number_sign",
    "$": "dollar_sign",
    "%": "percent_sign",
    "^": "circumflex_accent",
    "&": "ampersand",
    "*": "asterisk",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "{": "left_curly_bracket",
    "}": "right_curly_bracket",
    "|": "vertical_line",
    "\\": "backslash",
    ";": "semicolon",
    "'": "apostrophe",
    '"': "quotation_mark",
    ",": "comma",
    ".": "full_stop",
    "`": "grave_accent",
    "~": "tilde",
    " ": "space",
}
_SHOWN = {name: symbol for symbol, name in _SYMBOLS.items()} | {
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "shift+tab": "Shift-Tab",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
}
_NAMED = {name.lower(): key for key, name in _SHOWN.items() if len(name) > 1}


def shown(key: str) -> str:
    """A key as people write it: "?" for question_mark, "Ctrl-P" for ctrl+p."""
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("ctrl+"):
        return "Ctrl-" + key.removeprefix("ctrl+").capitalize()
    return key.upper() if key[0] == "f" and key[1:].isdigit() else key


def parsed(text: str) -> str | None:
    """Textual's name for a key as a user writes it ("?", "Ctrl-P", "ctrl+p", "PgUp", "F5"); None for no key."""
    if len(text) == 1:
        return _SYMBOLS.get(text, text) if text.isprintable() else None
    lower = text.lower()
    if lower in _NAMED:
        return _NAMED[lower]
    for prefix in ("ctrl-", "ctrl+"):
        if lower.startswith(prefix):
            rest = lower.removeprefix(prefix)
            return f"ctrl+{_SYMBOLS.get(rest, rest)}" if len(rest) == 1 else None
    if lower[0] == "f" and lower[1:].isdigit() and 1 <= int(lower[1:]) <= 12:
        return lower
    return lower if lower in _SHOWN else None


class Keymap:
    """Keys to actions, by pane.

    Args:
        wanted: `[keys]` of the configuration: an action's id, and its key or keys as a user writes them.

    Attributes:
        problems: what was wrong with `wanted`, a sentence each; such an entry keeps its default keys.
    """

    def __init__(self, wanted: Mapping[str, str | Sequence[str]] | None = None) -> None:
        self.problems: list[str] = []
        self._keys: dict[str, tuple[str, ...]] = {action.id: action.keys for action in ACTIONS}
        for name, keys in (wanted or {}).items():
            self._change(name, (keys,) if isinstance(keys, str) else tuple(keys))
        self._actions: dict[tuple[Pane, str], Action] = {}
        for action in ACTIONS:
            for key in self._keys[action.id]:
                for pane in action.panes:
                    self._actions.setdefault((pane, key), action)

    def _change(self, name: str, keys: Iterable[str]) -> None:
        if name not in BY_ID:
            near = get_close_matches(name, BY_ID, n=1)
            self.problems.append(f"[keys] knows no {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
            return
        taken: list[str] = []
        for text in keys:
            key = parsed(text)
            if key is None:
                self.problems.append(f"[keys] {name}: {text!r} is no key")
            elif key in TAKEN:
                self.problems.append(f"[keys] {name}: {shown(key)} {TAKEN[key]}")
            elif other := self._holder(key, BY_ID[name]):
                self.problems.append(f"[keys] {name}: {shown(key)} is already {other.id!r}")
            else:
                taken.append(key)
        if taken:
            self._keys[name] = tuple(taken)

    def _holder(self, key: str, wanting: Action) -> Action | None:
        for action in ACTIONS:
            if action.id != wanting.id and key in self._keys[action.id] and action.panes & wanting.panes:
                return action
        return None

    def action(self, key: str, pane: Pane) -> Action | None:
        """What `key` asks for while `pane` is focused."""
        return self._actions.get((pane, key))

    def keys(self, action: Action) -> tuple[str, ...]:
        """The keys of an action, as people write them."""
        return tuple(shown(key) for key in self._keys[action.id])
