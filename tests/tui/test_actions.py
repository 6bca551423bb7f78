"""The action table is one whole: no key does two things in a pane, each action has a handler and a place."""

from __future__ import annotations

import pytest

from nerotui.agent.states import ACTIONS as HOST_ACTIONS
from nerotui.agent.states import MEANINGS, RunState
from nerotui.tui.action import GROUPS, PANES, Action
from nerotui.tui.actions import ACTIONS, BY_ID, find_word, key_table
from nerotui.tui.commands import handlers
from nerotui.tui.footer import MOST, keys_now
from nerotui.tui.keys import TAKEN, Keymap
from nerotui.tui.palette import Palette
from nerotui.tui.screens.main import MainScreen
from nerotui.tui.terminal import Terminal
from tests.tui.scene import Scene, app

ids = pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)


def test_no_key_does_two_things_in_a_pane() -> None:
    seen: dict[tuple[str, str], str] = {}
    for action in ACTIONS:
        for key in action.keys:
            for pane in action.panes:
                assert (pane, key) not in seen, f"{key} in {pane}: {action.id} and {seen[pane, key]}"
                seen[pane, key] = action.id


@ids
def test_keys_are_the_terminals_to_give(action: Action) -> None:
    for key in action.keys:
        assert key not in TAKEN, key
        assert "alt+" not in key
        assert "ctrl+shift" not in key
        assert key not in ("delete", "backspace", "ctrl+enter")
    first = action.keys[:1]
    assert not any(key[0] == "f" and key[1:].isdigit() for key in first), "a function key is never the only way"


@ids
def test_small_letters_do_no_harm(action: Action) -> None:
    """What cannot be taken back needs Shift and, beyond that, a dialog."""
    if action.asks in ("kill", "yield", "retry", "remove"):
        assert all(len(key) == 1 and key.isupper() for key in action.keys)
    if action.changes and action.asks is None:
        assert action.id == "add"


@ids
def test_each_is_explained_and_listed(action: Action) -> None:
    assert action.group in GROUPS
    assert action.help.endswith(".")
    assert action.help[0].isupper()
    assert action.label
    assert action.panes <= set(PANES)
    assert action.asks is None or action.asks in HOST_ACTIONS or action.asks in MEANINGS
    assert action.changes == (action.asks is not None or action.id == "add")


def test_each_has_one_handler() -> None:
    scene = Scene()
    screen = MainScreen(scene, Palette(), Keymap(), terminal=Terminal(app(scene=scene)))
    assert set(handlers(screen)) == set(BY_ID)


def test_words_of_the_command_line_are_unambiguous() -> None:
    words = [word for action in ACTIONS for word in (action.word, *action.aliases)]
    assert len(words) == len(set(words))
    assert find_word("kill") is BY_ID["kill"]
    assert find_word("ki") is BY_ID["kill"]
    assert find_word("w") is BY_ID["write"]
    assert find_word("q") is None or find_word("q") is BY_ID["quit"]
    assert find_word("re") is None
    assert find_word("") is None


@pytest.mark.parametrize("pane", PANES)
@pytest.mark.parametrize("state", [None, *RunState])
def test_the_footer_names_nine_keys_at_most_and_only_what_works(pane: str, state: RunState | None) -> None:
    keymap = Keymap()
    states = [] if state is None else [state]
    shown = keys_now(keymap, pane, states, readonly=False)  # type: ignore[arg-type]
    assert len(shown) <= MOST
    assert shown[-1] == ("q", "quit")
    assert ("?", "help") in shown
    if state is RunState.RUNNING and pane == "runs":
        assert ("p", "freeze") in shown
        assert ("X", "kill") in shown
        assert "r" not in dict(shown)
    if state is RunState.QUEUED and pane == "runs":
        assert ("p", "hold") in shown
        assert ("< >", "order") in shown
    if state is RunState.FAILED and pane == "runs":
        assert "X" not in dict(shown)
        assert ("R", "retry") in shown
    looking = keys_now(keymap, pane, states, readonly=True)  # type: ignore[arg-type]
    assert not {"a", "p", "r", "X", "P", "R", "D", "< >"} & set(dict(looking))


def test_the_way_out_comes_first_in_the_footer() -> None:
    states = [RunState.RUNNING]
    shown = keys_now(Keymap(), "detail", states, readonly=False, first=[("back", "back")])
    assert shown[:2] == [("?", "help"), ("Esc", "back")]
    assert len(shown) <= MOST
    shown = keys_now(Keymap(), "hosts", states, readonly=False, first=[("refresh", "connect")])
    assert shown[1] == ("Ctrl-R", "connect")


def test_the_readme_table_lists_every_action() -> None:
    table = key_table()
    for action in ACTIONS:
        assert f"| `{action.id}` |" in table
    assert "`Ctrl-P`" in table
