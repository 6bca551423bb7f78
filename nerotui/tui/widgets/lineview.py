"""The base of all widgets here: rows of styled cells of which only changed ones are sent to the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from nerotui.core.views.cells import wrap
from nerotui.core.views.spans import Line, Notice, Role, Span
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.partial import sharpen

#: Rows that are kept as they were drawn.
_DRAWN = 300
#: Changed cells closer than this are sent as one: moving the terminal's cursor and setting colours costs more bytes.
_CLOSE = 20

# Changed cells are counted here; without this Textual would send many more.
sharpen()


class LineView(Widget, inherit_bindings=False):
    """Draws rows by Textual's line API, remembers what it drew, and repaints only the cells that differ.

    A subclass makes one visible row in `strip()` and calls `repaint()` whenever its data changed; equal rows cost the
    terminal nothing. It must have no padding or border of its own: regions are counted from its corner.

    Args:
        palette: colours and glyphs.
        id: the widget's id.
        classes: its CSS classes.
    """

    DEFAULT_CSS = """
    LineView { width: 1fr; height: 1fr; }
    """

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.palette = palette
        self.notice: Notice | None = None
        self._painted: list[Strip | None] = []
        self._sources: list[Strip | None] = []
        self._drawn: dict[tuple[Line, bool], Strip] = {}
        self._painting = False
        self._selected: Selection | None = None
        # Textual works its size out anew at each question: it is asked once a paint.
        self._extent: tuple[int, int] = (0, 0)

    # What a subclass says.

    def strip(self, y: int) -> Strip:
        """The visible row `y`, made by `drawn()` mostly. The same object as before means that nothing changed there."""
        raise NotImplementedError

    def laid_out(self) -> None:
        """The widget's size changed; all rows are drawn next."""

    def move(self, rows: int) -> None:
        """Move the cursor, or the text where there is none, by rows."""

    def page(self, pages: float) -> None:
        """Move by pages: 1 is a page down, -0.5 half a page up."""
        self.move(round(pages * max(1, self.size.height - 1)))

    def sideways(self, cells: int) -> None:
        """Scroll by cells to the right, or to the left if negative."""

    def home(self) -> None:
        """Go to the first row."""

    def end(self) -> None:
        """Go to the last row."""

    def wheel(self, rows: int) -> None:
        """The mouse wheel turned by so many rows."""
        self.move(rows)

    # What it gets.

    def repaint(self, rows: Iterable[int] | None = None) -> None:
        """Draw rows again (all by default) and send the cells that changed."""
        width, height = self._extent = self.size
        if len(self._painted) != height:
            self._painted, self._sources = [None] * height, [None] * height
        regions = []
        for y in range(height) if rows is None else rows:
            if not 0 <= y < height:
                continue
            old, before = self._painted[y], self._sources[y]
            source = self._source(y)
            if source is before and old is not None and self._selected is None:
                continue
            new = self._finished(source, y)
            self._painted[y], self._sources[y] = new, source
            if old == new:
                continue
            spans = [(0, width)] if old is None else changed_cells(old, new, width)
            regions += [Region(start, y, end - start, 1) for start, end in spans]
        if regions:
            self.refresh(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Textual paints rows."""
        self._painting = True
        try:
            return super().render_lines(crop)
        finally:
            self._painting = False

    def render_line(self, y: int) -> Strip:
        """Textual asks for a row; outside of painting, to find what lies under the mouse."""
        found = self._row_painted(y)
        return found if self._painting else found.apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text that the user dragged over, as it is on the screen."""
        rows = [self._row_painted(y).text.rstrip() for y in range(self._extent[1])]
        # Selection splits lines by more than line ends; blank rows must count too.
        return selection.extract("\n".join(row or " " for row in rows)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """The user drags over text: only the cells that it gained or lost are sent."""
        self._selected = selection
        self._sources = [None] * len(self._sources)
        self.repaint()

    def _row_painted(self, y: int) -> Strip:
        if y >= len(self._painted):
            self._extent = self.size
            missing = [None] * (self._extent[1] - len(self._painted))
            self._painted.extend(missing)
            self._sources.extend(missing)
        if y >= len(self._painted):
            return Strip.blank(self._extent[0], self.palette.style("text"))
        found = self._painted[y]
        if found is None:
            source = self._sources[y] = self._source(y)
            found = self._painted[y] = self._finished(source, y)
        return found

    def on_resize(self, event: events.Resize) -> None:
        """All rows are drawn anew at another size."""
        self._painted, self._sources = [], []
        self._drawn.clear()
        self._extent = self.size
        self.laid_out()
        self.repaint()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows a notch."""
        event.stop()
        self.wheel(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows a notch."""
        event.stop()
        self.wheel(-3)

    def drawn(self, line: Line, *, selected: bool = False) -> Strip:
        """A line as a row of the widget's width; the same strip for the same line."""
        key = (line, selected)
        found = self._drawn.get(key)
        if found is None:
            if len(self._drawn) >= _DRAWN:
                self._drawn.clear()
            fill = self.palette.style("text", selected)
            strip = Strip(self.styled(line, selected=selected)).adjust_cell_length(self._extent[0], fill)
            found = self._drawn[key] = joined(strip)
        return found

    def styled(self, line: Line, *, selected: bool = False) -> list[Segment]:
        """A line's spans as segments."""
        style = self.palette.style
        return [Segment(text, style(role, selected)) for text, role in line]

    def blank(self, cells: int, *, selected: bool = False) -> Segment:
        """Empty cells."""
        return Segment(" " * cells, self.palette.style("text", selected))

    def _source(self, y: int) -> Strip:
        return self._notice_strip(y) if self.notice is not None else self.strip(y)

    def _finished(self, strip: Strip, y: int) -> Strip:
        if strip.cell_length != self._extent[0]:
            strip = joined(strip.adjust_cell_length(self._extent[0], self.palette.style("text")))
        span = None if self._selected is None else self._selected.get_span(y)
        return strip if span is None else _reversed(strip, *span)

    def _notice_strip(self, y: int) -> Strip:
        notice = self.notice
        assert notice is not None
        role: Role = "error" if notice.kind == "error" else "label"
        room = max(8, self.size.width - 2)
        rows = [Span(text, role) for text in wrap(notice.text, room)]
        rows += [Span(text, "faint") for text in wrap(notice.hint, room) if text]
        return self.drawn((Span(" "), rows[y]) if y < len(rows) else ())


def joined(strip: Strip) -> Strip:
    """A row in as few pieces as look the same: each costs the terminal some twenty bytes of colour.

    Spaces have no colour of their own: they join their neighbours where the background is the same.
    """
    segments: list[tuple[str, Style | None]] = []
    for text, style, _ in strip:
        if segments:
            before, had = segments[-1]
            if style is had or (text.isspace() and _like(style, had)):
                segments[-1] = (before + text, had)
                continue
            if before.isspace() and _like(had, style):
                segments[-1] = (before + text, style)
                continue
        segments.append((text, style))
    return Strip([Segment(text, style) for text, style in segments], strip.cell_length)


def _like(spaces: Style | None, style: Style | None) -> bool:
    """Whether spaces look the same in the other style."""
    if spaces is None or style is None:
        return spaces is style
    return spaces.bgcolor == style.bgcolor and not (spaces.reverse or style.reverse or style.underline)


def _reversed(strip: Strip, start: int, end: int) -> Strip:
    """A row with its characters [start, end) as selected; -1 is the row's end."""
    segments: list[Segment] = []
    at = 0
    for text, style, _ in strip:
        low = max(0, min(len(text), start - at))
        high = len(text) if end < 0 else max(low, min(len(text), end - at))
        for part, picked in ((text[:low], False), (text[low:high], True), (text[high:], False)):
            if part:
                segments.append(Segment(part, (style or Style()) + Style(reverse=True) if picked else style))
        at += len(text)
    return Strip(segments, strip.cell_length)


def changed_cells(old: Strip, new: Strip, width: int) -> list[tuple[int, int]]:
    """The columns [start, end) in which two rows differ; what lies close together is one piece."""
    before, after = _cells(old), _cells(new)
    if len(before) != width or len(after) != width:
        # A wide character may straddle any piece: the row goes as a whole.
        return [(0, width)]
    pieces: list[tuple[int, int]] = []
    for at in [at for at in range(width) if before[at] != after[at]]:
        if pieces and at - pieces[-1][1] < _CLOSE:
            pieces[-1] = (pieces[-1][0], at + 1)
        else:
            pieces.append((at, at + 1))
    return pieces


def _cells(strip: Strip) -> list[tuple[str, Style | None]]:
    """A row character by character, with the style of each."""
    return [(character, style) for text, style, _ in strip for character in text]
