"""Errors are a sentence and a hint on stderr, an exit code, and nothing else."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Nerotui
from tests.cli.terminal import Terminal


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "the console needs a terminal"),
        (["lss"], "Did you mean 'ls'?"),
        (["ls", "--nope"], "No such option"),
        (["--json"], "--json needs --once"),
        (["--readonly", "ls"], "--readonly goes after the command"),
        (["--once", "--format", "{nope}"], "--format knows no {nope}"),
        (["--once", "--host", "nowhere"], "no host or group is called 'nowhere'"),
        (["run"], "There is no command to run"),
        (["run", "--env", "X", "--", "true"], "is not KEY=VALUE"),
        (["run", "python train.py"], "is a single word"),
        (["run", "--resume", "'", "--", "true"], "cannot be split"),
        (["run", "--deadline", "soon", "--", "true"], "'soon' is no date or time: write 2026-12-01"),
        (["run", "--deadline", "2020-02-02", "--", "true"], "2020-02-02 is over already"),
        (["move", "abcd", "sideways"], "'sideways' is not one of"),
        (["pause", "--hold", "abcd"], "--hold goes with --yield"),
        (["metrics", "--csv", "--json", "x"], "exclude each other"),
        (["kill", "--grace", "-1", "abcd"], "-1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_exit_2_and_names_the_way_out(nerotui: Nerotui, argv: list[str], said: str) -> None:
    done = nerotui(*argv)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert done.err.startswith("nerotui: ")


def test_a_broken_configuration_names_file_and_line(nerotui: Nerotui, home: Path) -> None:
    path = home / ".config/nerotui/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[hosts.gpu1]\nadress = 'x'\n")
    done = nerotui("ls")
    assert done.code == 2
    assert "~/.config/nerotui/config.toml" in done.err
    assert "2" in done.err
    assert "address" in done.err


@pytest.mark.parametrize("argv", [["--version"], ["-V"], ["--version", "--readonly"]])
def test_version(nerotui: Nerotui, argv: list[str]) -> None:
    done = nerotui(*argv)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("nerotui 0.")


def test_a_fault_of_nerotui_is_kept_in_a_file_and_not_shown(tmp_path: Path) -> None:
    script = (
        "import sys, nerotui.__main__ as front, nerotui.cli.app as cli\n"
        "def fail(*a, **k): raise ZeroDivisionError('for the test')\n"
        "cli.app.main = fail\nsys.argv = ['nerotui', 'ls']\nsys.exit(front.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 1
    assert "ZeroDivisionError: for the test" in done.stderr
    assert "Traceback" not in done.stderr
    (kept,) = tmp_path.glob("nerotui-fault-*.txt")
    assert "Traceback" in kept.read_text()
    assert str(kept) in done.stderr


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    line = f"{sys.executable} -m nerotui --help | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


def test_a_full_disk_is_a_sentence() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "nerotui", "ls", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "nerotui: the output cannot be written: No space left on device\n"


def test_a_terminal_that_is_gone_is_no_fault(home: Path, tmp_path: Path) -> None:
    with Terminal("--once", "--timeout", "60", env={"TMPDIR": str(tmp_path)}) as terminal:
        terminal.hang_up()
        assert terminal.process.wait(30) in (-signal.SIGHUP, 0, 130)
    assert not list(tmp_path.glob("nerotui-fault-*"))


def test_a_closed_stdout_is_no_fault(home: Path) -> None:
    line = f"{sys.executable} -m nerotui ls >&-"
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_while_hosts_are_asked_ends_quietly(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = home / "config.toml"
        config.write_text(f'[hosts.silent]\naddress = "127.0.0.1"\nport = {silent.getsockname()[1]}\n')
        with Terminal("--once", "--timeout", "60", env={"NEROTUI_CONFIG": str(config)}) as terminal:
            silent.settimeout(20)
            with silent.accept()[0]:
                terminal.type("\x03")
                assert terminal.end() == (130, "^C")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(nerotui: Nerotui, shell: str) -> None:
    done = nerotui("completion", shell)
    assert done.code == 0
    assert "_NEROTUI_COMPLETE" in done.out


def test_init_writes_what_can_be_read_and_never_overwrites(nerotui: Nerotui, home: Path, tmp_path: Path) -> None:
    ssh = home / ".ssh"
    ssh.mkdir()
    (ssh / "more").write_text("Host deep.example.org\n  User x\n")
    (ssh / "config").write_text("Host gpu1 gpu2 *.lab !bad\n  Port 22\nInclude more\nMatch all\nhost=tri\n")
    first = nerotui("init")
    path = home / ".config/nerotui/config.toml"
    assert (first.code, first.out) == (0, f"{path}\n")
    text = path.read_text()
    wanted = ["#[hosts.gpu1]", "#[hosts.gpu2]", '#[hosts."deep.example.org"]', "#[hosts.tri]"]
    assert [line for line in text.splitlines() if line in wanted] == wanted
    again = nerotui("init")
    assert again.code == 1
    assert "left as it is" in again.err
    assert nerotui("init", "--project", cwd=tmp_path).code == 0
    assert (tmp_path / "nerotui.toml").exists()
    assert nerotui("init", "--project", cwd=tmp_path).code == 1


def test_what_init_writes_is_a_configuration(nerotui: Nerotui, home: Path, tmp_path: Path) -> None:
    from nerotui.config import load

    (home / ".ssh").mkdir()
    (home / ".ssh/config").write_text("Host gpu1 gpu2\n")
    nerotui("init")
    nerotui("init", "--project", cwd=tmp_path)
    path = home / ".config/nerotui/config.toml"
    assert list(load(path, tmp_path / "nerotui.toml").hosts) == ["local"]
    for file in (path, tmp_path / "nerotui.toml"):
        file.write_text(re.sub(r"(?m)^#(?=\S)", "", file.read_text()))
    config = load(path, tmp_path / "nerotui.toml")
    assert list(config.hosts) == ["local", "gpu1", "gpu2", "example", "cluster"]
    assert config.hosts["cluster"].memory == 16 << 30
    assert config.groups == {"gpu": ("example", "local")}
    assert config.hosts["local"].slots == 2
    assert config.defaults.env == {"OMP_NUM_THREADS": "4"}
