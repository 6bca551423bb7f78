"""What an action is: one thing that a user can ask for, by a key, by its word, by the palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nerotui.agent.states import RunState, meaning

Pane = Literal["hosts", "runs", "curve", "log", "detail", "findings"]
Group = Literal["Move", "Panes", "Runs", "Log", "Curve", "Console"]

#: The panes in the order of their number keys.
PANES: tuple[Pane, ...] = ("hosts", "runs", "curve", "log", "detail", "findings")
EVERYWHERE = frozenset(PANES)
#: The headings under which actions are listed, in order.
GROUPS: tuple[Group, ...] = ("Move", "Panes", "Runs", "Log", "Curve", "Console")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a user can ask for.

    Attributes:
        id: its name in `[keys]` of the configuration, and on the command line (`:kill`) with "_" written "-".
        keys: Textual's names of the keys that ask for it; the first is the one shown.
        label: the word in the footer; an action that asks a run something shows the host's word for it instead.
        help: one sentence for the `?` screen and the README.
        panes: the panes in which the keys work.
        group: the heading under which it is listed.
        asks: the verb asked of the marked or selected runs (a key of `agent.states.ACTIONS`, or "pause", "resume").
        changes: whether it changes something on a host; hidden and off in a read-only console.
        rank: its place in the footer, 1 first; 0 is never there.
        pair: the id of the opposite action, whose key the footer shows beside this one's, and the word for both.
        aliases: further words of the command line.
        usage: what may follow the word on the command line.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    panes: frozenset[Pane] = EVERYWHERE
    group: Group = "Console"
    asks: str | None = None
    changes: bool = False
    rank: int = 0
    pair: tuple[str, str] | None = None
    aliases: tuple[str, ...] = ()
    usage: str = ""

    @property
    def word(self) -> str:
        """Its word on the command line."""
        return self.id.replace("_", "-")

    def legal(self, state: RunState | None) -> bool:
        """Whether it means something for a run in `state`; None stands for no run."""
        if self.asks is None:
            return True
        return state is not None and meaning(self.asks, state) is not None

    def wording(self, state: RunState | None) -> str:
        """The footer's word for a run in `state`: what would really be done, "freeze" or "hold" rather than "pause"."""
        if self.asks is None or state is None:
            return self.label
        meant = meaning(self.asks, state)
        return meant if self.asks in ("pause", "resume") and meant else self.label
