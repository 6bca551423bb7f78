"""Looking for files of metrics: where programs put them, within limits that no file server notices."""

import json
import os
from pathlib import Path

import pytest

from nerotui.agent.metrics.files import finding
from nerotui.agent.metrics.files.finding import Walk, candidate, logical, reader_of, split_of


@pytest.mark.parametrize(
    "name",
    [
        *("metrics.csv", "results.csv", "progress.csv", "loss.tsv", "log.jsonl", "trainer_state.json", "metrics.json"),
        *("log", "events.out.tfevents.1700000000.host.12.0", "history.json", "train_log.json", "a.csv.gz"),
    ],
)
def test_names_of_files_of_metrics(name: str) -> None:
    assert candidate(name)


@pytest.mark.parametrize(
    "name", ["train.py", "config.json", "package.json", "model.safetensors", "tokenizer.json", "catalog.json", "x.csvx"]
)
def test_names_of_other_files(name: str) -> None:
    assert not candidate(name)


def test_what_lines_of_json_are_metrics() -> None:
    def lines(*records: object) -> bytes:
        return b"".join(json.dumps(record).encode() + b"\n" for record in records)

    assert reader_of("log.jsonl", lines({"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.5})) is not None
    assert reader_of("log.jsonl", lines({"loss": 0.5})) is not None
    assert reader_of("train.jsonl", lines({"text": "so it goes", "label": 1}, {"text": "and", "label": 0})) is None
    assert reader_of("config.json", lines({"lr": 0.1, "layers": 4})) is None


def test_checkpoints_are_one_and_held_back_data_is_told() -> None:
    assert logical("/a/out/checkpoint-500/trainer_state.json") == "/a/out/checkpoint-*/trainer_state.json"
    assert logical("/a/out/trainer_state.json") == "/a/out/trainer_state.json"
    assert split_of("/logs/validation/events.out.tfevents.1.h") == "validation/"
    assert split_of("/logs/train/events.out.tfevents.1.h") == ""
    assert split_of("/catboost_info/test_error.tsv") == "test/"
    assert split_of("/a/metrics.csv") == ""


def tree(top: Path, *names: str) -> None:
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("epoch,loss\n1,0.5\n")


def found(walk: Walk) -> list[str]:
    while walk.go_on(8):
        pass
    return [path for path, _ in walk.files()]


def test_a_walk_finds_what_lies_deep_and_what_comes_later(tmp_path: Path) -> None:
    tree(tmp_path, "a.csv", "outputs/2024-01-01/12-00-00/lightning_logs/version_0/metrics.csv", "x/.hidden/b.csv")
    tree(tmp_path, "data/train.csv", "node_modules/p/results.csv", "1/2/3/4/5/6/7/deep.csv")
    walk = Walk(str(tmp_path), {str(tmp_path / "1")})
    first = ["a.csv", "outputs/2024-01-01/12-00-00/lightning_logs/version_0/metrics.csv"]
    assert found(walk) == [str(tmp_path / name) for name in first]
    tree(tmp_path, "outputs/2024-01-01/12-00-00/lightning_logs/version_1/metrics.csv", "new/results.csv")
    (tmp_path / "a.csv").unlink()
    walk.again()
    assert [Path(path).parent.name for path in found(walk)] == ["new", "version_0", "version_1"]


def test_a_home_with_more_than_anyone_can_look_at_is_left_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FOLDERS", 20)
    monkeypatch.setattr(finding, "ENTRIES", 30)
    for number in range(100):
        folder = tmp_path / f"project{number:03d}"
        folder.mkdir()
        os.utime(folder, (1e9 + number, 1e9 + number))
        for inner in range(3):
            (folder / f"metrics{inner}.csv").touch()
    walk = Walk(str(tmp_path), set())
    assert 0 < len(found(walk)) <= 19 * 3


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    tree(tmp_path / "there", "metrics.csv")
    (tmp_path / "here").mkdir()
    (tmp_path / "here/loop").symlink_to(tmp_path)
    assert found(Walk(str(tmp_path / "here"), set())) == []
