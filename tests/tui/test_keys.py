"""`[keys]` of the configuration: what is understood, what is refused, and with which words."""

from __future__ import annotations

import pytest

from nerotui.tui.actions import BY_ID
from nerotui.tui.keys import Keymap, parsed, shown


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("?", "question_mark"),
        ("x", "x"),
        ("X", "X"),
        ("Ctrl-P", "ctrl+p"),
        ("ctrl+p", "ctrl+p"),
        ("PgUp", "pageup"),
        ("F5", "f5"),
        ("space", "space"),
        ("Esc", "escape"),
        ("<", "less_than_sign"),
        ("shift-tab", "shift+tab"),
        ("F99", None),
        ("hyper+x", None),
        ("ctrl+", None),
    ],
)
def test_keys_are_read_as_people_write_them(text: str, key: str | None) -> None:
    assert parsed(text) == key
    if key is not None:
        assert parsed(shown(key)) == key


def test_an_action_gets_another_key() -> None:
    keymap = Keymap({"kill": "Z", "pause": ("ctrl+t", "|")})
    assert keymap.problems == []
    assert keymap.action("Z", "runs") is BY_ID["kill"]
    assert keymap.action("X", "runs") is None
    assert keymap.keys(BY_ID["pause"]) == ("Ctrl-T", "|")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"kil": "Z"}, "did you mean 'kill'"),
        ({"kill": "p"}, "p is already 'pause'"),
        ({"kill": "ctrl+h"}, "Ctrl-H is Backspace"),
        ({"kill": "ctrl+s"}, "output"),
        ({"kill": "alt+k"}, "'alt+k' is no key"),
    ],
)
def test_a_mistake_is_told_and_the_old_key_stays(wanted: dict[str, str], words: str) -> None:
    keymap = Keymap(wanted)
    assert words in " ".join(keymap.problems)
    assert keymap.action("X", "runs") is BY_ID["kill"]


def test_a_key_may_mean_something_else_in_another_pane() -> None:
    keymap = Keymap({"next_error": "p"})
    assert keymap.problems, "pause works in the log too"
    assert Keymap({"next_error": "s"}).problems == []
