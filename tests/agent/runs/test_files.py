"""Files of metrics that a run writes: found, proved to be its own, followed, and no metric taken twice."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.agent.runs.rig import Rig, until


def points(rig: Rig, run: str) -> list[dict[str, Any]]:
    path = Path(rig.store.points_path(run))
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def values(rig: Rig, run: str, name: str) -> list[Any]:
    return [point[name] for point in points(rig, run) if name in point]


def sources(rig: Rig, run: str) -> dict[str, set[str]]:
    """Where each metric's points are from."""
    found: dict[str, set[str]] = {}
    for point in points(rig, run):
        for name in point.keys() - {"t", "step", "epoch", "source", "offset", "attempt"}:
            found.setdefault(name, set()).add(point["source"])
    return found


def program(rig: Rig, text: str, name: str = "train.py") -> list[str]:
    rig.path.mkdir(exist_ok=True)
    path = rig.path.parent / name
    path.write_text(text)
    return ["python3", "-u", str(path)]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    path = tmp_path / "work"
    path.mkdir()
    return path


TABLE = """
import os, sys, time
folder = sys.argv[1] if len(sys.argv) > 1 else "logs/version_0"
os.makedirs(folder, exist_ok=True)
print("hello")
for step in range(12):
    with open(folder + "/metrics.csv", "a") as file:
        if step == 0:
            file.write("epoch,step,train_loss,val_loss\\n")
        file.write("%d,%d,%g,\\n" % (step // 4, step, 1 / (step + 1)))
        if step % 4 == 3:
            file.write("%d,%d,,%g\\n" % (step // 4, step, 2 / (step + 1)))
    time.sleep(0.15)
"""


def test_a_table_is_followed_as_it_grows(rig: Rig, work: Path) -> None:
    run = rig.submit(program(rig, TABLE), dir=str(work))
    until(lambda: 0 < len(values(rig, run, "train_loss")) < 12, what="points of a living run")
    assert rig.end(run)["state"] == "done"
    assert values(rig, run, "train_loss") == [float(f"{1 / (step + 1):g}") for step in range(12)]
    assert [point["step"] for point in points(rig, run) if "val_loss" in point] == [3, 7, 11]
    assert sources(rig, run)["val_loss"] == {"file:logs/version_0/metrics.csv"}
    assert rig.record(run)["metrics"]["val_loss"]["last"] == values(rig, run, "val_loss")[-1]


def test_what_was_there_before_and_what_is_no_metric_is_left_alone(rig: Rig, work: Path) -> None:
    (work / "old.csv").write_text("epoch,loss\n1,0.5\n")
    os.utime(work / "old.csv", (1e9, 1e9))
    text = "open('predictions.csv','w').write('id,score\\n1,0.5\\n2,0.5\\n3,0.1\\n')\nimport time; time.sleep(1.2)\n"
    run = rig.submit(program(rig, text + "print('epoch 1 loss 3')"), dir=str(work))
    assert rig.end(run)["state"] == "done"
    assert sources(rig, run) == {"loss": {"log"}}


def test_what_is_printed_and_written_is_taken_once(rig: Rig, work: Path) -> None:
    text = """
import time
for epoch in range(6):
    print("epoch %d loss %.3f" % (epoch, 1 / (epoch + 1)))
    with open("results.csv", "a") as file:
        if not epoch:
            file.write("epoch,train/loss,metrics/mAP\\n")
        file.write("%d,%g,%g\\n" % (epoch, 1 / (epoch + 1), epoch))
    time.sleep(0.25)
"""
    run = rig.submit(program(rig, text), dir=str(work))
    rig.end(run)
    found = sources(rig, run)
    assert found["loss"] == {"log"}
    assert found["metrics/mAP"] == {"file:results.csv"}
    assert "train/loss" not in found
    assert values(rig, run, "metrics/mAP") == [0, 1, 2, 3, 4, 5]


def test_a_table_that_is_written_anew_with_more_columns_repeats_nothing(rig: Rig, work: Path) -> None:
    text = """
import time
rows = []
for step in range(10):
    rows.append([step, 1 / (step + 1), "" if step < 5 else step])
    header = "step,loss" if step < 5 else "step,loss,reward"
    with open("progress.csv", "w") as file:
        file.write("\\n".join([header] + [",".join(map(str, row[: 2 + (step >= 5)])) for row in rows]) + "\\n")
    time.sleep(0.2)
"""
    run = rig.submit(program(rig, text), dir=str(work))
    rig.end(run)
    assert [point["step"] for point in points(rig, run) if "loss" in point] == list(range(10))
    assert values(rig, run, "reward") == [5, 6, 7, 8, 9]


def test_checkpoints_that_each_hold_the_history_are_one(rig: Rig, work: Path) -> None:
    text = """
import json, os, time
history = []
for step in range(10, 60, 10):
    history.append({"loss": 1 / step, "step": step, "epoch": step / 50})
    os.makedirs("out/checkpoint-%d" % step)
    with open("out/checkpoint-%d/trainer_state.json" % step, "w") as file:
        json.dump({"best": None, "global_step": step, "log_history": history}, file, indent=2)
    time.sleep(0.4)
"""
    run = rig.submit(program(rig, text), dir=str(work))
    rig.end(run)
    assert [point["step"] for point in points(rig, run)] == [10, 20, 30, 40, 50]
    assert sources(rig, run)["loss"] == {"file:out/checkpoint-*/trainer_state.json"}


EVENTS = """
import struct, sys, time
sys.path.insert(0, {bundle!r})
from nerotui.agent.metrics.files.crc32c import masked

def record(event):
    head = struct.pack("<Q", len(event))
    return head + struct.pack("<I", masked(head)) + event + struct.pack("<I", masked(event))

def scalar(step, value, tag):
    inner = b"\\x0a" + bytes([len(tag)]) + tag + b"\\x15" + struct.pack("<f", value)
    summary = b"\\x0a" + bytes([len(inner)]) + inner
    event = b"\\x09" + struct.pack("<d", time.time()) + b"\\x10" + bytes([step])
    return event + b"\\x2a" + bytes([len(summary)]) + summary

import os
files = []
for folder in sys.argv[1:]:
    os.makedirs(folder, exist_ok=True)
    files.append(open(folder + "/events.out.tfevents.%d.host.%d.0" % (time.time(), os.getpid()), "wb"))
for step in range(8):
    for number, file in enumerate(files):
        file.write(record(scalar(step, step + 100 * number, b"epoch_loss")))
        file.flush()
    time.sleep(0.25)
"""


def events(rig: Rig) -> list[str]:
    return program(rig, EVENTS.format(bundle=str(Path(__file__).parents[3])), "events.py")


def test_event_files_of_training_and_validation_are_told_apart(rig: Rig, work: Path) -> None:
    run = rig.submit([*events(rig), "logs/validation", "logs/train"], dir=str(work))
    rig.end(run)
    assert values(rig, run, "validation/epoch_loss") == list(range(8))
    assert values(rig, run, "epoch_loss") == list(range(100, 108))


def test_event_files_of_two_models_are_told_apart_too(rig: Rig, work: Path) -> None:
    run = rig.submit([*events(rig), "runs/a", "runs/b"], dir=str(work))
    rig.end(run)
    found = sources(rig, run)
    assert len(found) == 2
    assert all(len(places) == 1 for places in found.values())
    assert sorted(len(values(rig, run, name)) for name in found) == [8, 8]


def test_a_file_outside_the_directory_is_found_by_who_holds_it_open(rig: Rig, work: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "scratch" / "tb"
    run = rig.submit([*events(rig), str(elsewhere)], dir=str(work))
    rig.end(run)
    assert values(rig, run, "epoch_loss") == list(range(8))
    (source,) = sources(rig, run)["epoch_loss"]
    assert source.startswith(f"file:{elsewhere}/events.out.tfevents.")


def test_runs_in_one_directory_do_not_take_each_other_s_files(rig: Rig, work: Path) -> None:
    Path(rig.queue.folder.path).mkdir(parents=True)
    Path(rig.queue.folder.settings).write_text(json.dumps({"slots": 2}))
    text = program(rig, TABLE.replace("range(12)", "range(24)"))
    one = rig.submit([*text, "out/one"], dir=str(work))
    two = rig.submit([*text, "out/two"], dir=str(work))
    for run in (one, two):
        assert rig.end(run)["state"] == "done"
    for run, name in ((one, "one"), (two, "two")):
        assert sources(rig, run) == {
            "train_loss": {f"file:out/{name}/metrics.csv"},
            "val_loss": {f"file:out/{name}/metrics.csv"},
        }
        assert len(values(rig, run, "train_loss")) == 24


def test_a_file_that_nobody_can_be_proved_to_have_written_is_no_one_s(rig: Rig, work: Path) -> None:
    Path(rig.queue.folder.path).mkdir(parents=True)
    Path(rig.queue.folder.settings).write_text(json.dumps({"slots": 2}))
    quiet = rig.submit("sleep 3", dir=str(work))
    rig.reach(quiet, "running")
    loud = rig.submit(program(rig, TABLE), dir=str(work))
    for run in (quiet, loud):
        assert rig.end(run)["state"] == "done"
    assert points(rig, quiet) == []


def test_a_successor_goes_on_without_a_gap_or_a_repeat(rig: Rig, work: Path) -> None:
    text = (
        TABLE.replace("range(12)", "range(40)")
        .replace('print("hello")', "")
        .replace("    time.sleep", '    print("step %d acc %d" % (step, step))\n    time.sleep')
    )
    run = rig.submit(program(rig, text), dir=str(work))
    for count in (3, 12, 25):
        while len(values(rig, run, "train_loss")) <= count:
            assert rig.state(run) in ("queued", "starting", "running")
            rig.store.contact()
            time.sleep(0.02)
        os.kill(rig.supervisor(run), signal.SIGKILL)
        rig.reach(run, "running", "done")
    assert rig.end(run)["state"] == "done"
    assert [point["step"] for point in points(rig, run) if "train_loss" in point] == list(range(40))
    assert [point["step"] for point in points(rig, run) if "val_loss" in point] == list(range(3, 40, 4))
    assert values(rig, run, "acc") == list(range(40))


ROWS = """
import sys, time
print("epoch     train_loss  valid_loss")
for epoch in range(8):
    print("%-8d  %.6f  %.6f" % (epoch, 1 / (epoch + 1), 2 / (epoch + 1)), flush=True)
    for _ in range(300):
        print("fetching " + "x" * 1000)
    time.sleep(0.3)
"""


def test_a_successor_knows_the_header_of_a_table_that_began_long_ago(rig: Rig, work: Path) -> None:
    run = rig.submit(program(rig, ROWS), dir=str(work))
    until(lambda: len(values(rig, run, "train_loss")) >= 3, what="rows of a table")
    os.kill(rig.supervisor(run), signal.SIGKILL)
    rig.reach(run, "running", "done")
    assert rig.end(run)["state"] == "done"
    assert [point["epoch"] for point in points(rig, run) if "train_loss" in point] == list(range(8))
    assert values(rig, run, "valid_loss") == [pytest.approx(2 / (epoch + 1), abs=1e-6) for epoch in range(8)]


STORE = """
import gzip, os
folder = "mlruns/0/3f2a/"
for name in ("metrics/val", "metrics/system", "params", "artifacts"):
    os.makedirs(folder + name)
for name in ("metrics/loss", "metrics/val/loss", "metrics/system/cpu", "params/lr", "artifacts/results.csv"):
    with open(folder + name, "w") as file:
        for step in range(3):
            file.write("1700000000%03d %g %d\\n" % (step, 1 / (step + 1), 10 * step))
with gzip.open("history.csv.gz", "wt") as file:
    file.write("step,accuracy\\n1,0.5\\n2,0.75\\n3,0.8\\n")
with gzip.open("predictions.csv.gz", "wt") as file:
    file.write("id,loss,label\\na,0.5,1\\nb,0.75,0\\nc,0.5,1\\n")
"""


def test_a_store_of_mlflow_and_what_was_packed_are_read(rig: Rig, work: Path) -> None:
    run = rig.submit(program(rig, STORE), dir=str(work))
    assert rig.end(run)["state"] == "done"
    assert {name: sorted(where) for name, where in sources(rig, run).items()} == {
        "loss": ["file:mlruns/0/3f2a/metrics/loss"],
        "val/loss": ["file:mlruns/0/3f2a/metrics/val/loss"],
        "accuracy": ["file:history.csv.gz"],
    }
    assert values(rig, run, "accuracy") == [0.5, 0.75, 0.8]
    assert [point["step"] for point in points(rig, run) if "loss" in point] == [0, 10, 20]


def test_a_short_run_s_file_is_read_too(rig: Rig, work: Path) -> None:
    run = rig.submit("printf 'epoch,loss\\n1,0.5\\n2,0.25\\n' > loss.csv", dir=str(work))
    rig.end(run)
    assert values(rig, run, "loss") == [0.5, 0.25]


def test_what_is_printed_is_on_record_within_a_second(rig: Rig, work: Path) -> None:
    text = "import time\nfor step in range(9):\n    print('step %d loss %.6f' % (step, time.time())); time.sleep(0.7)\n"
    run = rig.submit(program(rig, text), dir=str(work))
    seen: dict[int, float] = {}
    while len(seen) < 9:
        for point in points(rig, run):
            seen.setdefault(point["step"], time.time() - point["loss"])
        assert rig.state(run) in ("queued", "starting", "running", "stopping", "done")
        time.sleep(0.01)
    late = sorted(seen.values())
    assert late[len(late) // 2] < 1.0, late
