"""Lists of runs too long for one message, and runs whose own record nearly is."""

import json
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent import durable
from nerotui.agent.run.record import LONGEST, weight
from nerotui.agent.run.runs import Store
from nerotui.agent.wire import MAX_FRAME, encode
from tests.agent.runs.rig import LETTERS
from tests.agent.serve.far import Far, Message


def write(root: Path, number: int, command: list[str], status: dict[str, Any] | None = None) -> str:
    """The folder of a run that ended, as its host would have left it."""
    name = "".join(LETTERS[number // 32**place % 32] for place in range(8))
    folder = root / "runs" / name
    (folder / "attempts").mkdir(parents=True)
    spec = {"id": name, "name": "a run", "command": command, "dir": "/tmp", "created": 1.0 + number}
    (folder / "run.json").write_bytes(durable.to_json(spec))
    (folder / "attempts" / "1.1").write_bytes(b"{}")
    (folder / "attempts" / "1.1.ran").touch()
    end = {"state": "done", "reason": None, "exit_code": 0, "signal": None, "time": 2.0, "attempt": 1}
    (folder / "attempts" / "1.end").write_bytes(durable.to_json(end))
    (folder / "status.json").write_bytes(durable.to_json({"attempt": 1, **(status or {})}))
    return name


def listed(far: Far) -> list[Message]:
    """All that a watch pushes as the list of all runs."""
    far.ok("watch", stats=0, runs=True)
    found: list[Message] = []
    while True:
        push = far.push("runs")
        found += push["runs"]
        if not push["more"]:
            return found


def asked(far: Far, **more: Any) -> list[Message]:
    """All that the replies to `runs` hold."""
    found: list[Message] = []
    after = None
    while True:
        reply = far.ok("runs", after=after, **more)
        found += reply["runs"]
        after = reply["next"]
        if after is None:
            return found


METRICS = {f"metric/of/group_{n}": {"last": 0.123456789012, "x": n, "min": -1e-300, "max": 1e300} for n in range(300)}


@pytest.mark.parametrize(
    ("count", "command", "status"),
    [
        (1000, ["python", "train.py", "--lr", "0.1"], None),
        (150, ["sh", "-c", "ä" * 9000], None),
        (150, ["python", "train.py"], {"metrics": METRICS}),
        (3, ["python", "-c", "x" * (3 << 20), "--lr", "0.1"], None),
    ],
    ids=["many", "long commands", "many metrics", "a command longer than a frame"],
)
def test_a_long_list_comes_in_parts(
    far: Far, root: Path, count: int, command: list[str], status: dict[str, Any] | None
) -> None:
    ids = sorted(write(root, number, command, status) for number in range(count))
    assert sorted(run["id"] for run in listed(far)) == ids
    runs = asked(far, ids=None)
    assert [run["id"] for run in runs] == ids
    assert {run["state"] for run in runs} == {"done"}
    assert [run["id"] for run in asked(far, ids=ids[:200])] == ids[:200]
    far.ok("watch", stats=0, runs=False)


def test_a_run_with_a_huge_command_can_be_shown(far: Far, root: Path) -> None:
    name = write(root, 1, ["python", "-c", "x" * (3 << 20), "--lr", "0.1"])
    shown = far.ok("show", run=name)
    assert shown["spec"]["command"] == shown["run"]["command"]
    assert shown["spec"]["command"][2].endswith("…")


def test_asking_for_runs_takes_no_news_from_who_watches(far: Far, root: Path) -> None:
    far.ok("watch", stats=0, runs=True)
    assert far.push("runs")["runs"] == []
    name = write(root, 7, ["true"])
    assert [run["id"] for run in asked(far, ids=None)] == [name]
    assert [run["id"] for run in far.push("runs")["runs"]] == [name]


def test_a_records_weight_is_no_less_than_what_it_takes(tmp_path: Path) -> None:
    names = [
        write(tmp_path, 1, ["python", "train.py"], {"metrics": METRICS}),
        write(tmp_path, 2, ["sh", "-c", '"\\\x01' * 100_000]),
        write(tmp_path, 3, ["é" * LONGEST]),
        write(tmp_path, 4, ["true"], {"findings": [{"kind": "nan", "message": "é" * 3000}]}),
    ]
    store = Store(str(tmp_path))
    for name in names:
        record = store.record(name)
        assert len(encode(record)) <= weight(record) < MAX_FRAME
    long = store.record(names[1])["command"][2]
    assert long.endswith("…")
    assert json.loads((tmp_path / "runs" / names[1] / "run.json").read_text())["command"][2].startswith(long[:-1])
