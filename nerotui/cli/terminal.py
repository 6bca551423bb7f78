"""What the terminal can do, for the doctor: type, colours, characters, tmux's settings, synchronised updates."""

import locale
import os
import re
import select
import shutil
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Iterator, Mapping

from nerotui.cli.check import Check

#: Seconds to wait for the terminal's answer to a question.
ANSWER = 0.4


def checks(environ: Mapping[str, str] = os.environ) -> Iterator[Check]:
    """Looks at everything that decides how the console looks and copies."""
    term = environ.get("TERM", "")
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if not interactive:
        yield Check("terminal", "note", "none here: commands work, the console needs one")
    if term in ("", "dumb", "unknown"):
        yield Check("TERM", "note", term or "not set", "The console needs a terminal type such as xterm-256color.")
    else:
        yield Check("TERM", "ok", term)
    yield _colours(term, environ)
    yield _characters(environ)
    if interactive:
        columns, lines = shutil.get_terminal_size()
        small = columns < 80 or lines < 24
        hint = "Below 80×24 not all panes fit." if small else ""
        yield Check("size", "note" if small else "ok", f"{columns}×{lines}", hint)
        yield _synchronised()
    if environ.get("TMUX"):
        yield from _tmux()
    elif environ.get("STY"):
        yield Check(
            "screen", "note", "GNU screen passes no clipboard on", "Copied text stays in the console's own buffer."
        )


def _colours(term: str, environ: Mapping[str, str]) -> Check:
    if environ.get("NO_COLOR"):
        return Check("colours", "ok", "none: NO_COLOR is set")
    more = f", COLORTERM={environ['COLORTERM']}" if environ.get("COLORTERM") else ""
    if environ.get("COLORTERM") in ("truecolor", "24bit"):
        return Check("colours", "ok", "16 million" + more)
    if "256color" in term:
        return Check("colours", "ok", "256" + more)
    hint = "If the terminal has 256, say so: export TERM=xterm-256color (in tmux: default-terminal tmux-256color)."
    return Check("colours", "note", "16 or fewer, as TERM says" + more, hint)


def _characters(environ: Mapping[str, str]) -> Check:
    encoding = locale.getpreferredencoding(False)
    said = next((f"{name}={environ[name]}" for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "no LANG")
    if encoding.lower().replace("-", "") == "utf8":
        return Check("characters", "ok", f"{encoding} ({said})")
    hint = "export LANG=C.UTF-8 brings lines and braille curves; nerotui --ascii does without."
    return Check("characters", "note", f"{encoding} ({said})", hint)


def _synchronised() -> Check:
    """Asks the terminal whether it can hold back half-drawn frames (DEC private mode 2026)."""
    answer = ask_terminal(b"\x1b[?2026$p\x1b[c", rb"\x1b\[\?[\d;]*c")
    if re.search(rb"\x1b\[\?2026;[123]\$y", answer):
        return Check("updates", "ok", "synchronised: no half-drawn frame is ever seen")
    return Check("updates", "ok", "not synchronised by this terminal; the console keeps each update small")


def ask_terminal(question: bytes, end: bytes) -> bytes:
    """Sends a question to the terminal and returns what it answers until the pattern `end`, or until it is late."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return b""
    answer = b""
    try:
        before = termios.tcgetattr(terminal)
        tty.setcbreak(terminal, termios.TCSANOW)
        try:
            os.write(terminal, question)
            deadline = time.monotonic() + ANSWER
            while not re.search(end, answer) and (rest := deadline - time.monotonic()) > 0:
                if select.select([terminal], [], [], rest)[0]:
                    answer += os.read(terminal, 1024)
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
    except termios.error:
        return answer
    finally:
        os.close(terminal)
    return answer


def _tmux() -> Iterator[Check]:
    def option(name: str) -> str | None:
        try:
            done = subprocess.run(
                ["tmux", "show", "-Agv", name], capture_output=True, text=True, timeout=2, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    clipboard = option("set-clipboard")
    if clipboard is None:
        yield Check("tmux", "note", "does not answer")
        return
    passthrough = option("allow-passthrough")
    if clipboard == "on":
        yield Check("tmux set-clipboard", "ok", "on: copied text reaches the terminal's clipboard")
    else:
        yield Check(
            "tmux set-clipboard",
            "note",
            f"{clipboard}: copied text reaches tmux's buffer (paste with prefix ])",
            "tmux set -g set-clipboard on brings it to the terminal's clipboard too.",
        )
    yield Check("tmux allow-passthrough", "ok", passthrough or "unknown to this tmux")
    focus = option("focus-events")
    hint = "" if focus == "on" else "tmux set -g focus-events on lets the console rest while its window is hidden."
    yield Check("tmux focus-events", "ok" if focus == "on" else "note", focus or "unknown", hint)
