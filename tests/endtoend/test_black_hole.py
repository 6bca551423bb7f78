"""Three good hosts and one that swallows everything: the good ones are as good as without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rigs.faulty import black_hole
from tests.rigs.sshd import SshFarm, start_farm
from tests.tui.e2e.terminal import Terminal

GOOD = ("a", "b", "c")
NEROTUI = (sys.executable, "-m", "nerotui")

pytestmark = pytest.mark.sshd


@pytest.fixture
def farm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshFarm]:
    """Three sshds, and "hole", which takes connections and never says a word."""
    with start_farm(tmp_path / "sshd", GOOD) as farm, black_hole() as (address, port):
        farm.alias("hole", farm.hosts["a"], HostName=address, Port=port)
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        yield farm


def configure(farm: SshFarm, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    path = farm.nerotui_config(farm.folder / "-".join(names) / "config.toml", {name: {} for name in names})
    monkeypatch.setenv("NEROTUI_CONFIG", str(path))


def once(*names: str) -> tuple[int, dict[str, Any], float]:
    """Exit code, what was printed, and seconds, of `--once --json` on some hosts."""
    hosts = [word for name in names for word in ("--host", name)]
    began = time.monotonic()
    done = subprocess.run(
        [*NEROTUI, "--once", "--json", "--timeout", "5", *hosts], capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout), time.monotonic() - began


def test_a_snapshot_prints_all_four_and_says_that_one_did_not_answer(
    farm: SshFarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(farm, monkeypatch, *GOOD, "hole")
    code, printed, took = once(*GOOD, "hole")
    assert code == 3
    hosts = {host["name"]: host for host in printed["hosts"]}
    assert list(hosts) == [*GOOD, "hole"]
    for name in GOOD:
        assert hosts[name]["state"] == "up"
        assert hosts[name]["cpu_percent"] is not None
        assert hosts[name]["memory"]["total"] > 0
    assert hosts["hole"]["state"] in ("down", "connecting")
    assert hosts["hole"]["error"]
    code, printed, alone = once(*GOOD)
    assert code == 0
    assert [host["state"] for host in printed["hosts"]] == ["up"] * 3
    print(f"four hosts, one a black hole: {took:.2f} s; the three good ones: {alone:.2f} s")


@pytest.mark.tmux
def test_the_console_is_there_at_once_and_its_good_hosts_live(farm: SshFarm, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(farm, monkeypatch, *GOOD, "hole")
    with Terminal([*NEROTUI], os.environ) as terminal:
        screen = terminal.wait_for(lambda screen: all(f"\n{name} " in screen for name in (*GOOD, "hole")))
        terminal.wait_for(lambda screen: screen.count("cpu") >= len(GOOD) + 1)  # and local's
        screen = terminal.screen()
        row = next(line for line in screen.splitlines() if line.startswith("hole"))
        assert "%" not in row
        terminal.send("question_mark")
        terminal.wait_for("Keys")
        terminal.send("escape")
        terminal.wait_for("Keys", gone=True)
        terminal.send("q")
        terminal.wait_for("left with 0")
