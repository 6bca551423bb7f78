"""Which hosts the user's ssh configuration names: only names, no patterns."""

import glob
import os
import shlex
from pathlib import Path

#: Files that include each other are followed this deep, as ssh does.
DEEPEST = 16


def config_path() -> Path:
    """The ssh configuration in force."""
    named = os.environ.get("NEROTUI_SSH_CONFIG")
    return Path(named) if named else Path.home() / ".ssh" / "config"


def names(path: Path | None = None) -> list[str]:
    """Names after `Host`, in the order of the file, without patterns and repeats; [] where there is no file."""
    return list(dict.fromkeys(_names(path or config_path(), 0)))


def _names(path: Path, depth: int) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found: list[str] = []
    for line in lines:
        keyword, _, rest = line.strip().replace("=", " ", 1).partition(" ")
        if keyword.lower() not in ("host", "include"):
            continue
        try:
            words = shlex.split(rest, comments=True)
        except ValueError:
            words = rest.split()
        if keyword.lower() == "host":
            found += [word for word in words if not set("*?!").intersection(word) and word.isprintable()]
        elif depth < DEEPEST:
            for word in words:
                pattern = os.path.expanduser(word)
                pattern = pattern if os.path.isabs(pattern) else str(path.parent / pattern)
                for name in sorted(glob.glob(pattern)):
                    found += _names(Path(name), depth + 1)
    return found
