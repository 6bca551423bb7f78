"""What exactly is run: the arguments and the environment of a run's command."""

import os
import pwd
import re
from typing import Any, Dict, List, Optional

from nerotui.agent.run import attempts
from nerotui.agent.run.layout import RunFolder

#: By the user's shell: runs the set-up and, where that went well, becomes the command, whose arguments it never parses.
_SETUPS = {
    "fish": "begin\n%s\nend; and exec $argv; or exit 1",
    "tcsh": "%s\nexec $argv:q",
    "csh": "%s\nexec $argv:q",
}
_SETUP = '{\n%s\n} || { code=$?; echo "nerotui: the set-up failed with exit code $code" >&2; exit $code; }\nexec "$@"'

#: What a run gets from nerotui and must never have from a run around it.
OWN = ("NEROTUI_RUN_ID", "NEROTUI_RUN_DIR", "NEROTUI_METRICS", "NEROTUI_ATTEMPT")

#: Parts of the names of variables that hold secrets, as services name theirs: WANDB_API_KEY, HF_TOKEN, PGPASSWORD.
_SECRET = re.compile(rb"KEY|TOKEN|SECRET|PASS(WORD|WD|PHRASE|$)|CREDENTIAL|AUTH|COOKIE", re.I)


def kept() -> Dict[bytes, bytes]:
    """What a run's folder keeps of the submitter's environment: all but what is nerotui's own or looks like a secret.

    A secret is never written down: the run gets it from the login that its dispatcher was started from.
    """
    return {name: value for name, value in os.environb.items() if not _not_kept(name)}


def environment(folder: RunFolder, spec: Dict[str, Any], attempt: int, gpus: Optional[List[int]]) -> Dict[bytes, bytes]:
    """The environment of the command: the submitter's, then the run's, then what nerotui tells it.

    Args:
        folder: the run's folder.
        spec: its run.json.
        attempt: the attempt's number.
        gpus: indices of the GPUs handed to it; None on a host without any.
    """
    variables = submitter(folder)
    variables[b"PYTHONUNBUFFERED"] = b"1"
    told = {
        "NEROTUI_RUN_ID": spec["id"],
        "NEROTUI_RUN_DIR": folder.path,
        "NEROTUI_METRICS": folder.reports_of(attempt),
        "NEROTUI_ATTEMPT": str(attempt),
    }
    if gpus is not None:
        told["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        # Many scripts take an empty value for none at all; an index that does not exist hides every GPU just as well.
        told["CUDA_VISIBLE_DEVICES"] = ",".join(str(index) for index in gpus) or "-1"
    asked = {str(name): str(value) for name, value in (spec.get("env") or {}).items()}
    for values in (asked, told):
        variables.update({os.fsencode(name): os.fsencode(value) for name, value in values.items()})
    return variables


def arguments(spec: Dict[str, Any], variables: Dict[bytes, bytes], attempt: int) -> List[str]:
    """The argument list: the command or, from the second attempt on, its resume command, behind the set-up if any."""
    folder = os.path.expanduser(str(spec.get("dir") or "~"))
    command = _command(spec, folder, attempt, os.fsdecode(variables.get(b"NEROTUI_RUN_DIR", b"")))
    setup = spec.get("setup")
    if setup:
        shell = _shell(spec)
        text = _SETUPS.get(os.path.basename(shell), _SETUP) % setup
        name = [] if os.path.basename(shell) in ("fish", "tcsh", "csh") else ["nerotui-setup"]
        return [shell, "-c", text] + name + command
    program = command[0]
    if "/" not in program:
        # A bare name could mean something to the shell around it: "exit", "set".
        found = which(program, os.fsdecode(variables.get(b"PATH", b"")) or os.defpath, folder)
        if found is None:
            message = "there is no program {!r} on the PATH of this run".format(program)
            return failing(message, 127)
        return [found] + command[1:]
    return command


def failing(message: str, code: int) -> List[str]:
    """A command that only says why the real one cannot run."""
    return ["/bin/sh", "-c", 'printf "nerotui: %s\\n" "$1"; exit $2', "nerotui-run", message, str(code)]


def newest(pattern: str, folder: str) -> Optional[str]:
    """The file that a pattern matches and that was changed last; None where nothing matches."""
    import glob

    found = glob.glob(os.path.join(folder, os.path.expanduser(pattern)))
    dated = []
    for path in found:
        try:
            dated.append((os.stat(path).st_mtime, path))
        except OSError:
            continue
    return max(dated)[1] if dated else None


def which(program: str, path: str, folder: str) -> Optional[str]:
    """Finds a program the way a shell does."""
    for part in path.split(os.pathsep):
        full = os.path.join(folder, part or ".", program)
        if os.path.isfile(full) and os.access(full, os.X_OK):
            return full
    return None


def _command(spec: Dict[str, Any], folder: str, attempt: int, run: str) -> List[str]:
    resume, pattern = spec.get("resume"), spec.get("checkpoint")
    command = list(spec["command"])
    if spec.get("script"):
        command[0] = RunFolder(run).script  # the first word is only what its user calls it
    if not resume or not _ran_before(run, attempt):
        return command
    if not any("{checkpoint}" in part for part in resume):
        return list(resume)
    checkpoint = newest(str(pattern), folder) if pattern else None
    if checkpoint is None:
        return command  # it ended before its first checkpoint
    return [part.replace("{checkpoint}", checkpoint) for part in resume]


def _ran_before(run: str, attempt: int) -> bool:
    """Whether an earlier attempt got as far as its command: one that did not has left nothing to go on from."""
    known = attempts.read(RunFolder(run).attempts)
    return any(tried.ran and tried.attempt < attempt for tried in known.tries.values())


def submitter(folder: RunFolder) -> Dict[bytes, bytes]:
    """The environment of whoever submitted a run, with the secrets of this process's own, which are not kept."""
    try:
        with open(folder.environment, "rb") as file:
            pairs = [pair.partition(b"=") for pair in file.read().split(b"\0") if b"=" in pair]
            variables = {name: value for name, _, value in pairs if name}
    except FileNotFoundError:
        variables = kept()
    variables.update((name, value) for name, value in os.environb.items() if _SECRET.search(name))
    return variables


def _not_kept(name: bytes) -> bool:
    return os.fsdecode(name) in OWN or bool(_SECRET.search(name))


def _shell(spec: Dict[str, Any]) -> str:
    wanted = spec.get("shell") or os.environ.get("SHELL")
    if not wanted:
        try:
            wanted = pwd.getpwuid(os.getuid()).pw_shell
        except KeyError:
            wanted = None
    return wanted if wanted and os.access(wanted, os.X_OK) else "/bin/sh"
