"""Whatever goes wrong in the watching of a run, the run goes on, can be acted on, and its end is known."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nerotui.agent.queue import launch
from tests.agent.runs.rig import Rig

#: Supervises one run with one part of the watching replaced by a mistake.
BROKEN = """
import sys
from nerotui.agent.supervise import findings, following, observing, samples, supervise
def wrong(*arguments):
    raise ValueError("no such thing")
part, name = sys.argv[3].split(".")
setattr(getattr(observing, part), name, wrong)
sys.exit(supervise.main(sys.argv[1], sys.argv[2]))
"""


def supervised(rig: Rig, run: str, part: str) -> "subprocess.Popen[bytes]":
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.Popen([sys.executable, "-c", BROKEN, str(rig.path), run, part], env=env)


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("Following.__init__", "what it prints"),
        ("Following.look", "what it prints"),
        ("Following.close", "what it prints"),
        ("Samples.take", "its load"),
        ("Findings.look", "its findings"),
        ("Findings.points", "what it prints"),
        ("Findings.end", "its findings"),
    ],
)
def test_a_mistake_in_the_watching_is_said_and_costs_no_run(rig: Rig, part: str, what: str) -> None:
    run = rig.submit("echo step 1 loss 0.5; sleep 1; exit 3", held=True)
    supervisor = supervised(rig, run, part)
    found = rig.end(run)
    assert supervisor.wait(30) == 0
    assert (found["state"], found["exit_code"]) == ("failed", 3)
    texts = [event["text"] for event in rig.store.show(run)["events"] if event["kind"] == "trouble"]
    assert any(text.startswith(f"{what} cannot be followed any more: ValueError: no such thing") for text in texts)
    assert len(texts) == len(set(texts))


def test_a_run_that_cannot_be_watched_can_be_killed(rig: Rig) -> None:
    run = rig.submit("echo here; exec sleep 1000", held=True)
    supervisor = supervised(rig, run, "Following.look")
    rig.reach(run, "running")
    rig.act(run, "freeze")
    rig.reach(run, "paused")
    rig.act(run, "kill", grace=1)
    assert rig.end(run)["state"] == "killed"
    assert supervisor.wait(30) == 0


def test_what_could_not_be_said_elsewhere_does_not_grow_for_ever(tmp_path: Path) -> None:
    errors = tmp_path / "errors.log"
    errors.write_bytes(b"x" * (launch.ERRORS + 1))
    code = "import sys; from nerotui.agent.queue import launch; launch.detach(sys.argv[1])"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    subprocess.run([sys.executable, "-c", code, str(errors)], env=env, check=True, timeout=30)
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, str(errors)], env=env, check=True, timeout=30)
    assert (tmp_path / "errors.log.old").stat().st_size > launch.ERRORS
    assert errors.stat().st_size == 0
