"""The one command that is run on a host, and the lines that it reads first.

The command is a constant: no path, name or setting is ever put into it. It is one line without single quotes and
exclamation marks, so that bash, dash, zsh, tcsh and fish pass it on unchanged. What differs between hosts (the
interpreter) and what is long (the bootstrap) follows as two lines on stdin, which the shell's `read` takes byte by
byte and no further, so that frames may follow at once.
"""

from __future__ import annotations

import base64
import zlib
from functools import cache
from pathlib import Path

import nerotui.agent

#: Interpreters that are looked for, in this order; one that is too old hands over to those behind it.
CANDIDATES = ("python3", *(f"python3.{minor}" for minor in range(13, 5, -1)), "python")

# Starts the first text of the variable, or, under a Python older than 3.6, the second. It must hold no quotes. The
# remark at its end is room: the agent writes its kind and root over these arguments, for process lists.
_STARTER = (
    "import os,sys,zlib,binascii;"
    "exec(zlib.decompress(binascii.a2b_base64("
    "os.environ[sys.argv[1]].split(chr(58))[sys.version_info<(3,6)])))"
    f"  # nerotui {'.' * 240}"
)

# The processors' times so far go along: the host's first load is told over the time that coming up takes.
# A name or path that the plain PATH has is run as it stands. Anything else is a command line such as
# `module load python && python3`: it needs the user's login shell, whose start-up files define such commands.
_SCRIPT = (
    '[ -r /proc/stat ] && IFS= read -r s </proc/stat && export NEROTUI_STAT="$s"; '
    "IFS= read -r p && IFS= read -r b || exit 96; "
    'export NEROTUI_AGENT="$b"; '
    f'c="{_STARTER}"; '
    'if [ -z "$p" ]; then '
    f"for i in {' '.join(CANDIDATES)}; do "
    'command -v "$i" >/dev/null 2>&1 && exec "$i" -S -E -u -c "$c" NEROTUI_AGENT; done; '
    'echo "nerotui: no Python on PATH" >&2; exit 97; fi; '
    'case "$p" in "~/"*) p="$HOME/${p#??}";; esac; '
    'command -v "$p" >/dev/null 2>&1 && exec "$p" -S -E -u -c "$c" NEROTUI_AGENT configured; '
    's="${SHELL:-/bin/sh}"; '
    'case "$s" in *csh) s=/bin/sh; [ -x /bin/bash ] && s=/bin/bash;; esac; '
    'exec "$s" -l -c "$p -S -E -u -c \\"$c\\" NEROTUI_AGENT configured"'
)

#: What is asked of the far shell.
COMMAND = f"exec /bin/sh -c '{_SCRIPT}'"

#: The same, with a sign of life first, where nothing else tells that the log-in is over.
COMMAND_AFTER_NEWLINE = f"exec /bin/sh -c 'echo; {_SCRIPT}'"

#: The same for a channel that takes an argument list.
ARGV = ("/bin/sh", "-c", _SCRIPT)

# Python 2 and 3.0 to 3.5 must be able to read this.
_TOO_OLD = """
import os, sys
names = {names!r}
tried = int(os.environ.get("NEROTUI_TRIED", "1"))
if len(sys.argv) < 3:
    for n in range(tried, len(names)):
        os.environ["NEROTUI_TRIED"] = str(n + 1)
        try:
            os.execvp(names[n], [names[n], "-S", "-E", "-u", "-c", {starter!r}, "NEROTUI_AGENT"])
        except OSError:
            pass
sys.stderr.write("nerotui: Python %d.%d is too old\\n" % sys.version_info[:2])
sys.exit(98)
"""

_FORGET = 'import os\nfor name in "NEROTUI_AGENT", "NEROTUI_TRIED": os.environ.pop(name, None)\n'


def preamble(python: str) -> bytes:
    """The two lines that go to the command's stdin before any frame.

    Args:
        python: the host's interpreter: a path, a name, a command line of the user's shell, or "" to look for one.
    """
    if "\n" in python or "\0" in python:
        raise ValueError("an interpreter's command is one line")
    return python.strip().encode() + b"\n" + _texts() + b"\n"


@cache
def _texts() -> bytes:
    bootstrap = (Path(nerotui.agent.__path__[0]) / "bootstrap.py").read_text(encoding="utf-8")
    too_old = _TOO_OLD.format(names=CANDIDATES, starter=_STARTER)
    return b":".join(base64.b64encode(zlib.compress(text.encode(), 9)) for text in (_FORGET + bootstrap, too_old))
