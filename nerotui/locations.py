"""Every path outside the project: the user's configuration, the last known state, the caches."""

import os
import sys
from pathlib import Path

APP = "nerotui"


def config_file() -> Path:
    """The user's configuration: what NEROTUI_CONFIG names, else `config.toml` in the configuration folder."""
    named = os.environ.get("NEROTUI_CONFIG")
    return Path(named).expanduser() if named else config_dir() / "config.toml"


def config_dir() -> Path:
    """Where configuration lies; ~/.config/nerotui on Linux."""
    return _folder("config", ".config")


def state_dir() -> Path:
    """Where history and what a console remembers between its starts lie; ~/.local/state/nerotui on Linux."""
    return _folder("state", ".local/state")


def cache_dir() -> Path:
    """Where the last known state of hosts lies; ~/.cache/nerotui on Linux. Losing it costs nothing but the past."""
    return _folder("cache", ".cache")


def _folder(kind: str, usual: str) -> Path:
    """The user's folder of a kind: by the XDG rule on Linux, which every start follows; by platformdirs elsewhere.

    To load platformdirs takes a tenth of the time of a short command.
    """
    if sys.platform == "linux":
        named = os.environ.get(f"XDG_{kind.upper()}_HOME", "")
        return (Path(named) if os.path.isabs(named) else Path("~", usual).expanduser()) / APP
    import platformdirs

    found: Path = getattr(platformdirs, f"user_{kind}_path")(APP)
    return found


def project_file(start: Path | None = None) -> Path | None:
    """The nearest `nerotui.toml` in a folder or above it, or None.

    Args:
        start: the folder to begin in; default the current one.
    """
    folder = (start or Path.cwd()).absolute()
    for candidate in (folder, *folder.parents):
        path = candidate / "nerotui.toml"
        if path.is_file():
            return path
    return None
