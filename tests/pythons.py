"""The interpreters of this machine that the agent must run on: 3.6 to the newest, one of each minor version."""

import os
import pwd
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path


@cache
def interpreters() -> dict[str, str]:
    """Finds interpreters on PATH and under ~/.pyenv: {"3.6": "/…/bin/python3.6", …}, each seen to start."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)  # tests change HOME
    found: dict[str, str] = {}
    candidates = [str(path) for path in sorted(home.glob(".pyenv/versions/*/bin/python3"))]
    candidates += [path for minor in range(6, 20) if (path := shutil.which(f"python3.{minor}"))]
    for path in candidates:
        done = subprocess.run(
            [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
        version = done.stdout.strip()
        if done.returncode == 0 and re.fullmatch(r"3\.\d+", version) and int(version[2:]) >= 6:
            found.setdefault(version, path)
    return dict(sorted(found.items(), key=lambda item: int(item[0][2:])))
