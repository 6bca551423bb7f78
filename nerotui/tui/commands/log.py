"""Searching, following and keeping the log."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from nerotui.core.views import format as fmt
from nerotui.errors import RunError, UsageError
from nerotui.tui.screens.reading import nothing_found

if TYPE_CHECKING:
    from nerotui.tui.screens.main import MainScreen

#: Bytes read from the host at a time when a log is written to a file.
PIECE = 1 << 20


class LogCommands:
    """What the log pane does."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def do_search(self, argument: str) -> None:
        """Opens the line for typing: a search in the log, a filter elsewhere."""
        self._screen.entry.open(argument)

    def do_next_hit(self, argument: str) -> None:
        """The next hit."""
        self._seek(errors=False, back=False)

    def do_previous_hit(self, argument: str) -> None:
        """The hit before."""
        self._seek(errors=False, back=True)

    def do_next_error(self, argument: str) -> None:
        """The next error."""
        self._seek(errors=True, back=False)

    def do_previous_error(self, argument: str) -> None:
        """The error before."""
        self._seek(errors=True, back=True)

    def _seek(self, *, errors: bool, back: bool) -> None:
        screen, view = self._screen, self._screen.log_view
        if not errors and not screen.entry.searching:
            screen.say("Nothing is searched for: / begins a search.")
            return
        before = view.window.hit
        if errors:
            view.next_error(back=back)
        else:
            view.next_hit(back=back)
        if view.window.hit == before:
            screen.say(nothing_found(errors, back))

    def do_follow(self, argument: str) -> None:
        """Follows, or stops."""
        view = self._screen.log_view
        view.set_follow(not view.following)

    def do_wrap(self, argument: str) -> None:
        """Wraps long lines, or not."""
        self._screen.log_view.toggle_wrap()

    def do_times(self, argument: str) -> None:
        """Shows when lines were seen, or not."""
        self._screen.log_view.toggle_times()

    async def do_stream(self, argument: str) -> None:
        """The next of what there is to read of the run: its log, then what its program reported."""
        screen, run = self._screen, self._screen.selected
        if run is None:
            raise UsageError("No run is selected")
        files = await screen.bridge.log_files(run)
        if run.id != screen.table.run:
            return
        if len(files) == 1:
            screen.say("This run has one log: stdout and stderr in the order in which they were printed.")
            return
        at = next((index for index, (_, path) in enumerate(files) if path == screen.bridge.log_path), 0)
        screen.bridge.show_file(*files[(at + 1) % len(files)])
        screen.painting.log()

    async def do_write(self, argument: str) -> None:
        """Writes the whole log to a file on this machine."""
        screen, run = self._screen, self._screen.selected
        if run is None:
            raise UsageError("No run is selected")
        if not argument:
            raise UsageError("`:w` needs the name of a file", hint="`:w run.log` writes the selected run's log there")
        offset = 0
        try:
            path, file = await asyncio.to_thread(_opened, argument, f"{run.id}.log")
            with file:
                while True:
                    data, size = await screen.bridge.read_log(run.id, offset, PIECE)
                    await asyncio.to_thread(file.write, data)
                    offset += len(data)
                    if not data or offset >= size:
                        break
        except FileExistsError as error:
            raise UsageError(f"{argument} exists already", hint="nothing was written; give another name") from error
        except OSError as error:
            raise RunError(f"{argument} cannot be written: {error.strerror}") from error
        what = f"What {run.name} {screen.bridge.log_name}" if screen.bridge.log_name else f"The log of {run.name}"
        screen.tell(f"{what} is in {path} ({fmt.size(offset)}).", run)


def _opened(name: str, default: str) -> tuple[Path, BinaryIO]:
    """A new file of this name, or with the default name in this folder."""
    path = Path(name).expanduser()
    if path.is_dir():
        path /= default
    return path, path.open("xb")
