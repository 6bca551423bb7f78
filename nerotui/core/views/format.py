"""Durations, sizes, numbers and times as people read them, in few cells. Nothing else formats them for a screen."""

from __future__ import annotations

import math
import time

_UNITS = "KMGTPE"


def duration(seconds: float | None) -> str:
    """A duration in at most five cells: 8s, 3m10s, 12m, 1h02, 9h40, 2d03h, 41d."""
    if seconds is None or not math.isfinite(seconds):
        return "-"
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return f"{minutes}m{rest:02d}s"
    if minutes < 60:
        return f"{minutes}m"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{rest:02d}"
    days, rest = divmod(hours, 24)
    return f"{days}d{rest:02d}h" if days < 10 else f"{days}d"


def short_duration(seconds: float | None) -> str:
    """A duration in its largest unit alone: 8s, 3m, 1h, 2d."""
    if seconds is None or not math.isfinite(seconds):
        return "-"
    whole = max(0, int(seconds))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if whole >= size:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def size(count: float | None) -> str:
    """Bytes in at most four cells and a unit of 1024s: 412G, 1.5T, 98M, 12K, 0."""
    if count is None or not math.isfinite(count):
        return "-"
    value = float(count)
    if value < 1024:
        return f"{value:.0f}"
    for unit in _UNITS:
        value /= 1024
        if value < 9.95:
            return f"{value:.1f}{unit}"
        if value < 1023.5 or unit == _UNITS[-1]:
            return f"{value:.0f}{unit}"
    raise AssertionError("unreachable")


def gib(used: int | None, total: int | None) -> str:
    """GPU memory used of total in gibibytes: 31/40G, ?/40G."""
    if used is None and total is None:
        return ""
    parts = ("?" if part is None else f"{part / 2**30:.0f}" for part in (used, total))
    return "/".join(parts) + "G"


def percent(value: float | None) -> str:
    """A percentage without its sign's room: 97%, ?%."""
    return "?%" if value is None or not math.isfinite(value) else f"{value:.0f}%"


def number(value: float | None) -> str:
    """A metric's value in at most seven cells with about four digits that matter: 0.8123, 71.20, 1.2e-05, nan, inf."""
    if value is None:
        return "-"
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    magnitude = abs(value)
    if value == 0:
        return "0"
    if magnitude >= 1e6 or magnitude < 1e-3:
        return f"{value:.1e}"
    if magnitude >= 1000:
        return f"{value:.0f}"
    if magnitude >= 100:
        return f"{value:.1f}"
    if magnitude >= 10:
        return f"{value:.2f}"
    return f"{value:.4f}"


def setting(value: float) -> str:
    """A parameter's value as people write it: 0.1, 256, 5e-4."""
    if value and math.isfinite(value) and (abs(value) < 1e-2 or abs(value) >= 1e6):
        mantissa, exponent = f"{value:.6e}".split("e")
        short = f"{float(mantissa):g}e{int(exponent)}"
        return short if len(short) < len(f"{value:g}") else f"{value:g}"
    return f"{value:g}"


def rate(value: float | None) -> str:
    """An accuracy: one decimal where it is a percentage, three where it is a fraction: 71.2, 0.712."""
    if value is None or not math.isfinite(value):
        return number(value)
    return f"{value:.1f}" if abs(value) > 1.5 else f"{value:.3f}"


def count(value: float | None) -> str:
    """A count: 34, 2,502, 1.25M; a fraction keeps one decimal."""
    if value is None or not math.isfinite(value):
        return "-"
    if value != int(value):
        return f"{value:.1f}"
    return f"{int(value):,}"


def begun(value: float | None) -> float | None:
    """The epoch or step that is being worked on, as its own log counts: 34 of 34.7."""
    return value if value is None or not math.isfinite(value) else math.floor(value)


def short_count(value: float | None) -> str:
    """A count in at most five cells: 34, 4120, 41k, 1.3M."""
    if value is None or not math.isfinite(value):
        return "-"
    magnitude = abs(value)
    if magnitude >= 1e9:
        return f"{value / 1e9:.3g}G"
    if magnitude >= 1e6:
        return f"{value / 1e6:.3g}M"
    if magnitude >= 1e4:
        return f"{value / 1e3:.3g}k"
    return f"{value:.0f}" if value == int(value) else f"{value:.3g}"


def clock(when: float | None, *, seconds: bool = False) -> str:
    """A time of day here: 09:21, 09:21:07."""
    return "" if when is None else time.strftime("%H:%M:%S" if seconds else "%H:%M", time.localtime(when))


def moment(when: float | None, now: float) -> str:
    """When something was: 09:21 today, else Nov 20 09:21, else 2025-11-20."""
    if when is None:
        return ""
    then, today = time.localtime(when), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M", then)
    return time.strftime("%b %d %H:%M" if then.tm_year == today.tm_year else "%Y-%m-%d", then)


def plural(amount: int, noun: str) -> str:
    """An amount with its noun: 1 run, 2 runs."""
    return f"{amount:,} {noun}{'' if amount == 1 else 's'}"


def tilde(path: str, home: str | None) -> str:
    """A path as people write it: that of a home, or below one, begins with `~`."""
    if home and home != "/" and (path == home or path.startswith(home.rstrip("/") + "/")):
        return "~" + path[len(home.rstrip("/")) :]
    return path
