"""Small multiples: which charts there are, where they stand, and what they say at a glance."""

import math

import pytest

from nerotui.core.series import Track
from nerotui.core.views.cells import width
from nerotui.core.views.curve import Curve, CurveOptions, Mark
from nerotui.core.views.curve.families import families, grouped, title
from nerotui.core.views.curve.picture import drawn
from nerotui.core.views.curve.sheet import LEAST, Chart, Place, arrange, chart_lines, framed
from nerotui.core.views.glyphs import ASCII, UNICODE
from nerotui.core.views.spans import plain


def falling(floor: float = 0.3) -> Track:
    made = Track("step")
    made.extend((float(x), 2 * math.exp(-x / 20) + floor, 1000.0 + x) for x in range(100))
    return made


def test_metrics_are_grouped_by_what_their_names_begin_with() -> None:
    names = [
        "grad_norm/layer10",
        "grad_norm/layer2",
        "train/loss",
        "val/loss",
        "weights/conv1/std",
        "weights/fc",
        "lonely/one",
        "acc",
    ]
    found = grouped(names)
    assert [(group.name, group.families) for group in found] == [
        ("", ("loss", "acc", "lonely_one")),
        ("grad_norm", ("grad_norm_layer2", "grad_norm_layer10")),
        ("weights", ("weights_conv1_std", "weights_fc")),
    ]
    assert families(names)[:2] == ("loss", "acc")
    assert title("grad_norm_layer2", "grad_norm") == "layer2"
    assert title("loss", "") == "loss"


@pytest.mark.parametrize("size", [(80, 21), (120, 37), (200, 57), (40, 10)])
@pytest.mark.parametrize("groups", [[("", 1)], [("", 2)], [("", 4), ("grad_norm", 7)], [("", 1), ("a", 40), ("b", 3)]])
def test_charts_stand_beside_each_other_and_never_overlap(size: tuple[int, int], groups: list[tuple[str, int]]) -> None:
    layout = arrange(groups, *size)
    assert len(layout.places) == sum(count for _, count in groups)
    taken: set[tuple[int, int]] = set()
    for place in layout.places:
        assert place.width >= min(LEAST[0], size[0])
        assert place.height >= LEAST[1]
        assert place.x + place.width <= size[0]
        cells = {(x, y) for x in range(place.x, place.x + place.width) for y in range(place.y, place.y + place.height)}
        assert not cells & taken
        taken |= cells
    rows_of_headings = {y for y, _, _ in layout.headings}
    assert not rows_of_headings & {y for _, y in taken}
    assert layout.rows == max(place.y + place.height for place in layout.places)


def test_few_charts_fill_the_room() -> None:
    assert arrange([("", 1)], 200, 57).places == (Place(0, 0, 200, 57),)
    two = arrange([("", 2)], 200, 57).places
    assert [place.y for place in two] == [0, 28]
    assert two[0].width == 200
    four = arrange([("", 4)], 200, 57).places
    assert [place.y for place in four] == [0, 0, 28, 28]


def lines_of(
    chart: Chart, place: Place, *, colored: bool = True, chosen: bool = False, ascii_only: bool = False
) -> list[str]:
    glyphs = ASCII if ascii_only else UNICODE
    view = framed(chart.curves, chart.options, columns=place.width, rows=place.height - 1)
    lines = chart_lines(chart, view, place, glyphs, chosen=chosen, colored=colored)
    return [plain(line) for line in lines]


def test_a_small_chart_says_what_it_is_and_where_it_stands() -> None:
    curves = (
        Curve(label="train", track=falling(), color=0),
        Curve(label="val", track=falling(0.5), color=0, pale=True, best="min"),
    )
    chart = Chart(title="loss", group="", family="loss", curves=curves, options=CurveOptions())
    place = Place(0, 0, 40, 10)
    for colored, ascii_only in ((True, False), (False, False), (False, True)):
        lines = lines_of(chart, place, colored=colored, ascii_only=ascii_only)
        assert len(lines) == 10
        assert {width(line) for line in lines} == {40}
        assert "loss" in lines[0]
        assert "train 0.3142" in lines[0]
        assert "val 0.5142" in lines[0]
        assert not ascii_only or all(line.isascii() for line in lines)
    assert lines_of(chart, place, chosen=True)[0].startswith("▌loss")
    narrow = lines_of(chart, Place(0, 0, 24, 8))
    assert "0.3142" in narrow[0]
    assert {width(line) for line in narrow} == {24}


def test_a_chart_without_a_point_says_so_in_its_place() -> None:
    chart = Chart(title="acc", group="", family="acc", curves=(), options=CurveOptions(metric="acc"))
    lines = lines_of(chart, Place(0, 0, 40, 8))
    assert lines[1].strip() == "No points of acc yet."
    assert len(lines) == 8


#: A loss that was resumed once and ends in nan, a validation loss that turns: as it is, then smoothed, in ASCII, with
#: the cursor at step 60.
UNICODE_PICTURE = """\
   │⡀              ┊             ━ train           nan
   │⢗⡄             ┊             ━ val   best   0.5213 ▲ overfits
 2 │⠈⠪⣆            ┊
   │  ⠈⢷⡀          ┊
   │    ⠙⢦⡀        ┊
   │      ⠙⢕⣄      ┊
   │        ⠈⠓⢦⣄   ┊
 1 │           ⠈⠛⠵⢤⣐⠢⢄⣀⡀
   │               ┊⠉⠑⠒⠬⠭⣒⣒⠢⠤⢄⣀⣀⣀                          ⢀
   │               ┊       ⠉⠉⠒⠒⠒⠒⠛⠛◆⠛⠒⠒⠒⠒⠒⠒⠶⠶⠶⠶⠭⠭⠭⠭⠭⠭▲⠭⠭⠭⣉⣉⣁⣀⣀×
   └┴───────────┴───────────┴────────────┴───────────▲───────────┴
    0          20          40           60          80         100
"""
ASCII_PICTURE = """\
   |               :                 *1 train        0.5251
   |*              :                 +2 val     0.5267 ! overfits
 2 |.***           :                     |
   |  .***         :                     |
   |    .+***      :                     |
   |     ..+****   :                     |
   |       ...+*****                     |
 1 |          ...++*********             |
   |             ...+++++++************* |     ++++++++++++2
   |               :         ++++++B+++**************!********x
   ++-----------+-----------+------------+-----------!-----------+
    0          20          40           60          80         100
"""


def test_the_picture_is_pinned() -> None:
    train = Track("step")
    train.extend((float(x), 2 * math.exp(-x / 20) + 0.3, 1000.0 + x) for x in range(40))
    train.extend((float(x), 2 * math.exp(-x / 20) + 0.4, 2000.0 + x) for x in range(25, 95))
    train.extend([(95.0, math.nan, 2100.0)])
    turns = [(x, 2 * math.exp(-x / 15) + 0.45 + max(0, x - 50) * 0.004) for x in range(0, 100, 10)]
    val = Track("step")
    val.extend((float(x), value, 1000.0 + x) for x, value in turns)
    overfits = Mark(text="overfits", x=80.0)
    curves = [
        Curve(label="train", track=train, color=0),
        Curve(label="val", track=val, color=0, pale=True, best="min", marks=(overfits,)),
    ]
    view = framed(curves, CurveOptions(), columns=66, rows=12)
    assert [plain(line).rstrip() for line in drawn(view, UNICODE)] == UNICODE_PICTURE.splitlines()
    view = framed(curves, CurveOptions(cursor=60.0, smooth=0.8), columns=66, rows=12)
    assert [plain(line).rstrip() for line in drawn(view, ASCII, colored=False)] == ASCII_PICTURE.splitlines()
