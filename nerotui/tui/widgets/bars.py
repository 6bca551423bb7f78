"""The first line and the last one."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip

from nerotui.core.text import clean
from nerotui.core.views.cells import cut, width
from nerotui.core.views.header import HeaderView
from nerotui.core.views.spans import Role, plain
from nerotui.tui.palette import DEFAULT, Palette
from nerotui.tui.widgets.lineview import LineView


class HeaderLine(LineView):
    """The first line: name, what is watched, what needs attention."""

    DEFAULT_CSS = """
    HeaderLine { height: 1; }
    """

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self._view = HeaderView(brand="nerotui", left=(), right=())

    def show(self, view: HeaderView) -> None:
        """Show this."""
        if view != self._view:
            self._view = view
            self.repaint()

    def strip(self, y: int) -> Strip:
        """The line; what is watched gives way before what needs attention."""
        view, cells = self._view, self.size.width
        brand = f" {view.brand} "
        right = self.styled(view.right)
        free = cells - len(brand) - 1 - width(plain(view.right)) - 2
        left = cut(plain(view.left), max(0, free), self.palette.glyphs.ellipsis)
        gap = cells - len(brand) - 1 - width(left) - width(plain(view.right)) - 1
        return Strip(
            [
                Segment(brand, self.palette.style("brand")),
                self.blank(1),
                Segment(left, self.palette.style("text")),
                self.blank(max(1, gap)),
                *right,
            ]
        )


class FooterLine(LineView):
    """The last line: the keys that work now, as many as fit; or a message in their place for a while."""

    DEFAULT_CSS = """
    FooterLine { height: 1; }
    """

    def __init__(self, *, palette: Palette = DEFAULT, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(palette=palette, id=id, classes=classes)
        self._keys: tuple[tuple[str, str], ...] = ()
        self._said: tuple[str, Role] = ("", "text")

    def show(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show (key, word) pairs, most wanted first; the last one given is kept when the line is short."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.repaint()

    def say(self, text: str, role: Role = "text") -> None:
        """Show a sentence instead of the keys; "" brings the keys back."""
        self._said = clean(text), role
        self.repaint()

    def strip(self, y: int) -> Strip:
        """The line."""
        text, role = self._said
        if text:
            said = cut(text, max(0, self.size.width - 2), self.palette.glyphs.ellipsis)
            return Strip([self.blank(1), Segment(said, self.palette.style(role))])
        segments = [self.blank(1)]
        for key, word in fitting_keys(self._keys, self.size.width - 1):
            segments += [
                Segment(key, self.palette.style("key")),
                Segment(f" {word}  ", self.palette.style("label")),
            ]
        return Strip(segments)


def fitting_keys(keys: Sequence[tuple[str, str]], cells: int) -> list[tuple[str, str]]:
    """The first pairs that fit into `cells` beside the last one."""

    def taken(pair: tuple[str, str]) -> int:
        return width(pair[0]) + 1 + width(pair[1]) + 2

    if not keys:
        return []
    *others, last = keys
    free = cells - taken(last) + 2
    chosen = []
    for pair in others:
        if taken(pair) > free:
            break
        free -= taken(pair)
        chosen.append(pair)
    return [*chosen, last]
