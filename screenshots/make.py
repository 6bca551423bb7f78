"""Makes the pictures of this folder from the demo's real runs: python screenshots/make.py.

It takes about two minutes: the runs train meanwhile. What is drawn is what the console draws, at three sizes.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

#: Seconds that the runs train before the first picture.
TRAINING = 75.0


async def pictures(home: Path) -> None:
    """Queues the demo's runs in a home of their own, and takes pictures of the console on them."""
    from nerotui import Fleet
    from nerotui.cli.commands import demo
    from nerotui.config import LOCAL, Config, HostConfig
    from nerotui.tui.app import ConsoleApp
    from nerotui.tui.bridge import Bridge
    from nerotui.tui.palette import palette_for

    slots = demo.SLOTS
    config = Config(hosts={LOCAL: HostConfig(name=LOCAL, connect="local", root=str(demo.root()), slots=slots)})
    async with Fleet(config, cache=False) as fleet:
        await demo.start(fleet)
        await asyncio.sleep(TRAINING)
        for size, mode in (((120, 40), "256"), ((80, 24), "256"), ((200, 60), "256"), ((120, 40), "none")):
            app = ConsoleApp(Bridge(config), palette_for(mode, ascii_only=mode == "none"))
            async with app.run_test(size=size) as pilot:
                await pilot.pause(6)
                await pilot.press("j")
                await pilot.pause(2)
                name = "{}x{}{}".format(*size, "-mono" if mode == "none" else "")
                save(app.export_screenshot(title="nerotui"), f"console-{name}")
                if size == (120, 40) and mode == "256":
                    await pilot.press("X")
                    await pilot.pause(1)
                    save(app.export_screenshot(title="nerotui"), "kill-120x40")
                    await pilot.press("escape", "question_mark")
                    await pilot.pause(1)
                    save(app.export_screenshot(title="nerotui"), "keys-120x40")
                    await pilot.press("escape")
        await demo.stop(fleet)


def save(svg: str, name: str) -> None:
    """Writes a picture that needs no font from elsewhere."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")
    (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")
    print(f"screenshots/{name}.svg")


def main() -> None:
    """Takes the pictures in a home that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="home-") as home:
        for name in [name for name in os.environ if name.startswith(("XDG_", "NEROTUI_", "TMUX"))]:
            del os.environ[name]
        os.environ.update(HOME=home, TEXTUAL_ANIMATIONS="none", TEXTUAL_COLOR_SYSTEM="256")
        sys.executable = (
            shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
        )  # no path of one's own
        asyncio.run(pictures(Path(home)))


if __name__ == "__main__":
    main()
