"""What every screen looks like, at three sizes, in colour and without colour or Unicode: pictures to compare with.

`pytest tests/tui/test_snapshots.py --snapshot-update` makes them anew; look at them before you keep them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest
from textual.pilot import Pilot

from nerotui.core.views.glyphs import ASCII
from nerotui.tui.app import ConsoleApp
from nerotui.tui.palette import Palette
from nerotui.tui.screens.prompts import SecretDialog, host_key_question
from tests.tui.scene import Scene, app

SIZES = ((80, 24), (120, 40), (200, 60))
PALETTES = {"colour": Palette(), "plain": Palette("none", ASCII)}

#: Screens by name: the keys that lead there from the first frame.
SCREENS: dict[str, tuple[str, ...]] = {
    "main": ("j",),
    "log": ("j", "4", "z"),
    "curve": ("j", "3", "z"),
    "detail": ("j", "d"),
    "processes": ("j", "t"),
    "findings": ("6",),
    "marked": ("j", "space", "space", "v", "v"),
    "filter": ("slash", "r", "e", "s"),
    "kill": ("j", "X"),
    "remove": ("G", "D"),
    "add": ("j", "a"),
    "help": ("question_mark",),
    "command": ("colon", "k"),
    "sort": ("s",),
    "copy": ("j", "Y"),
}


class Compare(Protocol):
    def __call__(
        self,
        app: ConsoleApp,
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[str]], Awaitable[None]],
    ) -> bool: ...


async def settled(pilot: Pilot[str]) -> None:
    """Waits until everything posted was handled and painted."""
    for _ in range(3):
        await pilot.pause()
    await asyncio.sleep(0.15)
    await pilot.pause()


def pressing(keys: tuple[str, ...]) -> Callable[[Pilot[str]], Awaitable[None]]:
    """What a person does before the picture is taken."""

    async def before(pilot: Pilot[str]) -> None:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await settled(pilot)

    return before


sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
palettes = pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())


@sizes
@palettes
@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS.keys())
def test_screen(snap_compare: Compare, keys: tuple[str, ...], palette: Palette, size: tuple[int, int]) -> None:
    assert snap_compare(app(palette), terminal_size=size, run_before=pressing(keys))


@sizes
@palettes
@pytest.mark.parametrize("asked", ["host key", "secret"])
def test_prompt(snap_compare: Compare, asked: str, palette: Palette, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[str]) -> None:
        await settled(pilot)
        if asked == "secret":
            pilot.app.push_screen(SecretDialog(palette, "gpu01", "alice@gpu01's password: ", echo=False))
        else:
            fingerprint = "SHA256:Lx7Vt0Yb2sYcJ1o9m5mJm1O9QeVX0dPZ3l0v5kqQxkM"
            pilot.app.push_screen(host_key_question(palette, "gpu01", "gpu01.lab:22", "ssh-ed25519", fingerprint))
        await settled(pilot)

    assert snap_compare(app(palette), terminal_size=size, run_before=before)


@sizes
@palettes
@pytest.mark.parametrize("readonly", [False, True], ids=["first-frame", "first-frame-readonly"])
def test_before_anything_is_connected(
    snap_compare: Compare, readonly: bool, palette: Palette, size: tuple[int, int]
) -> None:
    scene = Scene(empty=True, readonly=readonly)
    assert snap_compare(app(palette, scene=scene), terminal_size=size, run_before=settled)


def test_a_small_terminal(snap_compare: Compare) -> None:
    assert snap_compare(app(), terminal_size=(58, 14), run_before=settled)
