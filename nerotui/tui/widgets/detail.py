"""The detail pane's body: labelled lines, long ones wrapped under their label."""

from __future__ import annotations

from nerotui.core.views.detail import DetailView
from nerotui.tui.widgets.lineview import LineView


class DetailLines(LineView, can_focus=True):
    """Everything about one run or host."""

    def show(self, view: DetailView) -> None:
        """Show these lines; the place in the text stays while the same run is shown."""
        raise NotImplementedError
