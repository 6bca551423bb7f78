"""Parts of the selected run's log that are not held: fetched, searched and counted on its host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nerotui.tui.widgets.log import LogView

if TYPE_CHECKING:
    from nerotui.tui.screens.main import MainScreen


class LogReading:
    """Answers what the log view asks for. An answer for a run that or file that is no longer shown is dropped.

    Attributes:
        counted: whether the lines of the present log were asked for.
    """

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self.counted = False

    async def fetch(self, wanted: LogView.Wanted) -> None:
        """Reads the bytes that the view lacks."""
        screen, run = self._screen, self._screen.selected
        shown = screen.bridge.log_path
        if run is None:
            return
        data, size = await screen.bridge.read_log(run.id, wanted.start, wanted.end - wanted.start)
        if (run.id, shown) == (screen.table.run, screen.bridge.log_path):
            screen.log_view.fill(data, wanted.start, size=size, target=wanted.target)

    async def search_on(self, search: LogView.SearchOn) -> None:
        """Lets the host search on from where the bytes held end."""
        screen, run = self._screen, self._screen.selected
        shown = screen.bridge.log_path
        if run is None:
            return
        screen.say("Searching the rest of the log on its host…")
        found = await screen.bridge.find_in_log(
            run.id,
            search.pattern,
            offset=search.offset,
            direction="back" if search.back else "forward",
            regex=search.regex,
            ignore_case=search.pattern == search.pattern.lower(),
            errors=search.errors,
        )
        if (run.id, shown) != (screen.table.run, screen.bridge.log_path):
            return
        if found is None:
            screen.say(nothing_found(search.errors, search.back))
        else:
            screen.say("")
            screen.log_view.go_to(*found)

    async def count(self) -> None:
        """Asks how many lines the log has, where only its end is held."""
        screen, run = self._screen, self._screen.selected
        self.counted = True
        if run is not None:
            line = await screen.bridge.log_line(run.id, screen.log_view.held[1])
            if run.id == screen.table.run and line.exact:
                screen.log_view.say_lines(line.total)


def nothing_found(errors: bool, back: bool) -> str:
    """What is said when a search comes to the end of the log."""
    return f"No {'error' if errors else 'hit'} {'further up' if back else 'further down'}."
