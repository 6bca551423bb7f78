"""No number that a program may print breaks a picture: the greatest, the smallest, none at all."""

import math
import random
from typing import Any

import pytest

from nerotui.core.records import Load
from nerotui.core.series import Track
from nerotui.core.views.cells import width
from nerotui.core.views.curve import Curve, CurveOptions, Mark, stops
from nerotui.core.views.curve.lines import points_in_view
from nerotui.core.views.curve.picture import drawn
from nerotui.core.views.curve.sheet import framed
from nerotui.core.views.glyphs import UNICODE
from nerotui.core.views.spans import plain

VALUES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    1e308,
    -1e308,
    5e-324,
    -5e-324,
    1e-300,
    1e150,
    math.nan,
    math.inf,
    -math.inf,
    0.1,
    2.0**63,
]
PLACES = [0.0, 1.0, 2.0, -5.0, 1e308, -1e308, 1e-300, 1e15, 2.0**53, 2.0**53 + 2, 3.5, 100.0, math.inf, math.nan]
TIMES = [0.0, 1.0, 1.7e9, 1.7e9 + 5, -1e9, 1e308, math.inf, 4e11, 1e13]
COUNT = [float(at) for at in range(50)]


def picture_of(chance: random.Random) -> None:
    pick: Any = chance.choice
    curves = []
    for _ in range(chance.randint(1, 3)):
        track = Track("step")
        values, places = pick([VALUES, [1.0, 2.0, 3.0]]), pick([PLACES, COUNT, [1.0]])
        times = pick([TIMES, [1.7e9 + at for at in range(50)], [1e9]])
        track.extend((pick(places), pick(values), pick(times)) for _ in range(pick([1, 2, 5, 30, 3000])))
        marks = (Mark(text="m", x=pick([None, *PLACES]), time=pick([None, *TIMES])),)
        best, start = pick([None, "min", "max"]), pick([None, 0.0, 1.7e9, 1e308])
        curves.append(Curve(label="a", track=track, best=best, start=start, marks=marks, joins=pick([(), (1.7e9,)])))
    options = CurveOptions(
        axis=pick(["x", "time", "clock"]),
        log=chance.random() < 0.4,
        log_x=chance.random() < 0.3,
        smooth=pick([0.0, 0.9, 0.998]),
        window=pick([None, (0.0, 1.0), (5.0, 5.0), (1e10, 1e14), (-1e14, 1e14)]),
        cursor=pick([None, 0.0, -3.0, 1e14, 1.7e9]),
    )
    load = Load(times=(1.7e9, 1.7e9 + 3), cpu=(5.0, None), gpu=(math.nan, 250.0))
    columns, rows = pick([12, 40, 120]), pick([3, 8, 30])
    view = framed(curves, options, columns=columns, rows=rows, load=load)
    if view.notice is None:
        for line in drawn(view, UNICODE, colored=chance.random() < 0.5):
            assert width(plain(line)) <= max(columns, view.gutter + 2)
    stops(curves, options)
    points_in_view(curves, options)


@pytest.mark.parametrize("seed", range(8))
def test_no_number_breaks_a_picture(seed: int) -> None:
    for turn in range(40):
        picture_of(random.Random(f"{seed} {turn}"))
