"""A run that is much slower than the others of its sweep: as the hosts' own records tell, and in three real runs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent import durable
from nerotui.agent.processes import identity
from nerotui.agent.queue.queue import Queue
from nerotui.agent.run.layout import Root
from nerotui.agent.supervise.siblings import EVERY, KEPT, Siblings, likeness
from tests.agent.runs.rig import Rig, until

ME, LOOKS = "aaaaaaaa", int(KEPT / EVERY) + 1


class Sweep:
    """Runs that make progress as the test says, and the first of them compared with the others."""

    def __init__(self, folder: Path) -> None:
        self.root = Root(str(folder))
        self.speeds: dict[str, float] = {}
        self.now = 1000.0

    def add(self, name: str, speed: float, host: str = "here", **spec: Any) -> None:
        """A run that makes `speed` steps a minute."""
        made: dict[str, Any] = {"command": ["python", "train.py", "--lr", name], "dir": "/tmp", "name": "a", **spec}
        folder = self.root.run(name)
        os.makedirs(folder.path)
        durable.replace(folder.spec, durable.to_json(made))
        self.speeds[name] = speed
        queue = Queue(self.root.queue(host))
        queue.make()
        queue.add(name, 1, False)
        entry = queue.of_run(name)
        assert entry is not None
        assert queue.claim(entry, identity.mine()) is not None

    def look(self, looks: int = LOOKS, **status: Any) -> list[dict[str, Any]]:
        """What is found after so many looks, each `EVERY` seconds after the one before."""
        siblings = Siblings(self.root, ME, durable.read_json(self.root.run(ME).spec) or {})
        for _ in range(looks):
            self.now += EVERY
            for name, speed in self.speeds.items():
                progress = {"unit": "step", "at": int(speed * self.now / 60), "of": 1000}
                values = {"attempt": 1, "progress": progress, "last_seen": self.now, **status}
                durable.replace(self.root.run(name).status, durable.to_json(values))
            found = siblings.look(self.now)
            assert siblings.look(self.now + 1) is found
        return found


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    return Sweep(tmp_path)


def test_less_than_half_the_usual_pace_is_told(sweep: Sweep) -> None:
    sweep.add(ME, 12)
    sweep.add("bbbbbbbb", 30)
    sweep.add("cccccccc", 33, host="another")
    assert sweep.look(LOOKS - 1) == []  # too early to say
    (found,) = sweep.look()
    assert (found["kind"], found["severity"]) == ("siblings", "info")
    assert found["message"] == "it makes 12 steps a minute, its 2 siblings 33"
    assert found["evidence"] == ["a (cccc): 33 a minute", "a (bbbb): 30 a minute"]


@pytest.mark.parametrize(
    ("mine", "other"),
    [
        (20, {}),
        (12, {"command": ["python", "eval.py", "--lr", "1"]}),
        (12, {"command": ["python", "train.py", "--lr", "1", "--deep"]}),
        (12, {"params": {"layers": 3}}),
        (12, {"dir": "/usr"}),
    ],
)
def test_other_programs_and_like_paces_are_no_news(sweep: Sweep, mine: float, other: dict[str, Any]) -> None:
    sweep.add(ME, mine)
    for name in ("bbbbbbbb", "cccccccc"):
        sweep.add(name, 30, **other)
    assert sweep.look() == []


def test_one_other_alone_and_frozen_ones_say_nothing_of_what_is_usual(sweep: Sweep) -> None:
    sweep.add(ME, 12)
    sweep.add("bbbbbbbb", 30)
    assert sweep.look() == []
    sweep.add("cccccccc", 30)
    assert sweep.look(paused_since=sweep.now) == []
    assert len(sweep.look()) == 1


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("python -u train.py --lr 0.1", "python -u train.py --lr 1e-3", True),
        ("python train.py --lr=0.1 --out runs/a", "python train.py --lr=0.2 --out runs/b", True),
        ("python train.py lr=0.1 model=small", "python train.py lr=0.1 model=large", True),
        ("torchrun --nproc_per_node 2 train.py --lr 1", "torchrun --nproc_per_node 4 train.py --lr 1", True),
        ("accelerate launch --multi_gpu train.py", "accelerate launch --multi_gpu eval.py", False),
        ("python -u train.py --lr 0.1", "python -u eval.py --lr 0.1", False),
        ("python train.py small", "python train.py large", False),
    ],
)
def test_runs_are_alike_that_differ_in_values_alone(one: str, other: str, alike: bool) -> None:
    for words in (lambda line: line.split(), lambda line: ["sh", "-c", "cd x && " + line]):
        first, second = (likeness({"command": words(line), "dir": "/tmp"}) for line in (one, other))
        assert (first == second) is alike


def test_what_runs_are_said_to_be_told_apart_by_is_a_value() -> None:
    first, second = (
        likeness({"command": ["./go", size], "dir": "/tmp", "params": {"size": size}}) for size in ("small", "large")
    )
    assert first == second


def test_the_slow_one_of_three_real_runs_is_told(rig: Rig) -> None:
    """Their supervisors look each second and want three seconds of a pace, instead of minutes."""
    rig.path.mkdir()
    (rig.path / "train.py").write_text(
        "import sys, time\nfor step in range(1, 100000):\n    print('step', step, 'loss', 1 / step, flush=True)\n"
        "    time.sleep(float(sys.argv[2]))\n"
    )
    runs = [
        rig.submit([sys.executable, "train.py", "--lr", pace], held=True, gpus=0) for pace in ("0.5", "0.05", "0.051")
    ]
    code = (
        "import sys; from nerotui.agent.supervise import siblings, supervise; siblings.EVERY = 1.0;"
        "siblings.KEPT = 3.0; supervise.main(sys.argv[1], sys.argv[2])"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    supervisors = [subprocess.Popen([sys.executable, "-c", code, str(rig.path), run], env=env) for run in runs]
    found = until(lambda: rig.record(runs[0])["findings"], 60, what="a finding")
    assert [one["kind"] for one in found] == ["siblings"]
    assert [runs.index(run) for run in runs if rig.record(run)["findings"]] == [0]
    assert "finding" in rig.events(runs[0])
    for run in runs:
        rig.act(run, "kill", now=True)
        rig.end(run)
    for supervisor in supervisors:
        assert supervisor.wait(30) == 0
