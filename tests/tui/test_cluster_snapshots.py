"""What clusters look like on screen, at three sizes, in colour and without colour or Unicode.

`pytest tests/tui/test_cluster_snapshots.py --snapshot-update` makes them anew; look at them before you keep them.
"""

from __future__ import annotations

import pytest

from nerotui.tui.palette import Palette
from tests.tui.clusterscene import ClusterScene
from tests.tui.scene import app
from tests.tui.test_snapshots import Compare, palettes, pressing, sizes

#: Screens by name: the keys that lead there from the first frame.
SCREENS: dict[str, tuple[str, ...]] = {
    "main": ("j", "j", "j", "j"),
    "hosts": ("1", "j", "z"),
    "add": ("slash", "w", "d", "0", "enter", "a"),
}
#: Dialogs look the same at any size.
DIALOGS: dict[str, tuple[str, ...]] = {
    "foreign-kill": ("slash", "n", "o", "t", "e", "b", "enter", "X"),
    "limit": ("slash", "4", "g", "p", "u", "enter", "T"),
}


@sizes
@palettes
@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS.keys())
def test_clusters(snap_compare: Compare, keys: tuple[str, ...], palette: Palette, size: tuple[int, int]) -> None:
    assert snap_compare(app(palette, scene=ClusterScene()), terminal_size=size, run_before=pressing(keys))


@palettes
@pytest.mark.parametrize("keys", DIALOGS.values(), ids=DIALOGS.keys())
def test_dialogs(snap_compare: Compare, keys: tuple[str, ...], palette: Palette) -> None:
    assert snap_compare(app(palette, scene=ClusterScene()), terminal_size=(80, 24), run_before=pressing(keys))
