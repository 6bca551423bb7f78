"""How the user looks at things just now: what is focused, folded, zoomed, sorted, drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nerotui.tui.action import Pane
from nerotui.tui.arrangement import TABS

Typing = Literal["filter", "search"]

#: Seconds between two looks at the hosts, from which `-` and `=` choose.
INTERVALS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


@dataclass
class Looking:
    """What is not a fact about hosts or runs, and is forgotten when the console closes.

    Attributes:
        focus: the pane that keys are meant for.
        tab: the pane in the lower half of a narrow terminal.
        zoomed: the pane that has the whole screen.
        folded: panes of which only the rule is shown.
        metric: what the curve shows; None for the run's most important metric.
        axis: what the curve's x is: "step", "epoch", "time", "clock", or "x" for what most of its series stand on.
        log: whether the curve's y is logarithmic; `log_x` whether its x is.
        smooth: weight of the past in the average that is drawn, 0 for none.
        window: the part of the x axis that is shown; None for all.
        cursor: where on the x axis values are read off; None for nowhere.
        tiles: whether the curve pane, when it has the whole screen, shows all charts side by side.
        overlay: whether the marked runs are drawn over the selected one.
        detail_of: whether the detail pane shows the selected run, its processes ("tree"), or the host under the hosts'
            cursor.
        full: whether it shows everything, environment and packages too.
        host_filter: what was typed after `/` in the hosts pane.
        typing: what the line at the bottom takes, while it is open.
        mouse: whether the mouse is the console's.
    """

    focus: Pane = "runs"
    tab: Pane = "curve"
    zoomed: Pane | None = None
    folded: set[Pane] = field(default_factory=set)
    metric: str | None = None
    axis: str = "x"
    log: bool = False
    log_x: bool = False
    smooth: float = 0.0
    window: tuple[float, float] | None = None
    cursor: float | None = None
    tiles: bool = True
    overlay: bool = True
    detail_of: Literal["run", "host", "tree"] = "run"
    full: bool = False
    host_filter: str = ""
    typing: Typing | None = None
    mouse: bool = True

    def look_at(self, pane: Pane) -> None:
        """Focuses a pane and makes sure that it can be seen."""
        self.focus = pane
        self.folded.discard(pane)
        if pane in TABS:
            self.tab = pane
        if self.zoomed is not None:
            self.zoomed = pane
