"""Old versions of the agent go from a root; those in use, here or on another host, and the newest few stay."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import nerotui
from nerotui.agent import bootstrap
from nerotui.agent.run import bundles
from nerotui.agent.run.bundles import AGE, KEPT, MARK, Bundles
from nerotui.agent.run.layout import Root
from tests.agent.runs.rig import Rig, until
from tests.agent.serve.far import Far

NOW = time.time()


def bundle(root: Path, number: int, days: float, mark: bool = True) -> Path:
    """A bundle that was last used so many days ago."""
    path = root / "bundle" / f"{number:064x}"
    path.mkdir(parents=True)
    (path / "module.py").touch()
    if mark:
        (path / MARK).touch()
        os.utime(path / MARK, (NOW - days * 86400,) * 2)
    os.utime(path, (NOW - days * 86400,) * 2)
    return path


def left(root: Path) -> list[int]:
    return sorted(int(name, 16) for name in os.listdir(root / "bundle") if len(name) == 64)


def test_the_mark_is_the_bootstraps() -> None:
    assert bundles.MARK == bootstrap.MARK


def test_the_newest_few_and_the_young_stay(tmp_path: Path) -> None:
    for number, days in ((1, 400), (2, 300), (3, 200), (4, 100), (5, 90), (6, 1)):
        bundle(tmp_path, number, days)
    bundle(tmp_path, 7, 50, mark=False)  # half of it was cleaned away once
    (tmp_path / "bundle" / "notes").mkdir()
    Bundles(Root(str(tmp_path))).look(NOW)
    assert left(tmp_path) == [5, 6, 7]
    assert sorted(name for name in os.listdir(tmp_path / "bundle") if len(name) != 64) == ["notes"]
    assert KEPT == 3


def test_nothing_goes_before_its_time(tmp_path: Path) -> None:
    days = AGE / 86400
    for number in range(1, 8):
        bundle(tmp_path, number, days - 1)
    Bundles(Root(str(tmp_path))).look(NOW)
    assert left(tmp_path) == list(range(1, 8))


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Path]:
    """A process that runs from an old bundle, as its arguments say."""
    path = bundle(tmp_path, 1, 400)
    file = path / "nerotui" / "agent" / "__main__.py"
    file.parent.mkdir(parents=True)
    file.write_text("import sys; print('up', flush=True); sys.stdin.read()")
    with subprocess.Popen(
        [sys.executable, "-S", "-E", "-W", "ignore", file, "supervise", "aaaaaaaa"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        yield path
        process.kill()


def test_what_a_living_process_runs_from_stays(tmp_path: Path, sleeper: Path) -> None:
    for number in range(2, 7):
        bundle(tmp_path, number, 100 + number)
    Bundles(Root(str(tmp_path))).look(NOW)
    assert left(tmp_path) == [1, 2, 3, 4]
    assert (sleeper / "nerotui").exists()


def test_several_hosts_clear_one_root_at_once(tmp_path: Path) -> None:
    for number in range(1, 40):
        bundle(tmp_path, number, 100 + number)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: Bundles(Root(str(tmp_path))).look(NOW), range(8)))
    assert left(tmp_path) == [1, 2, 3]
    assert len(os.listdir(tmp_path / "bundle")) == 3


def test_a_connection_says_that_its_bundle_is_in_use_and_clears_the_rest(tmp_path: Path) -> None:
    root = tmp_path / "root"
    with Far(sys.executable) as agent:
        sha = agent.greet(root)["need"]
    own = root / "bundle" / sha
    os.utime(own / MARK, (NOW - 400 * 86400,) * 2)
    for number in range(1, 6):
        bundle(root, number, 100 + number)
    with Far(sys.executable) as agent:
        assert "have" in agent.greet(root)
        assert (own / MARK).stat().st_mtime > NOW - 86400
        agent.ok("watch", stats=0, runs=True)
        until(lambda: left(root) == sorted([1, 2, int(sha, 16)]))


def test_supervisor_and_dispatcher_say_that_theirs_is_in_use(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "root")
    rig.path.mkdir()
    own = bundle(rig.path, 1, 400)
    package = Path(nerotui.__file__).parent
    shutil.copytree(package / "agent", own / "nerotui" / "agent", ignore=shutil.ignore_patterns("__pycache__"))
    (own / "nerotui" / "__init__.py").touch()
    try:
        run = rig.submit("echo here; exec sleep 1000", held=True)
        rig.submit("true", held=True)
        # What dispatches and supervises is that bundle's own.
        main = str(own / "nerotui" / "agent" / "__main__.py")
        dispatch = [sys.executable, "-S", "-E", "-W", "ignore", main, "dispatch", "--root", str(rig.path)]
        entry = rig.queue.of_run(run)
        assert entry is not None
        rig.queue.change(entry, "q")
        subprocess.run(dispatch, check=True, timeout=30)
        until(lambda: rig.processes("supervise"))
        until(lambda: not rig.processes("dispatch"))
        os.utime(own / MARK, (NOW - 400 * 86400,) * 2)
        os.kill(rig.supervisor(run), signal.SIGKILL)
        subprocess.run(dispatch, check=True, timeout=30)
        until(lambda: (own / MARK).stat().st_mtime > NOW - 86400)
    finally:
        rig.close()
