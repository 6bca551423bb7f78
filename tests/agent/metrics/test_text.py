"""What the lines of common training loops say, and what is said by lines that are about something else."""

import math
from typing import Any

import pytest

from nerotui.agent.metrics import Reader

Point = dict[str, Any]


def points(text: str, reader: Reader | None = None) -> list[Point]:
    reader = reader or Reader()
    found = reader.feed(text.encode(), 0, 5.0) + reader.end(5.0)
    return [{name: value for name, value in point.items() if name not in ("t", "source", "offset")} for point in found]


LINES = {
    "epoch 34 it 1650/2502 loss 0.8190 lr 0.0100 img/s 2841": {
        "epoch": pytest.approx(34 + 1650 / 2502),
        "step": 34 * 2502 + 1650,
        "loss": 0.819,
        "lr": 0.01,
        "img/s": 2841.0,
    },
    "step 100: train loss 2.31, val loss 2.40": {"step": 100, "train_loss": 2.31, "val_loss": 2.4},
    "Epoch 3/10 - loss: 0.31 - acc: 0.91 - val_loss: 0.4": {"epoch": 3, "loss": 0.31, "acc": 0.91, "val_loss": 0.4},
    "{'loss': 0.5, 'grad_norm': 1e-3, 'epoch': 1.25}": {"epoch": 1.25, "loss": 0.5, "grad_norm": 0.001},
    "{'eval_loss': '0.4445', 'epoch': '0.8333'}": {"epoch": 0.8333, "eval_loss": 0.4445},
    "iter 10: loss 1.2, time 30ms": {"step": 10, "loss": 1.2, "time": 30.0},
    "iter 0: loss 12.5435 BPC, time 242620.93ms, mfu -100.00%": {
        "step": 0,
        "loss": 12.5435,
        "time": 242620.93,
        "mfu": -100.0,
    },
    "step=10 ep=0.04 loss=0.4042 grad_norm=1.397e+00 (12.3 ms/it)": {
        "step": 10,
        "epoch": 0.04,
        "loss": 0.4042,
        "grad_norm": 1.397,
    },
    "Epoch [1/5], Step [100/600], Loss: 0.3217": {"epoch": pytest.approx(1 + 1 / 6), "step": 100, "Loss": 0.3217},
    "Epoch: [3][ 10/500]\tTime  0.512 ( 0.6)\tLoss 6.9 (7.0)\tAcc@1   0.39 (  0.20)": {
        "epoch": 3.02,
        "step": 1510,
        "Time": 0.512,
        "Loss": 6.9,
        "Acc@1": 0.39,
    },
    "Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.100000": {
        "epoch": pytest.approx(1 + 640 / 60000),
        "step": 640,
        "train/Loss": 2.1,
    },
    "[12]\ttrain-auc:0.97\teval-auc:0.93": {"step": 12, "train-auc": 0.97, "eval-auc": 0.93},
    "[12/500] loss 0.25": {"step": 12, "loss": 0.25},
    "3:\ttest: 0.9159418\tbest: 0.9159418 (1)\ttotal: 49.4ms\tremaining: 2.91s": {"step": 3, "test": 0.9159418},
    "Iteration 16, loss = 0.43204234": {"step": 16, "loss": 0.43204234},
    "==> epoch 0 mean loss 0.35590": {"epoch": 0, "mean_loss": 0.3559},
    "Epoch 0: HR@10 = 0.4287, NDCG@10 = 0.2420": {"epoch": 0, "HR@10": 0.4287, "NDCG@10": 0.242},
    "INFO:root:Epoch[2] Batch [1200]\tSpeed: 429.75 samples/sec\tTrain-accuracy=0.118438": {
        "epoch": 2,
        "step": 1200,
        "Speed": 429.75,
        "Train-accuracy": 0.118438,
    },
    "Epoch 1: 45%|####5     | 450/1000 [00:12<00:15, 36.2it/s, loss=0.5, v_num=0]": {"epoch": 1, "loss": 0.5},
    "[rank1]: step 5 loss 0.3": {"step": 5, "rank1/loss": 0.3},
    "[rank 3] epoch 0 it 10/40 | loss 4.2 | lr 2.0e-02": {
        "epoch": 0.25,
        "step": 10,
        "rank3/loss": 4.2,
        "rank3/lr": 0.02,
    },
    "2026-11-21 09:04:11,123 INFO train.py:45 step 7 | loss 1,234.5": {"step": 7, "loss": 1234.5},
    "I1121 09:04:11.123456 1234 train.py:45] step 5 loss 0.3": {"step": 5, "loss": 0.3},
    "val_loss 0.3 at step 500": {"step": 500, "val_loss": 0.3},
    "global_step: 40, train/loss: 0.5, fc1.weight/grad: 1e-4": {
        "step": 40,
        "train/loss": 0.5,
        "fc1.weight/grad": 0.0001,
    },
    "[2026-01-01 10:00:00] Update 3 of 10: reward 12.5": {"step": 3, "reward": 12.5},
    "step 7 loss 1.5D-03": {"step": 7, "loss": 0.0015},
    "\x1b[1mepoch\x1b[0m \x1b[32m3\x1b[0m \x1b[1mloss\x1b[0m 0.5": {"epoch": 3, "loss": 0.5},
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_with_metrics(line: str) -> None:
    assert points(line) == [LINES[line]]


@pytest.mark.parametrize("value", ["nan", "NaN", "inf", "-inf", "Infinity", "-Infinity"])
def test_values_that_are_not_finite(value: str) -> None:
    (point,) = points(f"step 3 loss={value} acc 0.5")
    assert not math.isfinite(point["loss"])
    assert point["loss"] == float(value) or math.isnan(float(value))
    assert point["acc"] == 0.5


SILENT = [
    "Downloading: 45%|####     | 45/100 [00:12<00:13, 5.6MB/s]",
    "Collecting torch==2.1.0 from https://download.pytorch.org/whl/cu118 (2267.3 MB)",
    "     |████████████████| 2267.3 MB 1.2 MB/s eta 0:00:01",
    "batch_size: 32",
    "lr: 0.001\nlayers: 2\ndropout: 0.1\nloss_weight: 1.0",
    "Namespace(lr=0.1, epochs=90, name='x', resume=None, arch='resnet', step=30)",
    "python 3.11.2 torch 2.1.0 cuda 11.8",
    "2026-11-21 09:04:11 INFO starting on node7 with 8 workers",
    'File "train.py", line 45, in step',
    "RuntimeError: expected 3 arguments at step",
    "Epoch 3 took 12.5 s",
    "Saved checkpoint 12 of epoch 3 in 3.4 s",
    "slurmstepd: error: *** JOB 123456 ON node3 CANCELLED AT 2026-01-01T00:00:00 ***",
    "loaded 50000 training images and 10000 test images",
    "GPU 0: 12.3 GB of 80.0 GB",
    "192.168.0.1 - GET /loss 200 12",
    "loss = criterion(output, target)  # line 12",
    "0%|          | 0/180 [00:00<?, ?it/s]",
    '{"level": "info", "ts": 1700000000.5, "msg": "started", "port": 8080}',
    '{"loss": "high"}',
    "{",
    "=" * 200,
]


@pytest.mark.parametrize("text", SILENT)
def test_what_is_about_something_else(text: str) -> None:
    assert points(text) == []


def test_a_line_without_a_step_takes_the_last_one_seen() -> None:
    assert points(
        "Iteration 1, loss = 0.67\nValidation score: 0.58\nIteration 2, loss = 0.64\nValidation score: 0.63"
    ) == [
        {"step": 1, "loss": 0.67},
        {"step": 1, "Validation_score": 0.58},
        {"step": 2, "loss": 0.64},
        {"step": 2, "Validation_score": 0.63},
    ]


def test_a_heading_gives_its_epoch_to_what_follows() -> None:
    text = (
        "Epoch 1/2\n26/26 - 0s - 2ms/step - accuracy: 0.55 - loss: 0.68 - val_loss: 0.65\nEpoch 2/2\n26/26 - loss: 0.63"
    )
    reader = Reader()
    assert points(text, reader) == [
        {"epoch": 1, "accuracy": 0.55, "loss": 0.68, "val_loss": 0.65},
        {"epoch": 2, "loss": 0.63},
    ]
    assert reader.progress == {"unit": "epoch", "at": 2, "of": 2}


def test_a_line_that_begins_with_its_split_is_a_series_of_its_own() -> None:
    text = "Epoch 1\nTrain: loss 0.5 acc 80%\nVal: loss 0.6 acc 75%\nEpoch 2 loss 0.4\nAveraged stats: loss: 0.5 (0.55)"
    assert points(text) == [
        {"epoch": 1, "train/loss": 0.5, "train/acc": 80.0},
        {"epoch": 1, "val/loss": 0.6, "val/acc": 75.0},
        {"epoch": 2, "loss": 0.4},
        {"epoch": 2, "averaged_stats/loss": 0.55},
    ]


def test_a_count_of_hits_is_its_percentage() -> None:
    text = "Train Epoch: 1 [60000/60000 (100%)] Loss: 0.1\nTest set: Average loss: 0.0512, Accuracy: 9838/10000 (98%)"
    assert points(text)[1]["test/Accuracy"] == 98.0


def test_steps_that_begin_anew_in_each_epoch_are_counted_on() -> None:
    text = "".join(f"Epoch[{epoch}] Batch [{batch}] acc=0.5\n" for epoch in range(3) for batch in (100, 200))
    assert [point["step"] for point in points(text)] == [100, 200, 300, 400, 500, 600]


def test_steps_that_count_on_are_left_alone() -> None:
    text = "".join(f"epoch {epoch} step {epoch * 200 + batch} loss 1\n" for epoch in range(3) for batch in (100, 200))
    assert [point["step"] for point in points(text)] == [100, 200, 300, 400, 500, 600]


def test_an_attempt_that_goes_back_is_told_as_it_was() -> None:
    text = "step 10 loss 1\nstep 20 loss 2\nTerminated\nstep 10 loss 1\nstep 20 loss 2"
    assert [point["step"] for point in points(text)] == [10, 20, 10, 20]


def test_without_any_step_a_metric_is_what_comes_again() -> None:
    assert points("loss: 0.5") == []
    assert points("loss: 0.5\nloss: 0.4\nloss: 0.3") == [{"loss": 0.5}, {"loss": 0.4}, {"loss": 0.3}]


def test_one_name_twice_in_a_line_is_two_series() -> None:
    assert points("step 1 loss 0.5 loss 0.6") == [{"step": 1, "loss": 0.5, "loss_2": 0.6}]


def test_progress_goes_with_the_line() -> None:
    reader = Reader()
    points("epoch 3/10 loss 1", reader)
    assert reader.progress == {"unit": "epoch", "at": 3, "of": 10}
    reader = Reader()
    points("step 100/5000 loss 1", reader)
    assert reader.progress == {"unit": "step", "at": 100, "of": 5000}
    assert Reader().progress is None


def test_json_lines_in_a_log_stand_beside_text() -> None:
    text = '{"epoch": 1, "train": {"loss": 0.5, "acc": 0.9}, "name": "x"}\nepoch 2 loss 0.4\n{"val_loss": NaN}'
    first, second, third = points(text)
    assert first == {"epoch": 1, "train/loss": 0.5, "train/acc": 0.9}
    assert second == {"epoch": 2, "loss": 0.4}
    assert third["epoch"] == 2
    assert math.isnan(third["val_loss"])


def test_a_loss_is_one_curve_however_often_its_line_says_it() -> None:
    (point,) = points("step 3 loss: 2.5 loss_box: 1.0 loss_box_0: 1.5 loss_box_unscaled: 0.2 hits_unscaled: 4")
    assert point == {"step": 3, "loss": 2.5, "loss_box": 1.0, "loss_box_0": 1.5, "hits_unscaled": 4.0}


def test_a_summary_leaves_out_the_layers_of_what_it_tells_as_a_whole() -> None:
    told = "Epoch: [0] [8/9] loss: 3 (3) loss_box_0: 1 (1)\n"
    text = told + "Averaged stats: loss: 2 (2.5) loss_box: 1 (1.5) loss_box_0: 1 (1)"
    assert points(text)[1:] == [{"epoch": 0, "averaged_stats/loss": 2.5, "averaged_stats/loss_box": 1.5}]


def test_a_learning_rate_is_no_metric_of_each_process() -> None:
    found = points("[rank2] step 1 loss 4 lr 0.1\n[rank0] step 1 loss 3 lr 0.1\n[rank2] step 2 loss 2 lr 0.1")
    assert [sorted(point) for point in found] == [
        ["rank2/loss", "rank2/lr", "step"],
        ["rank0/loss", "step"],
        ["rank2/loss", "rank2/lr", "step"],
    ]


def test_counters_and_clocks_of_an_object_are_no_metrics() -> None:
    text = (
        '{"time/iterations": 2, "time/time_elapsed": 9, "time/total_timesteps": 512, "time/fps": 60, "train/loss": 0.5}'
    )
    assert points(text) == [{"step": 512, "time/fps": 60, "train/loss": 0.5}]
    assert points('{"train/iterations": 2, "loss": 1}') == [{"step": 2, "loss": 1}]
