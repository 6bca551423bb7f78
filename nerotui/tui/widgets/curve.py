"""The curve: one or several series over step, epoch or time, and the load under the same axis."""

from __future__ import annotations

from collections.abc import Sequence

from nerotui.core.records import Load
from nerotui.core.views.curve import Curve, CurveOptions
from nerotui.core.views.spans import Notice
from nerotui.tui.widgets.lineview import LineView


class CurvePlot(LineView, can_focus=True):
    """Draws curves at its own size, again only when a visible column changed."""

    @property
    def right(self) -> str:
        """What the pane's rule says: "loss · smooth 0.9 · x epoch · y lin"."""
        raise NotImplementedError

    def show(
        self,
        curves: Sequence[Curve],
        options: CurveOptions,
        *,
        load: Load | None = None,
        notice: Notice | None = None,
    ) -> None:
        """Show these curves. Call it again whenever a track has grown; it draws only if the picture differs."""
        raise NotImplementedError
