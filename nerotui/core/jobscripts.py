"""Job scripts of users' own: what their `#SBATCH` and `#$` lines call the job."""

from __future__ import annotations

import re
import shlex

#: How a line of options begins, and the options that name the job.
_LINES = re.compile(r"^#(?:SBATCH|\$)\s+(.*)$", re.MULTILINE)
_NAMES = ("-J", "--job-name", "-N")


def name_of(script: str) -> str | None:
    """What a script calls its job; None where it does not say."""
    for found in _LINES.finditer(script):
        try:
            words = shlex.split(found[1], comments=True)
        except ValueError:  # an apostrophe in a comment: no line of options that names anything
            continue
        for at, word in enumerate(words):
            option, equals, value = word.partition("=")
            if option in _NAMES:
                value = value if equals else words[at + 1] if at + 1 < len(words) else ""
                if value:
                    return value
    return None
