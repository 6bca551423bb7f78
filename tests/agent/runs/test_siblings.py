"""A run that is much slower than the others of its sweep, as the host's own records tell."""

import os
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent import durable
from nerotui.agent.processes import identity
from nerotui.agent.queue.queue import Queue
from nerotui.agent.run.layout import Root
from nerotui.agent.supervise.siblings import Siblings

ME = "aaaaaaaa"


@pytest.fixture
def place(tmp_path: Path) -> tuple[Root, Queue]:
    root = Root(str(tmp_path))
    queue = Queue(root.queue("here"))
    queue.make()
    return root, queue


def runs(root: Root, queue: Queue, name: str, at: float, **spec: Any) -> dict[str, Any]:
    """A run that has made `at` steps in two hundred seconds."""
    made: dict[str, Any] = {"command": ["python", "train.py", "--lr", name], "params": {"lr": name}, **spec}
    folder = root.run(name)
    os.makedirs(folder.path)
    durable.replace(folder.spec, durable.to_json(made))
    progress = {"unit": "step", "at": at, "of": 1000, "start": 0, "since": 1000.0, "paused_s": 0.0}
    durable.replace(folder.status, durable.to_json({"progress": progress, "last_seen": 1200.0}))
    queue.add(name, 1, False)
    entry = queue.of_run(name)
    assert entry is not None
    assert queue.claim(entry, identity.mine()) is not None
    return made


def test_less_than_half_the_usual_pace_is_told(place: tuple[Root, Queue]) -> None:
    spec = runs(*place, ME, 40)
    for name in ("bbbbbbbb", "cccccccc"):
        runs(*place, name, 100)
    siblings = Siblings(*place, ME, spec)
    (found,) = siblings.look(1200.0)
    assert (found["kind"], found["severity"]) == ("siblings", "info")
    assert found["message"] == "it makes 12 steps a minute, its 2 siblings on this host 30"
    assert siblings.look(1201.0) is siblings.look(1202.0)


@pytest.mark.parametrize(
    ("mine", "other"),
    [(60, {}), (40, {"command": ["python", "eval.py"]}), (40, {"params": {"layers": 3}})],
)
def test_other_programs_and_like_paces_are_no_news(
    place: tuple[Root, Queue], mine: float, other: dict[str, Any]
) -> None:
    spec = runs(*place, ME, mine)
    for name in ("bbbbbbbb", "cccccccc"):
        runs(*place, name, 100, **other)
    assert Siblings(*place, ME, spec).look(1200.0) == []


def test_a_run_without_parameters_has_no_siblings(place: tuple[Root, Queue]) -> None:
    spec = runs(*place, ME, 1, params={})
    for name in ("bbbbbbbb", "cccccccc"):
        runs(*place, name, 100, params={})
    assert Siblings(*place, ME, spec).look(1200.0) == []
