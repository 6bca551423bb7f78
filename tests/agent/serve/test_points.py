"""A run's points on their way to the curve: all of them, or as many as a picture holds, and then as they come."""

import json
import math
import random
import time
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.points.downsample import Thinner
from nerotui.agent.points.points import COARSE_ABOVE
from tests.agent.serve.far import Far

Series = dict[str, list[list[Any]]]


def collect(far: Far, stream: int = 1) -> tuple[Series, dict[str, str], int]:
    """The complete picture, what each x is, and how many pictures there were."""
    series: Series = {}
    axes: dict[str, str] = {}
    pictures = 0
    while True:
        push = far.push("points")
        assert push["stream"] == stream
        if push["reset"]:
            series = {}
            pictures += 1
        for one in push["series"]:
            series.setdefault(one["name"], []).extend(one["points"])
            axes[one["name"]] = one["x"]
        if push["done"]:
            return series, axes, pictures


def own(path: Path, count: int, **more: Any) -> None:
    """Points as the supervisor writes them."""
    rng = random.Random(3)
    with path.open("a") as file:
        for step in range(count):
            point = {"t": 1e9 + step, "step": step, "loss": math.exp(-step / count) + rng.random() / 100}
            file.write(json.dumps({**point, **more, "source": "log", "offset": step * 30}) + "\n")


def test_raw_is_every_point_as_written(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    own(path, 500)
    own(path, 500, lr="NaN")  # the second attempt goes back to step 0
    far.ok("points", path=str(path), stream=1, raw=True)
    series, axes, pictures = collect(far)
    assert [point[0] for point in series["loss"]] == [*range(500), *range(500)]
    assert series["lr"][0] == [0, "NaN", 1e9]
    assert axes == {"loss": "step", "lr": "step"}
    assert pictures == 1
    assert far.quiet(0.1)


def test_names_choose(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    own(path, 10, lr=0.1)
    far.ok("points", path=str(path), stream=1, names=["lr"])
    assert list(collect(far)[0]) == ["lr"]


def test_a_long_history_is_on_the_screen_within_a_second(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    line = '{{"t": {}, "step": {}, "loss": {}, "source": "log", "offset": 1}}\n'
    block = "".join(line.format(10**9 + step, step, 1 / (step + 1)) for step in range(100_000))
    with path.open("w") as file:
        for _ in range(3):
            file.write(block)
        file.write(line.format(1, 10**6, 77.0))
    assert path.stat().st_size > COARSE_ABOVE
    began = time.monotonic()
    far.ok("points", path=str(path), stream=1, max_points=480, follow=True)
    first = far.push("points")
    assert time.monotonic() - began < 1
    assert 200 < sum(len(one["points"]) for one in first["series"]) <= 500
    assert not first["done"]
    assert far.ok("cancel", stream=9) == {}  # and meanwhile it answers
    series, _, _ = collect(far)
    assert 240 <= len(series["loss"]) <= 500
    assert series["loss"][-1][:2] == [10**6, 77.0]
    assert sorted(point[1] for point in series["loss"])[-2] == 1.0  # no spike is lost


def test_new_points_come_as_they_are_written(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    own(path, 10)
    far.ok("points", path=str(path), stream=4, max_points=100, follow=True)
    assert len(collect(far, 4)[0]["loss"]) == 10
    with path.open("a") as file:
        file.write('{"t": 5, "step": 10, "loss": 0.25, "source": "log", "offset": 3}\n{"t": 6, "step"')
    push = far.push("points")
    assert push["reset"] is False
    assert push["series"] == [{"name": "loss", "x": "step", "points": [[10, 0.25, 5]]}]
    with path.open("a") as file:
        file.write(': 11, "loss": "Infinity", "source": "log", "offset": 3}\n')
    assert far.push("points")["series"][0]["points"] == [[11, "Infinity", 6]]


def test_a_history_that_is_not_there_yet_is_waited_for(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    far.ok("points", path=str(path), stream=1, follow=True)
    assert collect(far)[0] == {}
    own(path, 3)
    assert len(far.push("points")["series"][0]["points"]) == 3


def test_any_log_of_this_host_is_read_for_its_points(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("starting\nepoch 1 loss 0.5 acc 60%\nepoch 2 loss 0.4 acc 70%\nepoch 3 loss nan acc 80%")
    far.ok("points", path=str(path), stream=1, raw=True)
    series, axes, _ = collect(far)
    assert [point[:2] for point in series["loss"]] == [[1, 0.5], [2, 0.4], [3, "NaN"]]
    assert [point[:2] for point in series["acc"]] == [[1, 60.0], [2, 70.0], [3, 80.0]]
    assert axes == {"loss": "epoch", "acc": "epoch"}


def test_a_log_is_followed_for_its_points(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("epoch 1 loss 0.5\nep")
    far.ok("points", path=str(path), stream=1, follow=True)
    assert len(collect(far)[0]["loss"]) == 1
    with path.open("a") as file:
        file.write("och 2 loss 0.4\n")
    assert far.push("points")["series"][0]["points"][0][:2] == [2, 0.4]
    path.write_text("epoch 7 loss 3\n")
    assert far.push("points")["reset"] is True
    assert far.push("points")["series"][0]["points"][0][:2] == [7, 3.0]


def test_a_program_s_own_json_lines(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    path.write_text('{"iteration": 1, "fps": 100, "train/kl": 0.5}\n{"iteration": 2, "fps": 90, "train/kl": null}\n')
    far.ok("points", path=str(path), stream=1, raw=True)
    series, _, _ = collect(far)
    assert [point[:2] for point in series["fps"]] == [[1, 100], [2, 90]]
    assert [point[:2] for point in series["train/kl"]] == [[1, 0.5]]


@pytest.mark.parametrize(
    "content", [b"", b"\0\xff\xfe" * 1000, b"{" * 100_000, b"x" * 300_000, b"[1,2]\n{}\n{\n"], ids=range(5)
)
def test_what_holds_no_points_gives_none(far: Far, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "it"
    path.write_bytes(content)
    far.ok("points", path=str(path), stream=1)
    assert collect(far)[0] == {}


def test_a_file_that_is_not_there_is_said(far: Far, tmp_path: Path) -> None:
    error = far.refused("points", path=str(tmp_path / "no"), stream=1)
    assert error["code"] == "io"
    assert "no such file" in error["message"]


def test_a_slow_reader_of_points_delays_no_reply(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    own(path, 100_000)
    far.ok("points", path=str(path), stream=1, raw=True)
    time.sleep(1.0)  # nobody reads
    number = far.ask("cancel", stream=9)
    before = 0
    while True:
        frame = far.fresh(time.monotonic() + 10)
        assert isinstance(frame, dict)
        if frame.get("id") == number:
            break
        before += 1
    assert before <= 6
    assert far.status("VmRSS") < 80_000


def test_a_cancelled_history_ends(far: Far, tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    own(path, 100_000)
    far.ok("points", path=str(path), stream=1, raw=True)
    far.ok("cancel", stream=1)
    far.before.clear()
    far.ok("points", path=str(path), stream=2, names=["loss"], max_points=10)
    far.until(lambda frame: isinstance(frame, dict) and frame.get("stream") == 2 and frame["done"])
    assert far.quiet(0.2)


# Thinning, by itself.


@pytest.mark.parametrize("count", [1, 2, 10, 99, 100, 101, 1000, 12345, 100_000])
def test_thinned_points_keep_order_ends_and_extremes(count: int) -> None:
    rng = random.Random(count)
    points = [(float(at), rng.gauss(0, 1), 0.0) for at in range(count)]
    thinner = Thinner(100)
    at = 0
    while at < count:
        size = rng.randrange(1, 5000)
        thinner.add(points[at : at + size])
        at += size
    kept = thinner.points()
    assert len(kept) <= 110
    assert len(kept) >= min(count, 90)
    assert kept == sorted(kept)
    assert kept[-1] == points[-1]
    assert max(points, key=lambda point: point[1]) in kept
    assert min(points, key=lambda point: point[1]) in kept


def test_what_is_not_finite_stays_visible() -> None:
    thinner = Thinner(50)
    points = [(float(at), math.nan if at == 7777 else 1.0, 0.0) for at in range(10_000)]
    thinner.add(points)
    assert [point[0] for point in thinner.points() if math.isnan(point[1])] == [7777.0]
    thinner.add([(float(at), math.nan, 0.0) for at in range(10_000, 20_000)])
    assert math.isnan(thinner.points()[-1][1])
    assert len(thinner.points()) < 80


def test_load_is_thinned_to_what_a_chart_shows(tmp_path: Path) -> None:
    from nerotui.agent.points.load import load

    path = tmp_path / "stats.jsonl"
    assert load(str(path), 10) == {"times": [], "cpu": [], "gpu": [], "memory": []}
    with path.open("w") as file:
        for at in range(1000):
            file.write(json.dumps({"t": 100 + at, "cpu": 50.0, "gpu": None if at < 500 else 80}) + "\n")
        file.write("cut sho")
    found = load(str(path), 10)
    assert len(found["times"]) == 10
    assert found["cpu"] == [50.0] * 10
    assert found["gpu"] == [None] * 5 + [80.0] * 5
    assert found["memory"] == [None] * 10
