"""Curves as an SVG picture: axes, a legend, one line a curve. No library, no fonts but the reader's own."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 800, 480
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 50
COLOURS = ("#1f77b4", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#666666")

Labelled = tuple[str, Sequence[tuple[float, float]]]


def picture(curves: Sequence[Labelled], x_name: str, log_y: bool) -> str:
    """The picture of curves that hold at least one point; with `log_y` all values are positive."""
    shown = [(name, [(x, math.log10(y) if log_y else y) for x, y in points]) for name, points in curves if points]
    x_low, x_high = _span([x for _, points in shown for x, _ in points])
    y_low, y_high = _span([y for _, points in shown for _, y in points])

    def across(x: float) -> float:
        return LEFT + (x - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)

    def down(y: float) -> float:
        return HEIGHT - BOTTOM - (y - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#444">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for x in ticks(x_low, x_high, 8):
        at = across(x)
        parts.append(f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eee"/>')
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:g}</text>')
    for y in ticks(y_low, y_high, 6):
        at = down(y)
        parts.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#eee"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10**y if log_y else y:.4g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x_name)}</text>')
    legend = LEFT
    for at, (name, points) in enumerate(shown):
        colour = COLOURS[at % len(COLOURS)]
        line = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<path d="M{legend} 20h16" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{legend + 22}" y="24">{escape(name)}</text>')
        legend += 40 + 7 * len(name)
    return "\n".join([*parts, "</svg>", ""])


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def ticks(low: float, high: float, about: int) -> list[float]:
    """Round values between low and high, about so many."""
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = math.ceil(low / step)
    return [round(at * step, 12) for at in range(first, math.floor(high / step) + 1)]
