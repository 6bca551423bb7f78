"""How the agent comes to a host: its bundle is pushed once, whole or not at all; what cannot keep it is served too."""

import hashlib
import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nerotui.agent.processes import processes
from nerotui.channels.bundle import bundles
from tests.agent.serve.far import Ended, Far, plain
from tests.pythons import interpreters


def test_every_python_serves_from_a_pushed_bundle(python: str, root: Path) -> None:
    with Far(python) as agent:
        answer = agent.greet(root)
        assert answer["need"] == bundles()[answer["variant"]].sha
        assert agent.hello["protocol"] == 1
        assert agent.hello["root"] == str(root)
        name = f"{root}/bundle/{answer['need']}/nerotui/agent/__main__.py"
        assert processes.command_line(agent.process.pid)[1:] == [name, "serve"]
        stats = agent.ok("stats")["stats"]
        assert stats["memory"]["total"] > 0
        assert stats["errors"] == {}
        # glibc on x86_64 takes the bundle with psutil, and its extension fits all of these interpreters.
        assert stats["source"]["cpu"] == ("psutil" if answer["variant"] != "any" else "/proc")
    with Far(python) as agent:
        assert "have" in agent.greet(root)


def test_every_python_serves_without_psutil(python: str, root: Path) -> None:
    with Far(python) as agent:
        assert agent.greet(root, bundle=plain())["variant"] == "any"
        stats = agent.ok("stats")["stats"]
        assert stats["source"]["memory"] == "/proc"
        assert stats["memory"]["used"] > 0
        assert stats["cpu_percent"] is not None


def test_only_the_user_may_read_what_was_unpacked(root: Path) -> None:
    with Far(sys.executable) as agent:
        agent.greet(root)
    paths = [root, *(path for path in root.glob("bundle/**/*") if "__pycache__" not in path.parts)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}


def test_bytecode_is_kept_for_the_next_start(far: Far, root: Path) -> None:
    assert list(root.rglob("__pycache__/serve*.pyc"))


def test_several_starts_at_once_do_not_disturb_each_other(root: Path) -> None:
    def start(_: int) -> str:
        with Far(sys.executable) as agent:
            agent.greet(root)
            return str(agent.hello["hostname"])

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(start, range(6)))) == 1
    assert [path.name[0] for path in (root / "bundle").iterdir()] != ["."]
    assert len(list((root / "bundle").iterdir())) == 1


def test_a_bundle_that_was_damaged_on_the_host_is_replaced(root: Path) -> None:
    with Far(sys.executable) as agent:
        agent.greet(root)
    (unpacked,) = (root / "bundle").iterdir()
    (unpacked / "nerotui/agent/serve/serve.py").write_bytes(b"")
    with Far(sys.executable) as agent:
        assert "need" in agent.greet(root)
    with Far(sys.executable) as agent:
        assert "have" in agent.greet(root)
    assert [path.name for path in (root / "bundle").iterdir()] == [unpacked.name]


def test_what_was_killed_half_way_is_swept_up_after_a_day(root: Path) -> None:
    old, new = root / "bundle/.abc.1.2", root / "bundle/.abc.3.4"
    for folder in (old, new):
        (folder / "nerotui").mkdir(parents=True)
    os.utime(old, (1, 1))
    with Far(sys.executable) as agent:
        agent.greet(root)
    assert not old.exists()
    assert new.exists()


def test_a_bundle_with_the_wrong_checksum_is_refused(root: Path) -> None:
    with Far(sys.executable) as agent:
        answer = agent.offer(root)
        data = bytearray(bundles()[answer["variant"]].data)
        data[len(data) // 2] ^= 1
        agent.upload(bytes(data))
        error = agent.message()["error"]
        assert "damaged" in error["message"]
        assert hashlib.sha256(data).hexdigest()[:12] in error["message"]
        assert agent.process.wait(5) == 1
    assert not (root / "bundle").exists()


def test_a_bundle_cut_short_is_said_and_leaves_nothing(root: Path) -> None:
    with Far(sys.executable) as agent:
        agent.offer(root)
        agent.write((13 + 500).to_bytes(4, "big") + b"\2" + bytes(12) + bytes(100))
        assert agent.process.stdin
        agent.process.stdin.close()
        assert "before the agent's bundle had arrived whole" in agent.message()["error"]["message"]
        assert agent.process.wait(5) == 1
    assert not root.exists()


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\3\1[]", b"\0\0\0\1\1", b"\0\0\0\5\1{..}"])
def test_what_is_no_bootstrap_dialogue_is_said(noise: bytes) -> None:
    with Far(sys.executable) as agent:
        agent.write(noise)
        assert agent.take(11)
        assert "not nerotui's" in agent.message()["error"]["message"]


def test_a_module_of_the_user_in_the_current_folder_is_not_taken_for_ours(root: Path, tmp_path: Path) -> None:
    for name in ("json", "typing", "queue", "psutil"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    with Far(sys.executable, cwd=tmp_path) as agent:
        agent.greet(root)


def test_variables_for_the_agent_are_set(root: Path) -> None:
    with Far(sys.executable) as agent:
        agent.greet(root, env={"NEROTUI_PROBE": "seen"})
        environ = Path(f"/proc/{agent.process.pid}/environ").read_bytes()
        assert b"NEROTUI_PROBE" not in environ  # set by the agent itself, not by whoever started it
        assert agent.hello["pid"] == agent.process.pid


def _unwritable(tmp_path: Path) -> Path:
    if os.geteuid():
        home = tmp_path / "locked"
        home.mkdir(mode=0o500)
        return home / "root"
    return Path("/proc/nowhere/root")  # root may write everywhere else


def test_a_host_that_cannot_keep_the_bundle_is_served_from_memory(python: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("still readable\n")
    with Far(python) as agent:
        root = _unwritable(tmp_path)
        agent.greet(root)
        assert agent.hello["writable"] is False
        assert agent.hello["root_error"]
        assert processes.command_line(agent.process.pid)[1:] == [str(root), "(from memory)", "serve"]
        assert agent.ok("stats")["stats"]["memory"]["total"] > 0
        agent.ok("log", path=str(log), stream=1, credit=100)
        assert agent.data(15) == b"still readable\n"


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_full_disk_is_served_from_memory_and_left_as_it_was(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(disk)], check=True)
    try:
        with Far(sys.executable) as agent:
            agent.greet(disk / "root")
            assert agent.ok("stats")["stats"]["cores"]
        assert list((disk / "root/bundle").iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_home_that_forbids_programs_costs_psutil_and_nothing_else(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m,noexec", "none", str(disk)], check=True)
    try:
        with Far(sys.executable) as agent:
            agent.greet(disk / "root")
            stats = agent.ok("stats")["stats"]
            assert stats["source"]["cpu"] == "/proc"
            assert stats["errors"] == {}
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_nothing_but_frames_reaches_the_channel(far: Far) -> None:
    # A stray print of the agent, or a child's, must not end up between frames.
    links = {fd: os.readlink(f"/proc/{far.process.pid}/fd/{fd}") for fd in (0, 1, 2)}
    assert links[0] == os.devnull
    assert links[1] == links[2]


@pytest.mark.parametrize("arguments", [[], ["serve", "extra"], ["--root"], ["supervise"], ["fly"]])
def test_wrong_arguments_are_said(arguments: list[str], root: Path) -> None:
    with Far(sys.executable) as agent:
        agent.greet(root)
    (unpacked,) = (root / "bundle").iterdir()
    main = unpacked / "nerotui/agent/__main__.py"
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(main), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "nerotui" in done.stderr or "usage" in done.stderr


def test_the_bootstrap_is_small_and_reads_on_an_old_python() -> None:
    source = Path(__file__).parents[3] / "nerotui/agent/bootstrap.py"
    assert source.stat().st_size < 8192
    for python in interpreters().values():
        subprocess.run(
            [python, "-c", "compile(open(0).read(), 'bootstrap', 'exec')"], input=source.read_bytes(), check=True
        )


def test_a_root_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "root").write_text("in the way")
    with Far(sys.executable) as agent:
        agent.greet(tmp_path / "root")
        assert agent.hello["writable"] is False
        assert json.dumps(agent.hello["root_error"])


def test_the_end_of_the_channel_ends_the_agent(far: Far) -> None:
    assert far.process.stdin
    far.process.stdin.close()
    assert far.process.wait(5) == 0
    with pytest.raises(Ended):
        far.take(1)
