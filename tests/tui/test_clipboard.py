"""Copying says where the text went, puts it into a real tmux's buffer, and never sends more than terminals take."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.tui.clipboard import LIMIT, TooLong, copy, encoded
from tests.tui.e2e.terminal import needs_tmux


async def test_outside_tmux_the_terminal_is_asked() -> None:
    written: list[str] = []
    where = await copy("wd 5e-4 ü\nline", written.append, {})
    assert where == "to the terminal's clipboard (OSC 52)"
    [sequence] = written
    assert sequence.startswith("\x1b]52;c;")
    assert sequence.endswith("\a")
    assert base64.b64decode(sequence[7:-1]).decode() == "wd 5e-4 ü\nline"


async def test_what_is_too_long_is_refused_whole() -> None:
    fits = "x" * (LIMIT // 4 * 3 - 3)
    assert len(encoded(fits)) <= LIMIT
    written: list[str] = []
    with pytest.raises(TooLong, match=":w FILE"):
        await copy(fits + "more", written.append, {})
    assert written == []


def ask(socket: str, *arguments: str) -> str:
    """What a tmux command prints."""
    done = subprocess.run(
        ["tmux", "-S", socket, "-f", "/dev/null", *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    socket = f"/tmp/nerotui-copy-{os.getpid()}-{tmp_path.name[-20:]}"
    ask(socket, "new-session", "-d", "sleep 60")
    monkeypatch.setenv("TMUX", f"{socket},1,0")
    yield socket
    ask(socket, "kill-server")


@needs_tmux
@pytest.mark.tmux
@pytest.mark.parametrize(("setting", "words"), [("external", "and the outer"), ("off", "set-clipboard is off")])
async def test_in_tmux_the_buffer_has_it(tmux: str, setting: str, words: str) -> None:
    ask(tmux, "set-option", "-g", "set-clipboard", setting)
    written: list[str] = []
    where = await copy("k3f9ab2c\n$(reboot) \x1b[31m", written.append)
    assert "tmux's buffer" in where
    assert words in where
    assert ask(tmux, "show-buffer") == "k3f9ab2c\n$(reboot) \x1b[31m"
    assert len(written) == 1
