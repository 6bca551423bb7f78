"""Round numbers along an axis."""

from __future__ import annotations

import math

from nerotui.core.views.format import duration, short_count


def linear(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round values that cover [low, high] with at most `most` steps; the first is ≤ low and the last ≥ high."""
    if not high > low:
        spread = abs(low) * 0.1 or 1.0
        low, high = low - spread, high + spread
    step = _round_up((high - low) / max(1, most))
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    if last - first > most:
        step = _round_up(step * 1.01)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(index * step for index in range(first, last + 1))


def seconds(high: float, most: int) -> tuple[float, ...]:
    """Round durations from 0 to at least `high`."""
    wanted = max(high, 1.0) / max(1, most)
    steps = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
    step = next((step for step in steps if step >= wanted), None)
    if step is None:
        step = 86400 * math.ceil(wanted / 86400)
    return tuple(float(index * step) for index in range(math.ceil(max(high, 1.0) / step) + 1))


def decades(low: float, high: float, most: int) -> tuple[float, ...]:
    """Logarithms of round values that cover [low, high], both > 0."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    if last - first >= 2:
        stride = -(-(last - first) // max(1, most))
        return tuple(float(first + index * stride) for index in range(-(-(last - first) // stride) + 1))
    marks = [mantissa * 10.0**power for power in range(first, last + 1) for mantissa in (1, 2, 5)]
    below = [mark for mark in marks if mark <= low * (1 + 1e-9)]
    above = [mark for mark in marks if mark >= high * (1 - 1e-9)]
    start, end = (below or marks)[-1 if below else 0], (above or [10.0 ** (last + 1)])[0]
    if start == end:
        end = start * 2
    return tuple(math.log10(mark) for mark in [*marks, end] if start <= mark <= end)


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


def _round_up(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    for mantissa in (1, 2, 2.5, 5, 10):
        if mantissa * power >= step * (1 - 1e-9):
            return mantissa * power
    return 10 * power
