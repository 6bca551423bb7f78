"""The terminal itself: what Textual has no word for. The one place that touches its driver."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Callable
from typing import Any

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.app import App

#: Seconds that leaving may take before it is done by force: a terminal that is gone can block a writer for ever.
PATIENCE = 8.0

_MOUSE_MODES = (1000, 1003, 1015, 1006)


class Terminal:
    """The terminal that an app draws on.

    Args:
        app: the running app.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    def write(self, data: str) -> None:
        """Writes a control sequence between two frames; does nothing without a terminal."""
        driver = self._app._driver
        if driver is not None and not self._app.is_headless:
            driver.write(data)

    def mouse(self, on: bool) -> None:
        """Asks for mouse events, or leaves the mouse to the terminal."""
        self.write("".join(f"\x1b[?{mode}{'h' if on else 'l'}" for mode in _MOUSE_MODES))


def after_escape(key: str, character: str | None) -> str | None:
    """The key that came right after Esc, where Textual took the two for one; None for any other key.

    It reads them as Alt and a key, or as what macOS types with Option and that key.
    """
    if key.startswith("alt+"):
        rest = key.removeprefix("alt+")
        return rest.removeprefix("shift+").upper() if rest.startswith("shift+") and len(rest) == 7 else rest
    return _OPTION.get(character or "")


#: What macOS types with Option: the character, and the key it was typed with.
_OPTION = {
    typed: sequence[1]
    for sequence, typed in ANSI_SEQUENCES_KEYS.items()
    if isinstance(typed, str) and len(sequence) == 2 and sequence[0] == "\x1b"
}


def watch_hangup(gone: Callable[[], object]) -> None:
    """Calls `gone`, from a thread of its own, when the terminal's other end is closed. Costs nothing until then."""
    descriptor = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
    if descriptor < 0 or not os.isatty(descriptor):
        return

    def wait() -> None:
        poll = select.poll()
        poll.register(descriptor, 0)  # a hang-up is reported without being asked for
        poll.poll()
        gone()

    threading.Thread(target=wait, name="terminal hang-up", daemon=True).start()


def end_by_force() -> None:
    """Ends this process a few seconds from now, whatever holds it up by then."""
    timer = threading.Timer(PATIENCE, os._exit, (1,))
    timer.daemon = True
    timer.start()
