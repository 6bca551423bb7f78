"""Every path outside the project: the user's configuration, the last known state, the caches."""

import os
from pathlib import Path

APP = "nerotui"


def config_file() -> Path:
    """The user's configuration: what NEROTUI_CONFIG names, else `config.toml` in the configuration folder."""
    named = os.environ.get("NEROTUI_CONFIG")
    return Path(named).expanduser() if named else config_dir() / "config.toml"


def config_dir() -> Path:
    """Where configuration lies; ~/.config/nerotui on Linux."""
    import platformdirs

    return Path(platformdirs.user_config_dir(APP))


def state_dir() -> Path:
    """Where history and what a console remembers between its starts lie; ~/.local/state/nerotui on Linux."""
    import platformdirs

    return Path(platformdirs.user_state_dir(APP))


def cache_dir() -> Path:
    """Where the last known state of hosts lies; ~/.cache/nerotui on Linux. Losing it costs nothing but the past."""
    import platformdirs

    return Path(platformdirs.user_cache_dir(APP))


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
