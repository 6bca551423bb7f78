"""job.sh: the little that a scheduler is given to start; it becomes the run's supervisor."""

import os
import shlex
from typing import Any, Dict, List, Optional

from nerotui.agent.errors import AgentError
from nerotui.agent.processes.system import interpreter_command
from nerotui.agent.run.layout import RunFolder

#: How the lines begin by which a script tells its scheduler what it asks for; sbatch understands those of others, too.
_DIRECTIVES = {
    "slurm": (b"#SBATCH", b"#PBS", b"#BSUB"),
    "gridengine": (b"#$",),
}
#: Every scheduler's, for one that is not known here.
_ANY = (b"#SBATCH", b"#$", b"#PBS", b"#BSUB", b"#FLUX:", b"#OAR", b"#COBALT")

#: Where the interpreter was found needs these, its successor on the node does as well.
_LIBRARIES = "LD_LIBRARY_PATH"

_BODY = """\
# Started by {scheduler}; becomes the supervisor of nerotui's run {run}.
set -- {command}
{libraries}# Paths need not be ASCII, and a job may have no locale; Python 3.7 and later do the same by themselves.
if [ -z "${{LC_ALL:-}}" ]; then
    case ${{LC_CTYPE:-${{LANG:-C}}}} in C | POSIX) LC_CTYPE=C.UTF-8; export LC_CTYPE ;; esac
fi
if [ ! -x "$1" ]; then
    printf 'nerotui: there is no program %s on %s, so the run cannot be started there; set `python` of this host\\n' \\
        "$1" "$(uname -n)" >&2
    exit 127
fi
if [ ! -f {program} ]; then
    printf 'nerotui: there is no file %s on %s: does it share the folder of the host that submitted the job?\\n' \\
        {program} "$(uname -n)" >&2
    exit 127
fi
exec "$@"
"""


def encoded(script: str) -> bytes:
    """A user's script as the bytes that it was read from."""
    return script.encode("utf-8", "surrogateescape")


def check(script: Any) -> None:
    """Refuses a script that no scheduler and no kernel would start.

    Raises:
        AgentError: bad_request, refused.
    """
    if not isinstance(script, str) or "\0" in script:
        raise AgentError("bad_request", "the run's script is no text")
    try:
        data = encoded(script)
    except UnicodeEncodeError:
        raise AgentError("bad_request", "the run's script is no text that could be written to a file")
    if not data.startswith(b"#!"):
        raise AgentError("refused", "the script's first line does not say what runs it", "it begins like: #!/bin/bash")
    if b"\r\n" in data:
        raise AgentError(
            "refused", "the script has the line ends of Windows, which no shell understands", "run dos2unix on it"
        )


def directives(scheduler: str, script: bytes) -> List[bytes]:
    """The lines of a script by which it tells its scheduler what it asks for, as the scheduler itself finds them.

    Slurm looks no further than the first line that does something, Grid Engine at all lines.
    """
    wanted = _DIRECTIVES.get(scheduler, _ANY)
    found = []
    for line in script.split(b"\n")[1:]:
        if line.startswith(wanted):
            found.append(line)
        elif scheduler == "slurm" and line.strip() and not line.lstrip().startswith(b"#"):
            break
    return found


def job_script(root: str, run: str, scheduler: str, script: str = "") -> bytes:
    """The text of job.sh.

    Args:
        root: nerotui's folder, which the nodes share.
        run: the run's id.
        scheduler: whose job it is to be.
        script: the user's own script, whose wishes stand.
    """
    command = interpreter_command() + ["supervise", run, "--queue", "@" + scheduler, "--root", root]
    libraries = os.environ.get(_LIBRARIES, "")
    lines = [b"#!/bin/sh"] + directives(scheduler, encoded(script))
    body = _BODY.format(
        scheduler=scheduler,
        run=run,
        command=" ".join(shlex.quote(word) for word in command),
        program=shlex.quote(command[command.index("supervise") - 1]),
        libraries="{0}={1}\nexport {0}\n".format(_LIBRARIES, shlex.quote(libraries)) if libraries else "",
    )
    return b"\n".join(lines) + b"\n" + os.fsencode(body)


def files(root: str, folder: RunFolder, spec: Dict[str, Any], scheduler: Optional[str]) -> Dict[str, bytes]:
    """The programs that a run's folder holds, by name."""
    found = {}
    script = spec.get("script") or ""
    if script:
        found[os.path.basename(folder.script)] = encoded(script)
    if scheduler:
        found[os.path.basename(folder.job_script)] = job_script(root, str(spec["id"]), scheduler, script)
    return found
