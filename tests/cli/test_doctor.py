"""The doctor names what is wrong, how far the way to a host goes, and what to do."""

import json
import platform
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nerotui.cli.commands.doctor import _host
from nerotui.core.records import Partition
from tests.cli.conftest import ROOT, Nerotui
from tests.cli.records import a_host
from tests.cli.terminal import Terminal


@pytest.fixture
def config(home: Path) -> Path:
    path = home / ".config/nerotui/config.toml"
    path.parent.mkdir(parents=True)
    return path


def checks(nerotui: Nerotui, code: int, *argv: str) -> dict[tuple[str, str], tuple[str, str]]:
    done = nerotui("doctor", "--json", *argv)
    assert (done.code, done.err) == (code, "")
    return {(c["group"], c["name"]): (c["verdict"], c["text"]) for c in json.loads(done.out)["checks"]}


def test_all_well_on_this_machine(nerotui: Nerotui) -> None:
    found = checks(nerotui, 0)
    assert found["host local", "agent"][0] == "ok"
    assert f" on Python {platform.python_version()}, " in found["host local", "agent"][1]
    assert found["host local", "root"][1].endswith("can be written")
    assert "psutil" in found["host local", "numbers"][1]
    assert "only this machine" in found["files", "configuration"][1]
    assert "bad" not in {verdict for verdict, _ in found.values()}


def test_the_way_to_a_host_step_by_step(nerotui: Nerotui, config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        config.write_text(
            '[hosts.shut]\naddress = "127.0.0.1"\nport = 1\n[hosts.noname]\naddress = "no.such.name.invalid"\n'
            f'[hosts.silent]\naddress = "127.0.0.1"\nport = {port}\n'
        )
        found = checks(nerotui, 3, "--timeout", "3", "--host", "shut", "--host", "noname", "--host", "silent")
    assert found["host shut", "port"] == ("bad", "127.0.0.1 port 1: connection refused")
    assert found["host noname", "address"][0] == "bad"
    assert ("host noname", "port") not in found
    assert found["host silent", "port"][0] == "ok"
    assert found["host silent", "greeting"][0] == "bad"
    assert {found[f"host {name}", "agent"][0] for name in ("shut", "noname", "silent")} == {"bad"}


def test_a_broken_file_is_exit_2(nerotui: Nerotui, config: Path) -> None:
    config.write_text("[hosts.a\n")
    assert checks(nerotui, 2)["files", "configuration"][0] == "bad"


def test_a_root_that_cannot_be_written_is_bad_but_watched(nerotui: Nerotui, config: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config.write_text(f'[hosts.local]\nroot = "{tmp_path}/file/root"\n')
    found = checks(nerotui, 1)
    assert found["host local", "root"][0] == "bad"
    assert found["host local", "agent"][0] == "ok"


def test_for_a_person_it_says_what_to_do(nerotui: Nerotui, config: Path) -> None:
    config.write_text('[hosts.shut]\naddress = "127.0.0.1"\nport = 1\n')
    done = nerotui("doctor")
    assert done.code == 3
    assert "\nhost shut\n" in done.out
    assert "  BAD   port: " in done.out
    assert "Is the machine on" in done.out


def test_on_a_terminal_it_asks_the_terminal_and_leaves_it_as_it_was() -> None:
    with Terminal("doctor", "--host", "local") as terminal:
        terminal.until("\x1b[?2026$p\x1b[c")
        terminal.type("\x1b[?2026;2$y\x1b[?62;c")
        terminal.until("80×24")
        terminal.until("half-drawn frame is ever seen")
        assert terminal.end()[0] == 0
        assert terminal.echoes()


@pytest.mark.tmux
def test_in_tmux_it_tells_what_tmux_does_with_the_clipboard(tmp_path: Path) -> None:
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux")
    out = tmp_path / "out"
    command = f"PYTHONPATH={ROOT} {sys.executable} -m nerotui doctor --host local > {out} 2>&1; echo done >> {out}"
    tmux = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    subprocess.run([*tmux, "new-session", "-d", "-x", "100", "-y", "40", "bash", "-c", command], check=True)
    try:
        deadline = time.monotonic() + 30
        while not (out.exists() and out.read_text().endswith("done\n")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)
    text = out.read_text()
    assert "tmux set-clipboard: external" in text
    assert "tmux focus-events: off" in text
    assert "tmux allow-passthrough" in text


@pytest.mark.parametrize(
    ("fields", "verdict", "words"),
    [
        ({"partitions": (Partition(name="gpu"), Partition(name="short"))}, "ok", "tells of your jobs, and of 2 part"),
        ({}, "note", "not of what is free"),
        ({"jobs_note": "Slurm does not answer: timed out"}, "bad", "Slurm does not answer"),
    ],
)
def test_whether_a_scheduler_answers(fields: dict[str, Any], verdict: str, words: str) -> None:
    found = {check.name: check for check in _host(a_host(backend="slurm", **fields), late=False)}
    assert found["scheduler"].verdict == verdict
    assert words in found["scheduler"].text
    assert "scheduler" not in {check.name for check in _host(a_host(), late=False)}
