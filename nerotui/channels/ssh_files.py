"""Which ssh_config files count: the same for nerotui's own SSH and for the system's `ssh` program."""

from __future__ import annotations

import os
from pathlib import Path


def named_config() -> Path | None:
    """The one file that NEROTUI_SSH_CONFIG names, or None for the usual ones."""
    named = os.environ.get("NEROTUI_SSH_CONFIG")
    return Path(named).expanduser() if named else None


def config_files() -> list[Path]:
    """The files to read, the first to say something wins."""
    named = named_config()
    usual = (Path("~/.ssh/config").expanduser(), Path("/etc/ssh/ssh_config"))
    return [path for path in ((named,) if named else usual) if os.access(path, os.R_OK)]
