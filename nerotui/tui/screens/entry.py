"""The line for typing in place of the footer: a live filter for lists, a search for the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Input

from nerotui.tui.screens.field import Field

if TYPE_CHECKING:
    from nerotui.tui.screens.main import MainScreen


class Entry(Field):
    """Takes what is typed after `/`. Enter keeps it, Esc takes it back.

    Args:
        screen: whose panes are filtered and searched.
    """

    DEFAULT_CSS = """
    Entry {
        display: none; dock: bottom; height: 1; border: none; padding: 0 1; background: $panel;
        &:focus { border: none; background: $panel; background-tint: transparent; }
    }
    """

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(id="entry")
        self._screen = screen
        self._before = ""
        self._pattern = ""

    @property
    def searching(self) -> bool:
        """Whether the log shows the hits of a search."""
        return bool(self._pattern)

    def open(self, text: str = "") -> None:
        """Opens the line for the focused pane, with what holds there now; a text given is taken at once."""
        looking, screen = self._screen.looking, self._screen
        looking.typing = "search" if looking.focus == "log" else "filter"
        if looking.focus not in ("log", "hosts", "runs"):
            looking.look_at("runs")
            screen.rearrange()
        if looking.typing == "search":
            self._before = self._pattern
            self.placeholder = "search the log; /expression/ for a regular one; n and N go on"
        else:
            self._before = looking.host_filter if looking.focus == "hosts" else screen.painting.list.filter_text
            self.placeholder = "filter; !word leaves out; /expression/"
        if text:
            self._take(text)
            self._done()
            return
        with self.prevent(Input.Changed):
            self.value = self._before
        self.cursor_position = len(self.value)
        self.display = True
        self._screen.set_focus(self)

    def cancel(self) -> None:
        """Takes back what was typed."""
        if self._screen.looking.typing == "filter":
            self._take("" if self.value == self._before else self._before)
        self._done()

    def forget_search(self) -> None:
        """Ends the search."""
        self._take_search("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters as is typed; a search waits for Enter."""
        event.stop()
        if self._screen.looking.typing == "filter":
            self._take(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keeps it."""
        event.stop()
        self._take(event.value)
        self._done()

    async def on_key(self, event: events.Key) -> None:
        """Backspace on an empty line leaves it; up and down move the list under the filter."""
        if event.key == "backspace" and not self.value:
            event.stop()
            event.prevent_default()
            self.cancel()
        elif event.key in ("up", "down") and self._screen.looking.typing == "filter":
            event.stop()
            event.prevent_default()
            self._screen.bodies[self._screen.looking.focus].move(1 if event.key == "down" else -1)

    def on_blur(self, event: events.Blur) -> None:
        """A click elsewhere keeps it too."""
        if self._screen.looking.typing is not None and self._screen.app.app_focus:
            self._done()

    def _take(self, text: str) -> None:
        screen, looking = self._screen, self._screen.looking
        if looking.typing == "search":
            self._take_search(text)
        elif looking.focus == "hosts":
            looking.host_filter = text
            screen.painting.hosts()
        else:
            screen.painting.list.arrange(filter_text=text)
            screen.painting.runs()

    def _take_search(self, text: str) -> None:
        screen = self._screen
        regex = len(text) > 1 and text.startswith("/")
        pattern = text[1:].removesuffix("/") if regex else text
        try:
            screen.log_view.search(pattern, regex=regex)
        except ValueError as error:
            screen.say(str(error), "failed")
            return
        self._pattern = text
        if pattern:
            # From the end, the newest hit is meant; from a place read, what comes after it.
            screen.log_view.next_hit(back=screen.log_view.following)

    def _done(self) -> None:
        self._screen.looking.typing = None
        self.display = False
        self._screen.rearrange()
        self._screen.free.set()
