"""A track keeps the picture of any number of points in bounded memory."""

import math
import random

import pytest

from nerotui.core.series import LIMIT, Track, smoothed


def test_few_points_are_kept_as_they_are() -> None:
    track = Track("epoch")
    track.extend([(1, 0.5, 10), (2, 0.25, 20)])
    assert [(bucket.x, bucket.low, bucket.high) for bucket in track.buckets()] == [(1, 0.5, 0.5), (2, 0.25, 0.25)]
    assert (track.count, track.last, track.last_x) == (2, 0.25, 2)


def test_many_points_keep_every_peak_and_the_count_in_bounded_memory() -> None:
    chance = random.Random(1)
    track = Track()
    values = [chance.random() for _ in range(50_000)]
    values[31_234], values[40_001] = 9.0, -9.0
    for start in range(0, len(values), 1000):
        track.extend((x, values[x], float(x)) for x in range(start, start + 1000))
    buckets = track.buckets()
    assert len(buckets) <= LIMIT
    assert sum(bucket.finite for bucket in buckets) == 50_000
    assert max(bucket.high for bucket in buckets) == 9.0
    assert min(bucket.low for bucket in buckets) == -9.0
    assert track.greatest is not None
    assert track.greatest[:2] == (9.0, 31_234)
    assert sum(bucket.total for bucket in buckets) == pytest.approx(sum(values))
    peak = next(bucket for bucket in buckets if bucket.high == 9.0)
    assert abs(peak.x - 31_234) < 50_000 / (LIMIT / 4)


def test_a_resumed_run_goes_back_on_the_axis() -> None:
    track = Track()
    track.extend((float(x), 1.0, float(x)) for x in range(3000))
    track.extend((float(x), 0.5, 3000.0 + x) for x in range(-500, 4000))
    xs = [bucket.x for bucket in track.buckets()]
    assert xs == sorted(xs)
    assert xs[0] < -450
    assert xs[-1] == 3999.0


def test_values_that_are_not_finite_are_counted_and_drawn_nowhere() -> None:
    track = Track()
    track.extend([(1, math.nan, 1), (2, 1.0, 2), (3, math.inf, 3), (math.nan, 5.0, 4)])
    assert [(bucket.finite, bucket.bad) for bucket in track.buckets()] == [(0, 1), (1, 0), (0, 1)]
    assert track.count == 3
    assert track.least == (1.0, 2, 2)


def test_smoothing_is_the_same_whether_points_share_buckets_or_not() -> None:
    track = Track()
    track.extend((float(x), 3.0, float(x)) for x in range(10_000))
    averages = smoothed(track.buckets(), 0.99)
    assert all(value == pytest.approx(3.0) for value in averages)


def test_smoothing_starts_at_the_first_value_and_skips_what_is_not_finite() -> None:
    track = Track()
    track.extend([(0, math.nan, 0), (1, 4.0, 1), (2, 2.0, 2)])
    first, second, third = smoothed(track.buckets(), 0.5)
    assert first is None
    assert second == pytest.approx(4.0)
    assert third == pytest.approx((0.25 * 4 + 0.5 * 2) / 0.75)
