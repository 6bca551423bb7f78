"""The way into the console and out of it: the environment before, the terminal and one sentence after."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nerotui.config import Config

#: Read by Textual when it is imported, so set before.
_TEXTUAL = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}


def run(
    config: Config,
    *,
    readonly: bool = False,
    ascii: bool = False,
    color: str = "auto",
    hosts: Sequence[str] | None = None,
) -> int:
    """Opens the console and stays until the user leaves.

    Args:
        config: what the user configured; its `[console]` table gives what the arguments leave open.
        readonly: change nothing on any host.
        ascii: draw with ASCII alone.
        color: "auto", "256", "16" or "none".
        hosts: the hosts and groups to show; None for all.

    Returns:
        The exit code.
    """
    console = config.console
    color = color if color != "auto" else console.color
    ascii = ascii or console.ascii or not _speaks_unicode()
    os.environ.update(_TEXTUAL)

    from nerotui.tui.palette import palette_for

    palette = palette_for(color, ascii_only=ascii)
    os.environ["TEXTUAL_COLOR_SYSTEM"] = {"256": "256", "16": "standard", "none": "256"}[palette.mode]
    os.environ.pop("NO_COLOR", None)  # the palette heeds it; Textual would answer with shades of grey

    from nerotui.tui.app import ConsoleApp, kept_crash
    from nerotui.tui.bridge import Bridge

    app = ConsoleApp(Bridge(config, hosts=hosts, readonly=readonly or console.readonly), palette)
    why = app.run(mouse=console.mouse)
    if app.crash is not None:
        kept = kept_crash(app.crash)
        where = f" The details are in {kept}." if kept else f"\n{app.crash}"
        print(f"nerotui stopped by a mistake of its own; your runs go on.{where}", file=sys.stderr)
        return 1
    print(summary(app.bridge.counts, why))
    return 0


def summary(counts: dict[str, int], why: str | None) -> str:
    """The one line that stays in the terminal: how things stand, and that leaving changed nothing."""
    parts = [f"{count} {word}" for word, count in counts.items() if count]
    stand = ", ".join(parts) if parts else "no runs"
    return f"nerotui: {stand}{'; your runs go on' if counts.get('running') or counts.get('waiting') else ''}." + (
        f" ({why})" if why else ""
    )


def _speaks_unicode() -> bool:
    """Whether the terminal's encoding can show what the console draws."""
    try:
        "─▌●▲⣿".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
