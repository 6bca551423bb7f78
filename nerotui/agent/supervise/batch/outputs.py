"""The output file that a user's own job script asks for: a link to the run's log, for the tools that look there."""

import os
import re
import shlex
from typing import Any, Dict, List, Mapping, Optional, Sequence

from nerotui.agent.jobs import script
from nerotui.agent.run.layout import RunFolder

#: By which options a script says where its output goes, and where its errors go.
_OPTIONS = {
    "slurm": (("-o", "--output"), ("-e", "--error")),
    "gridengine": (("-o",), ("-e",)),
}

#: What stands in Slurm's names of files for which variable of the job.
_SLURM = {
    "A": ("SLURM_ARRAY_JOB_ID", "SLURM_JOB_ID"),
    "J": ("SLURM_JOB_ID",),
    "N": ("SLURMD_NODENAME",),
    "a": ("SLURM_ARRAY_TASK_ID",),
    "j": ("SLURM_JOB_ID",),
    "u": ("SLURM_JOB_USER", "USER"),
    "x": ("SLURM_JOB_NAME",),
}
_PATTERN = re.compile(r"%(\d{0,2})([%A-Za-z])")
_VARIABLE = re.compile(r"\$(USER|HOME|JOB_ID|JOB_NAME|HOSTNAME|TASK_ID)\b")


def link(folder: RunFolder, spec: Dict[str, Any], scheduler: str, variables: Mapping[str, str]) -> Optional[str]:
    """Makes the link where nothing stands; its path, None where there is none to make.

    Args:
        folder: the run's folder.
        spec: the run's run.json.
        scheduler: "slurm" or "gridengine".
        variables: the job's environment.
    """
    text = spec.get("script")
    name = asked(scheduler, script.encoded(str(text)), variables) if text else None
    if name is None:
        return None
    path = os.path.join(os.path.expanduser(str(spec.get("dir") or "~")), name)
    if scheduler == "gridengine" and os.path.isdir(path):
        path = os.path.join(path, _default(variables))
    try:
        os.symlink(folder.log, path)
    except OSError:
        return None  # something stands there, which is not ours to replace, or no such folder
    return path


def asked(scheduler: str, text: bytes, variables: Mapping[str, str]) -> Optional[str]:
    """The file that a script wants its output in, filled in for a job; None where it does not say."""
    words = _words(scheduler, text)
    for names in _OPTIONS.get(scheduler, ()):
        found = _value(words, names)
        if found:
            return _filled(found, variables) if scheduler == "slurm" else _expanded(found, variables)
    return None


def _words(scheduler: str, text: bytes) -> List[str]:
    words: List[str] = []
    for line in script.directives(scheduler, text):
        wishes = os.fsdecode(line).partition("#SBATCH" if scheduler == "slurm" else "#$")[2]
        try:
            words += shlex.split(wishes, comments=True)
        except ValueError:
            continue  # an open quote: the scheduler has its own idea of it
    return words


def _value(words: List[str], names: Sequence[str]) -> Optional[str]:
    """The last value that was given for an option."""
    found = None
    for place, word in enumerate(words):
        for name in names:
            if word == name and place + 1 < len(words):
                found = words[place + 1]
            elif name.startswith("--") and word.startswith(name + "="):
                found = word[len(name) + 1 :]
            elif not name.startswith("--") and word.startswith(name) and len(names) > 1 and len(word) > len(name):
                found = word[len(name) :]
    return found


def _filled(name: str, variables: Mapping[str, str]) -> str:
    def value(match: "re.Match[str]") -> str:
        width, letter = match.group(1), match.group(2)
        if letter == "%":
            return "%"
        if letter in "nt":
            return "0".zfill(int(width or 0))
        for variable in _SLURM.get(letter, ()):
            if variable in variables:
                return (
                    variables[variable].zfill(int(width or 0)) if variables[variable].isdigit() else variables[variable]
                )
        return match.group(0)

    return _PATTERN.sub(value, name)


def _expanded(name: str, variables: Mapping[str, str]) -> str:
    path = name.split(",")[0]
    path = path.rpartition(":")[2] if ":" in path else path
    told = dict(variables, TASK_ID=variables.get("SGE_TASK_ID", ""))
    return _VARIABLE.sub(lambda match: told.get(match.group(1), match.group(0)), path)


def _default(variables: Mapping[str, str]) -> str:
    """How Grid Engine calls a job's output in a folder."""
    task = variables.get("SGE_TASK_ID", "")
    name = "{}.o{}".format(variables.get("JOB_NAME", "job"), variables.get("JOB_ID", ""))
    return "{}.{}".format(name, task) if task.isdigit() else name
