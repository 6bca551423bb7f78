"""Which keys the last line names: those that do something now, most wanted first, never more than nine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nerotui.agent.states import RunState
from nerotui.tui.action import Action, Pane
from nerotui.tui.actions import ACTIONS, BY_ID
from nerotui.tui.keys import Keymap

#: Keys at most.
MOST = 9


def keys_now(
    keymap: Keymap,
    pane: Pane,
    states: Sequence[RunState],
    *,
    readonly: bool,
    first: Sequence[tuple[str, str]] = (),
    refused: Callable[[Action], bool] = lambda action: False,
) -> list[tuple[str, str]]:
    """Pairs of key and word.

    Args:
        keymap: which keys there are.
        pane: the focused pane.
        states: the states of the runs that an action would mean; the words are those for the first.
        readonly: whether what changes runs is left out.
        refused: whether an action was refused before, so that its key would only explain why.
        first: actions by id that are wanted just now, and the word for each; they come right after the first key.
    """
    state = states[0] if states else None

    def usable(action: Action) -> bool:
        if not action.rank or pane not in action.panes or (readonly and action.changes) or refused(action):
            return False
        if action.asks is None:
            return bool(states) or action.group in ("Console", "Panes") or action.id in ("add", "search")
        return any(action.legal(each) for each in states)

    found: list[tuple[str, str]] = []
    for action in sorted(filter(usable, ACTIONS), key=lambda action: action.rank):
        keys = keymap.keys(action)
        if not keys or action.id == "quit" or action.id in dict(first):
            continue
        if action.pair is not None:
            opposite, word = action.pair
            found.append((" ".join((keys[0], *keymap.keys(BY_ID[opposite])[:1])), word))
        else:
            found.append((keys[0], action.wording(state)))
    found[1:1] = [(keys[0], word) for name, word in first if (keys := keymap.keys(BY_ID[name]))]
    return [*found[: MOST - 1], (keymap.keys(BY_ID["quit"])[0], "quit")]
