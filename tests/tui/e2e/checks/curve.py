"""Keys of the curve."""

from __future__ import annotations

import re
from functools import partial

from tests.tui.e2e.checks.common import Press, check, footer
from tests.tui.e2e.console import Console

#: What the last line says of a mark: the best value, or what was found of the run by then.
MARK = re.compile(r"^ \S+.*: (best, 0\.|[a-z]{4})")


@check
def check_metric(console: Console, press: Press) -> None:
    shows_metric(console, press)


@check
def check_next_metric(console: Console, press: Press) -> None:
    console.terminal.send("3")
    shows_metric(console, press)


@check
def check_previous_metric(console: Console, press: Press) -> None:
    console.terminal.send("3")
    shows_metric(console, press)


def curve_rule(screen: str) -> str:
    """What the curve's rule says."""
    return next(line for line in screen.splitlines() if "3 Curve" in line)


def says(text: str, screen: str) -> bool:
    """Whether the curve's rule says something."""
    return text in curve_rule(screen)


def shows_metric(console: Console, press: Press) -> None:
    """Two metrics: one press shows the other, the next press the first again."""
    console.terminal.wait_for(lambda screen: "loss" in curve_rule(screen) and "━" in screen)
    press()
    console.terminal.wait_for(lambda screen: "acc" in curve_rule(screen))
    press()
    console.terminal.wait_for(lambda screen: "loss" in curve_rule(screen))


@check
def check_log_scale(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for(lambda screen: "y log" in curve_rule(screen))
    press()
    console.terminal.wait_for(lambda screen: "y lin" in curve_rule(screen))


@check
def check_x_axis(console: Console, press: Press) -> None:
    console.terminal.send("3")
    for axis in ("x time", "x clock", "x step"):
        press()
        console.terminal.wait_for(partial(says, axis))


@check
def check_overlay(console: Console, press: Press) -> None:
    """Both runs are drawn while one is marked; `v` leaves the selected one alone."""

    def legends(screen: str) -> int:
        return sum(line.count("━") for line in screen.splitlines())

    console.terminal.send("space")
    console.terminal.wait_for("1 marked")
    console.terminal.wait_for(lambda screen: legends(screen) == 2)
    press()
    console.terminal.wait_for(lambda screen: legends(screen) == 1)
    press()
    console.terminal.wait_for(lambda screen: legends(screen) == 2)
    console.terminal.send("escape")
    console.terminal.wait_for("marked", gone=True)


@check
def check_log_x(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for(partial(says, "x step log"))
    press()
    console.terminal.wait_for(lambda screen: "x step ·" in curve_rule(screen))


@check
def check_tiles(console: Console, press: Press) -> None:
    """The first press gives all charts the whole screen, the next one the chosen chart alone."""
    console.terminal.send("3")
    console.terminal.wait_for(lambda screen: "━" in screen)
    press()
    console.terminal.wait_for(lambda screen: re.search(r"^▌loss .* acc ", screen, re.M) and "load of local" in screen)
    press()
    console.terminal.wait_for(lambda screen: "load of local" not in screen and "━" in screen)
    press()
    console.terminal.wait_for("load of local")


@check
def check_smoother(console: Console, press: Press) -> None:
    console.terminal.send("3")
    for weight in ("0.5", "0.75", "0.9"):
        press()
        console.terminal.wait_for(partial(says, f"smooth {weight}"))
    console.terminal.send("left_square_bracket", "left_square_bracket", "left_square_bracket")
    console.terminal.wait_for(lambda screen: "smooth" not in curve_rule(screen))


@check
def check_rougher(console: Console, press: Press) -> None:
    console.terminal.send("3", "right_square_bracket", "right_square_bracket")
    console.terminal.wait_for(partial(says, "smooth 0.75"))
    press()
    console.terminal.wait_for(partial(says, "smooth 0.5"))
    press()
    console.terminal.wait_for(lambda screen: "smooth" not in curve_rule(screen))


def place(screen: str) -> int | None:
    """The step at which values are read off."""
    found = re.search(r"at step (\d+)", curve_rule(screen))
    return int(found[1]) if found else None


def reading(console: Console) -> int:
    """Begins to read values off at the newest point, whose step it gives."""
    console.terminal.send("3")
    console.terminal.wait_for(lambda screen: "━" in screen)
    console.terminal.send("end")
    step = place(console.terminal.wait_for(lambda screen: place(screen) is not None))
    assert step is not None
    return step


def done_reading(console: Console) -> None:
    console.terminal.send("escape")
    console.terminal.wait_for(lambda screen: place(screen) is None)


@check
def check_cursor_left(console: Console, press: Press) -> None:
    newest = reading(console)
    press()
    console.terminal.wait_for(lambda screen: (place(screen) or newest) < newest)
    done_reading(console)


@check
def check_cursor_right(console: Console, press: Press) -> None:
    reading(console)
    console.terminal.send("home")
    first = place(console.terminal.wait_for(partial(says, "at step 1 ")))
    press()
    console.terminal.wait_for(lambda screen: (place(screen) or 0) > (first or 0))
    done_reading(console)


@check
def check_next_mark(console: Console, press: Press) -> None:
    """The best loss is a mark, and a finding by then."""
    reading(console)
    press()
    console.terminal.wait_for(lambda screen: MARK.search(footer(screen)))
    done_reading(console)


@check
def check_previous_mark(console: Console, press: Press) -> None:
    reading(console)
    press()
    console.terminal.wait_for(lambda screen: MARK.search(footer(screen)))
    done_reading(console)


@check
def check_zoom_in(console: Console, press: Press) -> None:
    console.terminal.send("3")
    console.terminal.wait_for(lambda screen: "━" in screen)
    press()
    console.terminal.wait_for(partial(says, "part"))
    console.terminal.send("escape")
    console.terminal.wait_for(lambda screen: "part" not in curve_rule(screen))


@check
def check_zoom_out(console: Console, press: Press) -> None:
    console.terminal.send("3", "i")
    console.terminal.wait_for(partial(says, "part"))
    press()
    console.terminal.send("o")
    console.terminal.wait_for(lambda screen: "part" not in curve_rule(screen))


@check
def check_whole(console: Console, press: Press) -> None:
    console.terminal.send("3", "i", "i")
    console.terminal.wait_for(partial(says, "part"))
    press()
    console.terminal.wait_for(lambda screen: "part" not in curve_rule(screen))
