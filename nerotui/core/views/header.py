"""The first line: what is watched, what needs attention, how."""

from __future__ import annotations

from collections.abc import Iterable

from nerotui.core.records import Host, Run
from nerotui.core.text import clean
from nerotui.core.views.format import plural
from nerotui.core.views.glyphs import UNICODE, Glyphs
from nerotui.core.views.spans import Line, Role, Span, View


class HeaderView(View, frozen=True, kw_only=True):
    """The first line's two ends; in a narrow terminal the right one stays."""

    brand: str
    left: Line
    right: Line


def header_view(
    hosts: Iterable[Host],
    runs: Iterable[Run],
    *,
    scope: str = "",
    readonly: bool = False,
    clock: str = "",
    note: str = "",
    glyphs: Glyphs = UNICODE,
) -> HeaderView:
    """What the first line says.

    Args:
        hosts: all hosts; those that are down are counted.
        runs: those with findings at least; these are counted.
        scope: what is watched, in the user's words: "gpu + triton".
        readonly: whether this console may change nothing.
        clock: "09:21", or "" for none.
        note: one more word on the right, such as a slower poll.
        glyphs: the characters to draw with.
    """
    down = sum(host.state == "down" for host in hosts)
    found, bad = 0, False
    for run in runs:
        for finding in run.findings:
            if finding.severity != "info":
                found += 1
                bad = bad or finding.severity == "error"
    right: list[Span] = []

    def say(text: str, role: Role) -> None:
        if text:
            right.extend((Span("   "), Span(text, role)) if right else (Span(text, role),))

    say("read-only" if readonly else "", "paused")
    say(clean(note), "label")
    say(f"{plural(down, 'host')} down" if down else "", "gone")
    say(f"{glyphs.alert} {plural(found, 'finding')}" if found else "", "error" if bad else "warning")
    say(clock, "label")
    return HeaderView(brand="nerotui", left=(Span(clean(scope), "text"),) if scope else (), right=tuple(right))
