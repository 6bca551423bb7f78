"""A disk that is full when a run ends, or when one is to start."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.agent.errors import AgentError
from tests.agent.runs.rig import Rig, rigs, until

pytestmark = pytest.mark.root


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Rig]:
    """A root on a file system of its own, of half a megabyte."""
    path = tmp_path / "small"
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", path], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("needs the right to mount")
    try:
        yield from rigs(path)
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def fill(path: Path) -> None:
    with (path / "filler").open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


@pytest.mark.parametrize(("asked", "state"), [(False, "failed"), (True, "killed")])
def test_the_end_of_a_run_is_known_although_the_disk_is_full(small: Rig, asked: bool, state: str) -> None:
    run = small.submit("echo here; while [ ! -e go ]; do sleep 0.02; done; exit 9")
    small.printed(run, "here")
    until(lambda: small.record(run)["pid"])
    if asked:
        small.act(run, "kill", grace=0.5)
        fill(small.path)
    else:
        (small.path / "go").touch()
        fill(small.path)
    found = small.end(run)
    assert found["state"] == state
    assert found["reason"] == ("exit code 9: here" if not asked else "killed as me@test asked (SIGTERM)")
    assert small.queue.entries() == []


def test_a_run_that_cannot_start_on_a_full_disk_is_held_and_says_why(small: Rig) -> None:
    run = small.submit("echo ran", held=True)
    fill(small.path)
    entry = small.queue.of_run(run)
    assert entry is not None
    small.queue.change(entry, "q")
    until(lambda: (small.store.contact(), small.state(run) == "held")[1])
    (small.path / "filler").unlink()
    assert small.log(run) == ""
    small.act(run, "release")
    assert small.end(run)["state"] == "done"
    assert small.log(run) == "ran\n"


def test_a_submit_to_a_full_disk_is_refused_and_leaves_nothing(small: Rig) -> None:
    small.end(small.submit("true"))
    before = sorted(os.listdir(small.path / "runs"))
    fill(small.path)
    with pytest.raises(AgentError) as refusal:
        small.submit("true")
    assert refusal.value.code == "readonly_root"
    assert "No space left on device" in refusal.value.message
    assert sorted(os.listdir(small.path / "runs")) == before
