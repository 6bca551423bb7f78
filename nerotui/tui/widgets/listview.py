"""A list with a cursor on an item: what tables and lists share."""

from __future__ import annotations

from textual import events
from textual.strip import Strip

from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.lineview import LineView


class ListView(LineView):
    """Items of one or more rows under `heading` fixed rows; the cursor is on one item and always in sight.

    A subclass says what the items are (`items`, `rows_of`, `item_at`, `rows`), draws a row, and hears of moves in
    `cursor_moved`. It keeps the cursor on the same thing when items change: it sets `cursor` before `settle()`.
    """

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self.cursor = 0
        self.top = 0
        self.heading = 0

    # What a subclass says.

    def items(self) -> int:
        """How many items there are."""
        raise NotImplementedError

    def rows(self) -> int:
        """How many rows all items take."""
        return self.items()

    def rows_of(self, item: int) -> tuple[int, int]:
        """The rows [start, end) of an item."""
        return item, item + 1

    def item_at(self, row: int) -> int:
        """The item that a row belongs to."""
        return row

    def heading_strip(self, y: int) -> Strip:
        """A row of the heading."""
        raise NotImplementedError

    def row_strip(self, row: int, *, selected: bool) -> Strip:
        """A row of the list."""
        raise NotImplementedError

    def cursor_moved(self) -> None:
        """The cursor came to another item by the user's doing."""

    def opened(self) -> None:
        """The item under the cursor was clicked twice."""

    # What it gets.

    def strip(self, y: int) -> Strip:
        """The visible row `y`."""
        if y < self.heading:
            return self.heading_strip(y)
        row = self.top + y - self.heading
        if row >= self.rows():
            return self.drawn(())
        return self.row_strip(row, selected=self.item_at(row) == self.cursor)

    def room(self) -> int:
        """Rows on screen below the heading."""
        return max(1, self.size.height - self.heading)

    def settle(self) -> None:
        """Items changed: bring cursor and view within them and draw."""
        self.cursor = max(0, min(self.cursor, self.items() - 1))
        self._reveal()
        self.repaint()

    def laid_out(self) -> None:
        """Keep the cursor in sight at another size."""
        self._reveal()

    def move(self, rows: int) -> None:
        """Move the cursor by items."""
        self.put_cursor(self.cursor + rows)

    def page(self, pages: float) -> None:
        """Move the cursor by pages."""
        if not self.items():
            return
        start, end = self.rows_of(self.cursor)
        # A whole page keeps one item of the last one in sight.
        page = self.room() - (end - start) if abs(pages) >= 1 else self.room()
        self.put_cursor(self.item_at(max(0, min(self.rows() - 1, start + round(pages * page)))))

    def home(self) -> None:
        """Put the cursor on the first item."""
        self.put_cursor(0)

    def end(self) -> None:
        """Put the cursor on the last item."""
        self.put_cursor(self.items() - 1)

    def wheel(self, rows: int) -> None:
        """Move by items: the cursor stays in sight, and what is under it is what keys act upon."""
        self.move(rows // 3)

    def put_cursor(self, item: int) -> None:
        """Put the cursor on an item, the nearest there is, and bring it in sight."""
        if not self.items():
            return
        item = max(0, min(item, self.items() - 1))
        if item == self.cursor:
            return
        before = self.rows_of(self.cursor) if self.cursor < self.items() else (0, 0)
        self.cursor = item
        if self._reveal():
            self.repaint()
        else:
            shift = self.heading - self.top
            self.repaint(row + shift for start, end in (before, self.rows_of(item)) for row in range(start, end))
        self.cursor_moved()

    def on_click(self, event: events.Click) -> None:
        """A click selects, a second one opens."""
        row = self.top + event.y - self.heading
        if event.y < self.heading or row >= self.rows() or self.notice is not None:
            return
        self.put_cursor(self.item_at(row))
        if event.chain == 2:
            self.opened()

    def _reveal(self) -> bool:
        """Scroll as little as it takes to see the cursor's item; whether the view moved."""
        room, before = self.room(), self.top
        start, end = self.rows_of(self.cursor) if self.items() else (0, 1)
        if end > self.top + room:
            self.top = end - room
        if start < self.top:
            self.top = start
        self.top = max(0, min(self.top, self.rows() - room))
        return self.top != before
