"""Several runs in one job: an array whose tasks each carry out a run of their own."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from nerotui.backends.jobs import folder_of

#: So many tasks an array has at most; Slurm's highest index is 1000 unless a site says otherwise.
MOST = 1000

#: What runs may differ in and still be tasks of one array: all that is no wish to the scheduler.
_WISHES = ("partition", "account", "cpus", "memory", "nodes", "gpus", "time", "slurm", "gridengine", "resume", "held")

_SCRIPT = """\
#!/bin/sh
# Each task of this array becomes the supervisor of one of nerotui's runs.
case "${task}" in
{cases}
*) echo "nerotui: this array has no task ${task}" >&2; exit 1 ;;
esac
# A shared folder may show a little late what was written on another machine.
waited=0
while [ ! -f "$1/job.sh" ] && [ $waited -lt 60 ]; do sleep 1; waited=$((waited + 1)); done
if [ ! -d "$1" ]; then exit 0; fi
ln -sf {output}"${task}" "$1/job.out"
exec /bin/sh "$1/job.sh"
"""


def script(task: str, scripts: Sequence[str], output: str) -> str:
    """The job script of an array.

    Args:
        task: the variable that holds a task's number, from 1.
        scripts: the paths of the runs' own job scripts.
        output: the beginning of the path of each task's output, which becomes the run's `job.out`.
    """
    cases = "\n".join(f"{at}) set -- {shlex.quote(folder_of(path))} ;;" for at, path in enumerate(scripts, 1))
    return _SCRIPT.format(task=task, cases=cases, output=shlex.quote(output))


def grouped(documents: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Which runs can go in together: indices of those with the same wishes, in order, at most so many each.

    A run with a script of its own, or one that waits for others, goes in alone.
    """
    groups: dict[str, list[int]] = {}
    found: list[list[int]] = []
    for at, document in enumerate(documents):
        if document.get("script") or document.get("after") or document.get("after_any"):
            found.append([at])
            continue
        key = repr([document.get(wish) for wish in _WISHES])
        group = groups.get(key)
        if group is None or len(group) >= MOST:
            group = groups[key] = []
            found.append(group)
        group.append(at)
    return found
