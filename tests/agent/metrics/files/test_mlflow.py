"""MLflow's file store: one metric a file, in every form that its versions wrote."""

import pytest

from nerotui.agent.metrics.files import open_reader
from tests.agent.metrics.files.reading import points

PATH = "/exp/mlruns/0/3f2a9c/metrics/"
LINES = b"1700000000123 0.5 0\n1700000001123 0.25 10\n1700000002123 nan 20\n"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_metric_is_its_lines(size: int) -> None:
    found = points(LINES, PATH + "val/loss", size)
    assert [(point["t"], point["step"], point["offset"]) for point in found] == [
        (1700000000.123, 0, 0),
        (1700000001.123, 10, 20),
        (1700000002.123, 20, 42),
    ]
    assert [str(point["val/loss"]) for point in found] == ["0.5", "0.25", "nan"]


def test_older_versions_knew_no_step() -> None:
    (point,) = points(b"1500000000123 0.5\n", PATH + "loss")
    assert point == {"t": 1500000000.123, "source": "file", "offset": 0, "loss": 0.5}


def test_a_damaged_line_is_passed_over() -> None:
    whole = LINES * 3 + b"17000 0.1 30\nloss\n1700000003123 0.125 40\n"
    assert [point["step"] for point in points(whole, PATH + "loss")] == [0, 10, 20] * 3 + [40]


@pytest.mark.parametrize("path", ["/exp/metrics/loss", "/exp/mlruns/0/3f2a9c/params/lr", "/exp/loss"])
def test_what_else_lies_there_is_none(path: str) -> None:
    assert open_reader(path, b"0.1\n0.2\n") is None
