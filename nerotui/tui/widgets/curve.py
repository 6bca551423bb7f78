"""The curve: one or several series over step, epoch or time, and the load under the same axis."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from nerotui.core.records import Load
from nerotui.core.views.curve import Curve, CurveOptions, CurveView, curve_view
from nerotui.core.views.spans import Line, Notice
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.lineview import LineView


class CurvePlot(LineView, can_focus=True):
    """Draws curves at its own size, again only when a visible dot changed."""

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self._curves: tuple[Curve, ...] = ()
        self._options = CurveOptions()
        self._load: Load | None = None
        self._instead: Notice | None = None
        self._view: CurveView | None = None
        self._lines: tuple[Line, ...] = ()
        self._left, self._strips = 8, 0
        self._shown: object = None
        #: How often lines were drawn so far.
        self.pictures = 0

    @property
    def right(self) -> str:
        """What the pane's rule says: "loss · smooth 0.9 · x epoch · y lin"."""
        return "" if self._view is None else self._view.right

    def show(
        self,
        curves: Sequence[Curve],
        options: CurveOptions,
        *,
        load: Load | None = None,
        notice: Notice | None = None,
    ) -> None:
        """Show these curves. Call it again whenever a track has grown; it draws only if the picture differs.

        Args:
            curves: in legend order, the selected run's first.
            options: metric, axes, smoothing.
            load: the selected run's load, drawn beneath on the same axis.
            notice: what to say while there is nothing to draw.
        """
        self._curves, self._options, self._load, self._instead = tuple(curves), options, load, notice
        shown = (self._curves, [curve.track.count for curve in curves], options, load, notice)
        if shown != self._shown:
            self._shown = shown
            self._draw()
            self.repaint()

    def laid_out(self) -> None:
        """Another size is another picture."""
        self._draw()

    def strip(self, y: int) -> Strip:
        """A row of the picture."""
        return self.drawn(self._lines[y] if y < len(self._lines) else ())

    def _draw(self) -> None:
        width, height = self.size
        if width < 12 or height < 3:
            # Hidden or folded: nothing is drawn until there is room.
            self._view, self._lines = None, ()
            return
        labels = height >= 6
        with_load = self._load is not None and height >= 12
        # How wide the labels are depends on the values: what fitted the last picture mostly fits this one.
        view = self._made(width - self._left, height - 1 - labels - self._strips, with_load)
        for _ in range(2):
            left, strips = view.gutter, len(view.load)
            if (left, strips) == (self._left, self._strips):
                break
            self._left, self._strips = left, strips
            view = self._made(width - left, height - 1 - labels - strips, with_load)
        self.notice = view.notice
        if view != self._view:
            self._view = view
            if view.notice is None:
                # plotext takes its time to import: not before there is something to draw.
                from nerotui.core.views.curve.picture import drawn

                self._lines = drawn(view, self.palette.glyphs, colored=self.palette.mode != "none", x_labels=labels)
                self.pictures += 1

    def _made(self, columns: int, rows: int, with_load: bool) -> CurveView:
        return curve_view(
            self._curves,
            self._options,
            columns=max(2, columns),
            rows=max(1, rows),
            load=self._load if with_load else None,
            notice=self._instead,
            dot=self.palette.glyphs.dot,
        )
