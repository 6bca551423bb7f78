"""Commands over real SSH: several hosts at once, one dead; keys and passwords asked on the terminal."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Nerotui
from tests.cli.terminal import Terminal
from tests.rigs.faulty import black_hole
from tests.rigs.relay import Relay
from tests.rigs.sshd import SshFarm, start_farm

pytestmark = pytest.mark.sshd


@pytest.fixture
def farm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshFarm]:
    with start_farm(tmp_path / "farm") as farm:
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        monkeypatch.setenv("NEROTUI_CONFIG", str(tmp_path / "config.toml"))
        yield farm


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_good_hosts_do_not_wait_for_a_dead_one(farm: SshFarm, config: Path, nerotui: Nerotui) -> None:
    with black_hole() as (address, port):
        farm.nerotui_config(
            config, {"h1": {}, "jumped": {}, "h3": {}, "hole": {"address": address, "port": port, "user": "x"}}
        )
        nerotui("ls", "--timeout", "0.1")
        began = time.monotonic()
        done = nerotui("--once", "--json", "--timeout", "5")
        took = time.monotonic() - began
    assert done.code == 3
    states = {host["name"]: host["state"] for host in json.loads(done.out)["hosts"]}
    assert {name: states[name] for name in ("local", "h1", "jumped", "h3")} == dict.fromkeys(
        states.keys() - {"hole"}, "up"
    )
    assert states["hole"] in ("down", "connecting")
    assert done.err.startswith("nerotui: hole: ")
    assert took < 5 + 4


def test_a_run_on_a_host_behind_another(farm: SshFarm, config: Path, nerotui: Nerotui) -> None:
    farm.nerotui_config(config, {"twice": {}})
    ran = nerotui("run", "--host", "twice", "--dir", "/", "--", "sh", "-c", "echo on $NEROTUI_HOSTNAME")
    assert (ran.code, ran.err) == (0, "")
    followed = nerotui("logs", "-f", ran.out.strip())
    assert (followed.code, followed.out) == (0, "on h3\n")
    assert nerotui("show", ran.out.strip()).code == 0


def ask_about_new_hosts(farm: SshFarm) -> None:
    text = farm.config.read_text()
    farm.config.write_text(text.replace("StrictHostKeyChecking yes", "StrictHostKeyChecking ask"))


def test_an_unknown_host_key_is_shown_and_asked_about(farm: SshFarm, config: Path, nerotui: Nerotui) -> None:
    ask_about_new_hosts(farm)
    host = farm.add_host("new", known=False)
    farm.nerotui_config(config, {"new": {}})
    alone = nerotui("ls", "--host", "new")
    assert alone.code == 3
    assert "key" in alone.err
    with Terminal("hosts", "--host", "new") as terminal:
        shown = terminal.until("[yes/No] ")
        assert "ssh-ed25519 SHA256:" in shown
        terminal.type("yes\n")
        code, text = terminal.end()
    assert code == 0
    assert "up" in text
    assert host.known_hosts_line().split()[2] in farm.known_hosts.read_text()
    assert nerotui("hosts", "--host", "new").code == 0


def test_a_passphrase_is_asked_for_and_not_shown(farm: SshFarm, config: Path, nerotui: Nerotui) -> None:
    from tests.rigs.sshd import make_key

    locked = farm.folder / "locked"
    make_key(locked, passphrase="open sesame")
    host = farm.hosts["h1"]
    (host.folder / "authorized_keys").write_text(locked.with_suffix(".pub").read_text())
    farm.config.write_text(farm.config.read_text().replace(str(farm.key), str(locked)))
    farm.nerotui_config(config, {"h1": {}})
    assert nerotui("hosts", "--host", "h1").code == 3
    with Terminal("hosts", "--host", "h1") as terminal:
        terminal.until("[h1] ")
        deadline = time.monotonic() + 10
        while terminal.echoes():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        terminal.type("open sesame\n")
        code, text = terminal.end()
    assert code == 0
    assert "sesame" not in text
    assert os.path.exists(locked)


def test_a_log_followed_through_a_line_that_breaks_is_whole(
    farm: SshFarm, config: Path, nerotui: Nerotui, tmp_path: Path
) -> None:
    host = farm.hosts["h1"]
    with Relay((host.address, host.port)) as relay, (tmp_path / "said").open("w") as said:
        farm.alias("shaky", host, HostName="127.0.0.1", Port=relay.port, HostKeyAlias=f"[{host.address}]:{host.port}")
        farm.nerotui_config(config, {"shaky": {}})
        program = "for i in $(seq 600); do echo line $i; sleep 0.01; done"
        ran = nerotui("run", "--host", "shaky", "--dir", "/", "--", "sh", "-c", program)
        assert (ran.code, ran.err) == (0, "")
        process = subprocess.Popen(
            [sys.executable, "-m", "nerotui", "logs", "-f", ran.out.strip()],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        assert process.stdout is not None
        seen = [process.stdout.readline() for _ in range(100)]
        for _ in range(3):
            relay.cut()
            seen += [process.stdout.readline() for _ in range(100)]
        seen.append(process.stdout.read())
        assert process.wait(30) == 0
        process.stdout.close()
    assert "".join(seen) == "".join(f"line {at}\n" for at in range(1, 601))
    assert "taken up again" in (tmp_path / "said").read_text()
