"""JSON documents: read as far as they are, in little more memory than one record takes, nothing invented."""

import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.metrics.files import open_reader
from nerotui.agent.metrics.files.documents import DocumentReader
from tests.agent.metrics.files.reading import points, series

SAMPLES = Path(__file__).parents[1] / "samples"

HISTORY = [{"loss": 0.5, "epoch": 0.5, "step": 10}, {"eval_loss": "0.25", "epoch": 1.0, "step": 20}]
STATE: dict[str, Any] = {
    "best_metric": None,
    "global_step": 20,
    "log_history": HISTORY,
    "max_steps": 40,
    "stateful_callbacks": {},
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_trainer_state(indent: int | None, size: int) -> None:
    data = json.dumps(STATE, indent=indent).encode()
    assert series(data, "trainer_state.json", size) == {"loss": [(10, 0.5)], "eval_loss": [(20, 0.25)]}
    assert series(data, "state.json", size) == {"loss": [(10, 0.5)], "eval_loss": [(20, 0.25)]}


def test_a_real_trainer_state() -> None:
    found = series((SAMPLES / "transformers/trainer.trainer_state.json").read_bytes(), "trainer_state.json")
    assert len(found["loss"]) == 12
    assert [x for x, _ in found["eval_accuracy"]] == [20, 40, 60]
    assert not {"total_flos", "train_runtime", "train_loss"} & found.keys()  # they sum up the run


def test_chainer_s_log() -> None:
    found = series((SAMPLES / "chainer/mlp.log.json").read_bytes(), "log")
    assert sorted(found) == ["main/accuracy", "main/loss", "validation/main/accuracy", "validation/main/loss"]
    assert [x for x, _ in found["main/loss"]] == [12, 24, 36, 48, 60]


def test_sacred_s_metrics() -> None:
    column = {"steps": [0, 10], "timestamps": ["2020-01-01T00:00:00.5", "2020-01-01T00:01:00"], "values": [1.5, "NaN"]}
    data = json.dumps({"training.loss": column, "weird": {"steps": [], "timestamps": [], "values": []}}).encode()
    one, two = points(data, "metrics.json", 9)
    assert one == {"t": 1577836800.5, "source": "file", "offset": 0, "step": 0, "training.loss": 1.5}
    assert (two["step"], str(two["training.loss"]), two["t"]) == (10, "nan", 1577836860.0)


def test_catboost_s_json() -> None:
    found = series((SAMPLES / "catboost/fit.catboost_training.json").read_bytes(), "catboost_training.json")
    assert {name: len(values) for name, values in found.items()} == {"learn": 23, "test/0": 23, "test/1": 23}


def test_lists_of_numbers_are_rows() -> None:
    data = json.dumps({"loss": [0.5, 0.25], "val_loss": [0.75, None], "lr": [0.1, 0.1]}).encode()
    assert series(data, "history.json", 3) == {
        "loss": [(None, 0.5), (None, 0.25)],
        "val_loss": [(None, 0.75)],
        "lr": [(None, 0.1), (None, 0.1)],
    }


def test_several_histories_in_one_document() -> None:
    data = {"train": [{"epoch": 1, "loss": 1}], "val": [{"epoch": 1, "loss": 2}], "config": {"lr": 0.1}}
    assert series(json.dumps(data, indent=1).encode(), "log.json") == {"train/loss": [(1, 1)], "val/loss": [(1, 2)]}


def test_a_document_that_is_being_written_is_read_as_far_as_it_is() -> None:
    data = json.dumps(HISTORY * 3, indent=4).encode()
    reader = open_reader("log", data)
    assert isinstance(reader, DocumentReader)
    cut = data.rindex(b"{") + 5
    assert len(reader.feed(data[:cut], 0, 0.0)) == 5
    assert [point["offset"] for point in reader.feed(data[cut:], cut, 0.0)] == [5]


@pytest.mark.parametrize(
    "document",
    [
        {"model": {"layers": [64, 64, 10]}, "lr": 0.1},
        {"layers": [64, 64, 10], "dims": [1, 2, 3]},
        [{"image_id": 1, "category_id": 3, "score": 0.9, "bbox": [1, 2, 3, 4]}] * 4,
        [{"question": "why?", "answer": 42, "score": 1.0}] * 4,
        {"images": [{"id": 1, "width": 640, "height": 480}] * 4},
        [[1, 2], [3, 4]],
        {},
        [],
        [{}],
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_settings_data_and_results_are_no_curves(document: Any, indent: int | None) -> None:
    assert series(json.dumps(document, indent=indent).encode(), "metrics.json") == {}


def test_a_long_document_takes_no_more_memory_than_a_piece_of_it() -> None:
    record = json.dumps({"loss": 0.5, "epoch": 1.5, "step": 10, "learning_rate": 1e-4}, indent=6).encode()
    reader = DocumentReader(False)
    reader.feed(b'{"log_history": [', 0, 0.0)
    count = 0
    tracemalloc.start()
    for _ in range(100):
        count += len(reader.feed((record + b",\n") * 200, 0, 0.0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 3 << 20


@pytest.mark.parametrize(
    "worst",
    [
        b'[{"a": "' + b"x" * 2_000_000,
        b"[{" * 500_000,
        b'[{"a":' + b"[" * 1_000_000,
        b'{"log_history": [{"loss": ' + b"1" * 1_000_000,
        b'[{"step": 1, "loss": 2}' + b" " * 2_000_000,
        b'{"' + b"a" * 1_000_000,
    ],
    ids=range(6),
)
def test_the_worst_document_is_read_in_linear_time(worst: bytes) -> None:
    def seconds(size: int) -> float:
        reader = DocumentReader(False)
        data = worst[:size]
        began = time.process_time()
        for at in range(0, len(data), 1 << 16):
            reader.feed(data[at : at + (1 << 16)], at, 0.0)
        return time.process_time() - began

    assert seconds(1_000_000) < 1.0
