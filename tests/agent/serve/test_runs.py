"""Runs over the wire: asked for, watched, acted on. That they do what they should is held elsewhere."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.serve.far import Far, Message


def spec(run: str, command: list[str], tmp_path: Path, **more: Any) -> Message:
    return {
        "id": run,
        "name": run,
        "command": command,
        "dir": str(tmp_path),
        "env": {},
        "setup": None,
        "gpus": None,
        "params": {},
        "resume": None,
        "checkpoint": None,
        "yield_signal": "USR1",
        "grace": 1,
        "group": None,
        "created": time.time(),
        "who": "tester@here",
        "shell": "/bin/sh",
        **more,
    }


def awaited(far: Far, run: str, *states: str) -> Message:
    """The run as it is first pushed in one of these states."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for one in far.push("runs")["runs"]:
            if one["id"] == run and one["state"] in states:
                found: Message = one
                return found
    raise TimeoutError(run)


@pytest.fixture
def ended(far: Far) -> Iterator[Far]:
    """An agent whose runs are killed when the test is over."""
    yield far
    for run in far.ok("runs", ids=None)["runs"]:
        if run["state"] not in ("done", "failed", "killed", "lost"):
            far.request("act", run=run["id"], action="kill", who="tester", attempt=None, args={"now": True})
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if all(run["state"] in ("done", "failed", "killed", "lost") for run in far.ok("runs", ids=None)["runs"]):
            break
        time.sleep(0.1)


def test_a_run_from_its_submission_to_its_last_point(ended: Far, tmp_path: Path) -> None:
    far = ended
    program = "for e in 1 2 3; do echo epoch $e loss 0.$e; sleep 0.1; done"
    far.ok("watch", stats=0, runs=True)
    assert far.push("runs") == {"push": "runs", "runs": [], "gone": [], "full": True, "more": False}
    submitted = far.ok("submit", spec=spec("aaaa2222", ["/bin/sh", "-c", program], tmp_path), who="me", held=False)
    assert submitted["run"]["id"] == "aaaa2222"
    assert isinstance(submitted["notes"], list)
    again = far.ok("submit", spec=submitted and spec_of(far, "aaaa2222"), who="me", held=False)
    assert again["run"]["id"] == "aaaa2222"
    done = awaited(far, "aaaa2222", "done", "failed")
    assert (done["state"], done["exit_code"]) == ("done", 0)
    far.ok("log", run="aaaa2222", stream=1, offset=0, credit=10_000)
    assert b"epoch 3 loss 0.3\n" in far.data(51)
    far.ok("points", run="aaaa2222", stream=2, raw=True)
    (series,) = far.push("points")["series"]
    assert [point[:2] for point in series["points"]] == [[1, 0.1], [2, 0.2], [3, 0.3]]
    shown = far.ok("show", run="aaaa2222")
    assert shown["spec"]["command"][0] == "/bin/sh"
    assert shown["events"]
    assert far.ok("load", run="aaaa2222", max=10).keys() == {"times", "cpu", "gpu", "memory"}
    assert far.ok("tree", run="aaaa2222") == {"processes": []}
    assert "does not wait" in far.ok("why", run="aaaa2222")["why"]


def spec_of(far: Far, run: str) -> Any:
    return far.ok("show", run=run)["spec"]


def test_actions_are_answered_and_their_effect_is_pushed(ended: Far, tmp_path: Path) -> None:
    far = ended
    far.ok("watch", stats=0, runs=True)
    far.ok("submit", spec=spec("bbbb2222", ["sleep", "60"], tmp_path), who="me", held=True)
    assert awaited(far, "bbbb2222", "held")["position"] is None
    far.ok("act", run="bbbb2222", action="release", who="me", attempt=1, args={})
    awaited(far, "bbbb2222", "running")
    deadline = time.monotonic() + 10
    while not far.ok("tree", run="bbbb2222")["processes"]:
        assert time.monotonic() < deadline
    assert far.refused("act", run="bbbb2222", action="release", who="me", attempt=1)["code"] == "illegal"
    assert far.refused("act", run="bbbb2222", action="kill", who="me", attempt=7)["code"] == "illegal"
    far.ok("act", run="bbbb2222", action="freeze", who="me", attempt=1, args={})
    awaited(far, "bbbb2222", "paused")
    far.ok("act", run="bbbb2222", action="kill", who="me", attempt=1, args={"now": True})
    awaited(far, "bbbb2222", "killed")
    far.ok("act", run="bbbb2222", action="remove", who="me", attempt=1, args={})
    assert far.until(lambda frame: isinstance(frame, dict) and frame.get("gone") == ["bbbb2222"])


def test_the_disk_that_a_live_run_works_on_is_sampled(ended: Far, tmp_path: Path) -> None:
    far = ended
    place = Path("/dev/shm") / tmp_path.name
    place.mkdir()
    try:
        far.ok("watch", stats=0, runs=True)
        far.ok("submit", spec=spec("eeee2222", ["sleep", "60"], place), who="me", held=False)
        awaited(far, "eeee2222", "running")
        paths = [disk["path"] for disk in far.ok("stats")["stats"]["disks"]]
        assert str(place) in paths
        far.ok("act", run="eeee2222", action="kill", who="me", attempt=None, args={"now": True})
        awaited(far, "eeee2222", "killed")
    finally:
        place.rmdir()


def test_a_root_that_cannot_be_written_is_watched_and_refuses_runs(tmp_path: Path) -> None:
    with Far(sys.executable) as far:
        far.greet(Path("/proc/nowhere"))
        far.ok("watch", stats=0, runs=True)
        assert far.push("runs")["runs"] == []
        error = far.refused("submit", spec=spec("cccc2222", ["true"], tmp_path), who="me", held=False)
        assert error["code"] == "readonly_root"


def test_a_thousand_runs_come_in_several_pushes(ended: Far, tmp_path: Path) -> None:
    far = ended
    for number in range(250):
        name = "d" + "".join("abcdefghijklmnopqrstuvwxyz234567"[number // 32**at % 32] for at in range(7))
        far.ask("submit", spec=spec(name, ["true"], tmp_path), who="me", held=True)
    far.ok("watch", stats=0, runs=True)
    first = far.push("runs")
    assert first["full"]
    got = {run["id"] for run in first["runs"]}
    push = first
    while push["more"]:
        push = far.push("runs")
        assert not push["full"]
        got |= {run["id"] for run in push["runs"]}
    assert len(got) == 250
    positions = far.ok("runs", ids=["daaaaaaa"])["runs"]
    assert [run["id"] for run in positions] == ["daaaaaaa"]
