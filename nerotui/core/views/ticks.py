"""Round numbers along an axis."""

from __future__ import annotations

import math
import time
from typing import NamedTuple

from nerotui.core.views.format import duration, short_count

#: Numbers closer together are the same on an axis.
TINY = 1e-150


class Ticks(NamedTuple):
    """An axis from `low` to `high`, both round, and the round values between them that are labelled."""

    low: float
    high: float
    values: tuple[float, ...]


def linear(low: float, high: float, most: int) -> Ticks:
    """An axis that covers [low, high] closely, with at most `most` + 1 labelled values.

    Its ends are rounder than the data: they stay while the data grows a little, and so does the picture.
    """
    if not high - low > TINY:
        spread = abs(low) * 0.1 if abs(low) > TINY else 1.0
        low, high = low - spread, high + spread
    fine = _round_up((high - low) / 20)
    first, last = math.floor(low / fine + 1e-9), math.ceil(high / fine - 1e-9)
    step = _round_up((last - first) * fine / max(1, most))
    start, end = math.ceil(first * fine / step - 1e-9), math.floor(last * fine / step + 1e-9)
    return Ticks(first * fine, last * fine, tuple(index * step for index in range(start, end + 1)))


def whole(low: float, high: float, most: int) -> Ticks:
    """An axis that begins and ends at a labelled value, with at most `most` steps between them."""
    if not high - low > TINY:
        high = low + (abs(low) * 0.1 if abs(low) > TINY else 1.0)
    step = _round_up((high - low) / max(1, most))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if last - first > most:
        step = _round_up(step * 1.01)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Ticks(first * step, last * step, tuple(index * step for index in range(first, last + 1)))


def seconds(high: float, most: int) -> Ticks:
    """An axis of round durations from 0 to at least `high`."""
    step = _seconds_step(max(high, 1.0) / max(1, most))
    values = tuple(float(index * step) for index in range(math.ceil(max(high, 1.0) / step) + 1))
    return Ticks(0.0, values[-1], values)


def within(low: float, high: float, most: int) -> Ticks:
    """An axis from exactly `low` to exactly `high`, with the round values between them."""
    if not high - low > TINY:
        high = low + (abs(low) * 0.1 if abs(low) > TINY else 1.0)
    step = _round_up((high - low) / max(1, most))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return Ticks(low, high, tuple(index * step for index in range(first, last + 1)))


def within_seconds(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round durations between `low` and `high`."""
    step = _seconds_step((high - low) / max(1, most))
    return tuple(index * step for index in range(math.ceil(low / step), math.floor(high / step) + 1))


def clock(low: float, high: float, most: int) -> tuple[Ticks, tuple[str, ...]]:
    """The times of day between two moments (seconds since the epoch), and their labels: a new day by its date."""
    step = _seconds_step((high - low) / max(1, most))
    # Round by the clock here, which may be some hours and a half away from that of Greenwich.
    away = time.localtime(low).tm_gmtoff
    values = tuple(
        index * step - away for index in range(math.ceil((low + away) / step), math.floor((high + away) / step) + 1)
    )
    labels: list[str] = []
    day = None
    days = high - low > 86400
    for value in values:
        when = time.localtime(value)
        if days and when[:3] != day:
            labels.append(time.strftime("%b %d" if step >= 86400 or when[3:5] == (0, 0) else "%b %d %H:%M", when))
        else:
            labels.append(time.strftime("%H:%M" if step >= 60 else "%H:%M:%S", when))
        day = when[:3]
    return Ticks(low, high, values), tuple(labels)


def decades(low: float, high: float, most: int) -> Ticks:
    """A logarithmic axis over [low, high], both > 0; its values are logarithms."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    if last - first > 3:
        stride = -(-(last - first) // max(1, most))
        values = tuple(float(first + index * stride) for index in range((last - first) // stride + 1))
        return Ticks(float(first), float(last), values)
    if high < 2.5 * low:
        # Within a few tenths of a decade 1, 2 and 5 are too few, and too far away.
        close = linear(low, high, most)
        if close.low > 0:
            return Ticks(math.log10(close.low), math.log10(close.high), tuple(map(math.log10, close.values)))
    # Over few decades the axis ends at 1, 2 or 5: whole ones would leave half of it empty.
    marks = [mantissa * 10.0**power for power in range(first - 1, last + 2) for mantissa in (1, 2, 5)]
    start = max(mark for mark in marks if mark <= low * (1 + 1e-9))
    end = min(mark for mark in marks if mark >= high * (1 - 1e-9))
    inside = [mark for mark in marks if start <= mark <= end]
    if len(inside) > most + 1:
        tens = [mark for mark in inside if abs(math.log10(mark) - round(math.log10(mark))) < 1e-9]
        inside = tens if len(tens) > 1 else [start, end]
    return Ticks(math.log10(start), math.log10(end), tuple(math.log10(mark) for mark in inside))


def labels(values: tuple[float, ...]) -> tuple[str, ...]:
    """Values with as many decimals as tell neighbours apart."""
    if len(values) < 2:
        return tuple(f"{value:g}" for value in values)
    step = abs(values[1] - values[0])
    greatest = max(map(abs, values))
    if greatest >= 1e4 or step < 1e-4:
        if greatest >= 1e4 and step >= 100:
            return tuple(short_count(value) for value in values)
        return tuple("0" if value == 0 else f"{value:.1e}" for value in values)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if abs(step * 10**decimals - round(step * 10**decimals)) > 1e-6:
        decimals += 1
    return tuple(f"{value if abs(value) > step / 1e6 else 0:.{decimals}f}" for value in values)


def log_labels(values: tuple[float, ...]) -> tuple[str, ...]:
    """Logarithms as the values that they stand for."""
    texts = []
    for value in values:
        number = 10**value
        texts.append(f"{number:.0e}" if number >= 1e5 or number < 1e-3 else f"{number:.6g}")
    return tuple(texts)


def time_labels(values: tuple[float, ...]) -> tuple[str, ...]:
    """Durations, zero as 0."""
    return tuple("0" if value == 0 else duration(value) for value in values)


def _seconds_step(least: float) -> float:
    """A round duration of at least so many seconds."""
    steps = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
    step = next((step for step in steps if step >= least), None)
    return 86400.0 * math.ceil(least / 86400) if step is None else float(step)


def _round_up(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    for mantissa in (1, 2, 2.5, 5, 10):
        if mantissa * power >= step * (1 - 1e-9):
            return mantissa * power
    return 10 * power
