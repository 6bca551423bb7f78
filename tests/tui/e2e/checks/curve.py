"""Keys of the curve."""

from __future__ import annotations

from tests.tui.e2e.checks.common import Press, check
from tests.tui.e2e.console import Console


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
    press()
    console.terminal.wait_for(lambda screen: "x time" in curve_rule(screen))
    press()
    console.terminal.wait_for(lambda screen: "x step" in curve_rule(screen))


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
