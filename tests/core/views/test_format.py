"""Numbers, durations and sizes stay short, and their widths do not surprise a column."""

import math

import pytest

from nerotui.core.views import format as fmt


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (math.nan, "-"),
        (-3, "0s"),
        (8.9, "8s"),
        (190, "3m10s"),
        (720, "12m"),
        (3720, "1h02"),
        (34800, "9h40"),
        (2 * 86400 + 3 * 3600, "2d03h"),
        (41 * 86400, "41d"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert fmt.duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (1023, "1023"),
        (1024, "1.0K"),
        (412 * 2**30, "412G"),
        (1023.9 * 2**20, "1.0G"),
        (1.5 * 2**40, "1.5T"),
        (None, "-"),
        (2**70, "1024E"),
    ],
)
def test_sizes(count: float | None, text: str) -> None:
    assert fmt.size(count) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.8123, "0.8123"),
        (71.2, "71.20"),
        (123.456, "123.5"),
        (4120.0, "4120"),
        (1.2e-5, "1.2e-05"),
        (-0.0123, "-0.0123"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (0.0, "0"),
        (None, "-"),
    ],
)
def test_metric_values(value: float | None, text: str) -> None:
    assert fmt.number(value) == text


def test_a_metric_value_never_outgrows_its_column() -> None:
    values = [
        sign * mantissa * 10.0**power for sign in (1, -1) for mantissa in (1, 9.9996, 5.5) for power in range(-9, 9)
    ]
    assert max(len(fmt.number(value)) for value in values) <= 8
    assert max(len(fmt.duration(10.0**power)) for power in range(9)) <= 6


@pytest.mark.parametrize(
    ("value", "text"), [(5e-4, "5e-4"), (0.1, "0.1"), (256.0, "256"), (0.015, "0.015"), (0.0, "0")]
)
def test_parameters_read_as_people_write_them(value: float, text: str) -> None:
    assert fmt.setting(value) == text


def test_the_epoch_that_is_worked_on_is_a_whole_one() -> None:
    assert fmt.begun(34.7) == 34
    assert fmt.begun(None) is None
    assert math.isinf(fmt.begun(math.inf) or 0)


def test_paths_begin_with_a_tilde_where_a_home_does() -> None:
    assert fmt.tilde("/home/a/exp", "/home/a") == "~/exp"
    assert fmt.tilde("/home/a", "/home/a") == "~"
    assert fmt.tilde("/home/ab/exp", "/home/a") == "/home/ab/exp"
    assert fmt.tilde("/data", None) == "/data"
    assert fmt.tilde("/root/x", "/") == "/root/x"
