"""What the curve's screens look like, at three sizes, in colour and without colour or Unicode.

`pytest tests/tui/test_curve_snapshots.py --snapshot-update` makes them anew; look at them before you keep them.
"""

from __future__ import annotations

import pytest

from nerotui.tui.palette import Palette
from tests.tui.curvescene import CurveScene
from tests.tui.scene import app
from tests.tui.test_snapshots import Compare, palettes, pressing, sizes

#: Screens by name: the keys that lead there from the first frame.
SCREENS: dict[str, tuple[str, ...]] = {
    "all": ("j", "3", "t", "right_square_bracket", "right_square_bracket", *["comma"] * 4),
    "overlay": ("j", "space", "space", "k", "3", "t", "t", "right_square_bracket", "end", "ctrl+u"),
    "part-log": ("j", "3", "t", "t", "L", "i"),
}


@sizes
@palettes
@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS.keys())
def test_curves(snap_compare: Compare, keys: tuple[str, ...], palette: Palette, size: tuple[int, int]) -> None:
    assert snap_compare(app(palette, scene=CurveScene()), terminal_size=size, run_before=pressing(keys))
