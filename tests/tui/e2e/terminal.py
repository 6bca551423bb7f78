"""A real terminal for tests: one tmux server of its own, one window, driven by keys and read as a screen."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

#: What tmux's send-keys calls the keys that Textual names so.
TMUX_NAMES = {
    "escape": "Escape",
    "enter": "Enter",
    "tab": "Tab",
    "shift+tab": "BTab",
    "space": "Space",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
    "pageup": "PageUp",
    "pagedown": "PageDown",
    "f1": "F1",
    "f5": "F5",
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "minus": "-",
    "equals_sign": "=",
    "plus": "+",
    "underscore": "_",
    "exclamation_mark": "!",
    "comma": ",",
    "full_stop": ".",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def tmux_key(key: str) -> str:
    """tmux's name of a key that Textual calls `key`."""
    return f"C-{key.removeprefix('ctrl+')}" if key.startswith("ctrl+") else TMUX_NAMES.get(key, key)


class Timeout(AssertionError):
    """What was waited for did not come; the message has the screen."""


class Terminal:
    """A program in a tmux window. Use it as a context manager.

    Args:
        argv: the program.
        env: its environment, whole.
        size: columns and rows.
        folder: for the server's socket; its path must be short (a socket's name has 107 bytes).
        cwd: where the program starts.
        options: tmux options set before it starts.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        size: tuple[int, int] = (120, 40),
        *,
        cwd: Path | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.argv = list(argv)
        self._env = {**env, "TERM": "xterm-256color"}
        self._size = size
        self._cwd = cwd
        self._options = {"escape-time": "0", **(options or {})}
        self._socket = Path("/tmp") / f"nerotui-{uuid.uuid4().hex[:12]}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def tmux(self, *arguments: str) -> str:
        """What a tmux command prints."""
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", "/dev/null", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={key: value for key, value in self._env.items() if key != "TMUX"},
            timeout=20,
        )
        if done.returncode:
            raise RuntimeError(f"tmux {shlex.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def start(self) -> None:
        """Starts server, shell and program; the shell stays, so that what the program leaves behind can be seen."""
        columns, rows = self._size
        self.tmux(
            "new-session", "-d", "-x", str(columns), "-y", str(rows), "-c", str(self._cwd or Path.cwd()), "/bin/sh",
        )  # fmt: skip
        for option, value in self._options.items():
            self.tmux("set-option", "-g", option, value)
        self.type("PS1='ready$ '; clear; stty -a | tr ';' '\\n' | grep -c . >/dev/null; exec 2>&1\n")
        self.wait_for("ready$")
        self.run(self.argv)

    def run(self, argv: Sequence[str]) -> None:
        """Starts a program from the shell."""
        self.type(f'{shlex.join(argv)}; echo "left with $?"\n')

    def type(self, text: str) -> None:
        """Types text as it is; a line's end is Enter."""
        for part in re.split(r"(\n)", text):
            if part == "\n":
                self.tmux("send-keys", "Enter")
            elif part:
                self.tmux("send-keys", "-l", "--", part)

    def send(self, *keys: str) -> None:
        """Presses keys, by Textual's names."""
        for key in keys:
            self.tmux("send-keys", "--", tmux_key(key))

    def screen(self) -> str:
        """The characters on the screen."""
        return self.tmux("capture-pane", "-p")

    def colours(self) -> str:
        """The screen with its colours as escape sequences."""
        return self.tmux("capture-pane", "-p", "-e")

    def wait_for(
        self, wanted: str | re.Pattern[str] | Callable[[str], object], timeout: float = 20.0, *, gone: bool = False
    ) -> str:
        """Waits until the screen shows a text, matches an expression or satisfies a test; or, with `gone`, no longer.

        Returns:
            The screen.
        """
        deadline = time.monotonic() + timeout
        while True:
            screen = self.screen()
            if isinstance(wanted, str):
                found = wanted in screen
            elif isinstance(wanted, re.Pattern):
                found = wanted.search(screen) is not None
            else:
                found = bool(wanted(screen))
            if found != gone:
                return screen
            if time.monotonic() > deadline:
                what = getattr(wanted, "__name__", wanted)
                raise Timeout(f"{what!r} {'did not go' if gone else 'did not come'} within {timeout} s:\n{screen}")
            time.sleep(0.05)

    def resize(self, columns: int, rows: int) -> None:
        """Gives the window another size."""
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def pid(self) -> int:
        """The process id of the program: the first below the pane that is no shell."""
        level = [self.tmux("display-message", "-p", "#{pane_pid}").strip()]
        while level:
            below: list[str] = []
            for pid in level:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
                if command.rpartition(b"/")[2] not in (b"sh", b"-sh", b"dash"):
                    return int(pid)
                below += Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
            level = below
        raise AssertionError("the program is not running")

    def modes(self) -> dict[str, bool]:
        """What the program switched on in the terminal: alternate screen, mouse, hidden cursor."""
        flags = self.tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}").split()
        return {"alternate": flags[0] == "1", "mouse": flags[1] == "1", "cursor": flags[2] == "1"}

    def close(self) -> None:
        """Ends the server and all in it."""
        try:
            server = self.tmux("display-message", "-p", "#{pid}").strip()
            self.tmux("kill-server")
        except (RuntimeError, subprocess.TimeoutExpired):
            return
        deadline = time.monotonic() + 10
        while Path(f"/proc/{server}").exists():
            if time.monotonic() > deadline:
                os.kill(int(server), signal.SIGKILL)
                break
            time.sleep(0.05)
        self._socket.unlink(missing_ok=True)
