"""The `?` screen: what it lists, how it scrolls, and that keys typed in one burst each do what they would alone."""

from __future__ import annotations

from textual import events
from textual.pilot import Pilot

from nerotui.tui.screens.command import CommandLine
from nerotui.tui.screens.help import HelpScreen
from nerotui.tui.screens.pick import Pick
from nerotui.tui.widgets.lineview import LineView
from tests.tui.scene import app


def rows(view: LineView) -> list[str]:
    """What stands on the screen."""
    return [view.strip(y).text.rstrip(" │") for y in range(view.size.height)]


async def opened(pilot: Pilot[str]) -> HelpScreen:
    await pilot.pause()
    await pilot.press("question_mark")
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, HelpScreen)
    return screen


async def burst(pilot: Pilot[str], *keys: tuple[str, str | None]) -> None:
    """Keys that the terminal hands over in one piece."""
    for key, character in keys:
        pilot.app.post_message(events.Key(key, character))
    for _ in range(3):
        await pilot.pause()


async def test_it_scrolls_to_its_end_and_no_further() -> None:
    async with app().run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        first = rows(screen.keys)
        assert first[0] == "Here, in Runs"
        await pilot.press("down")
        await pilot.pause()
        assert rows(screen.keys)[:-1] == first[1:]
        for _ in range(40):
            await pilot.press("pagedown")
        await pilot.pause()
        last = rows(screen.keys)
        assert last[-1]
        await pilot.press("down")
        await pilot.pause()
        assert rows(screen.keys) == last


async def test_typing_narrows_and_escape_forgets() -> None:
    async with app().run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press(*"kill")
        assert any("Kill, by a dialog" in row for row in rows(screen.keys))
        assert not any("Scroll left" in row for row in rows(screen.keys))
        await pilot.press(*"xyz")
        assert rows(screen.keys)[0] == "No key has to do with 'killxyz'."
        await pilot.press("escape")
        assert any("Scroll left" in row for row in rows(screen.keys))


async def test_escape_closes_before_the_next_key_of_a_burst_is_taken() -> None:
    async with app().run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await burst(pilot, ("escape", "\x1b"), ("colon", ":"))
        assert isinstance(pilot.app.screen, CommandLine)
        assert screen.field.value == ""


async def test_escape_and_a_key_that_come_as_one_are_two() -> None:
    async with app().run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await burst(pilot, ("alt+s", "s"))
        assert isinstance(pilot.app.screen, Pick)
        assert screen.field.value == ""
