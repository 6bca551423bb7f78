"""What a site does not let its user do on a cluster: which keys that concerns, and the sentence that explains each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nerotui.agent.states import RunState, meaning
from nerotui.core.records import Run
from nerotui.core.text import clean
from nerotui.tui.action import Action

#: A site allows or refuses each direction by itself; where what is asked has another name than its action.
_MOVES = {"earlier": "move up", "later": "move down"}
_ACTIONS = {
    "freeze": "pause",
    "hold": "pause",
    "thaw": "resume",
    "release": "resume",
    "move up": "earlier",
    "move down": "later",
    "limit up": "limit",
    "limit down": "limit",
}

#: What was refused so far, by host, then by what was asked.
Refusals = Mapping[str, Mapping[str, str]]


#: What nobody can ask of a program that nerotui did not start: there is no queue for it, and nothing is kept of it.
_OWN = frozenset(("yield", "retry", "move", "limit", "remove"))


def refused(action: Action, runs: Sequence[Run], refusals: Refusals) -> bool:
    """Whether what an action would ask of all these runs was refused at their hosts before, or always will be."""

    def would_be(run: Run) -> bool:
        if run.foreign and (action.asks == "remove" or (run.job is None and action.asks in _OWN)):
            return True
        return _kind(action, run.state) in refusals.get(run.host, {})

    return bool(runs) and all(map(would_be, runs))


def explanations(refusals: Refusals) -> dict[str, str]:
    """The sentence for each action's id: what which host said."""
    found: dict[str, list[str]] = {}
    for host, known in refusals.items():
        for kind, sentence in known.items():
            found.setdefault(_ACTIONS.get(kind, kind), []).append(f"On {clean(host)}: {clean(sentence)}.")
    return {name: " ".join(dict.fromkeys(said)) for name, said in found.items()}


def _kind(action: Action, state: RunState) -> str | None:
    if action.id in _MOVES:
        return _MOVES[action.id]
    return None if action.asks is None else meaning(action.asks, state)
