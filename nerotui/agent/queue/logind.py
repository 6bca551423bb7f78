"""Surviving logout where systemd may kill all of a user's processes then: a scope of the user's own, and linger."""

import os
from typing import Callable, List, Mapping, Optional, Tuple

#: Runs a command and returns its exit code and output; a stand-in takes its place in tests.
Runner = Callable[[List[str]], Tuple[int, str]]


def scope(variables: Mapping[str, str], cgroup: Optional[str] = None) -> List[str]:
    """What to put before a command so that it outlives the login; nothing where no login session could end it.

    Args:
        variables: the environment of the login.
        cgroup: content of /proc/self/cgroup; read if not given.
    """
    if not in_session(variables, cgroup) or _find("systemd-run", variables) is None:
        return []
    return ["systemd-run", "--user", "--scope", "--quiet", "--collect", "--"]


def in_session(variables: Mapping[str, str], cgroup: Optional[str] = None) -> bool:
    """Whether this process belongs to a login session that systemd-logind looks after."""
    if not variables.get("XDG_RUNTIME_DIR") or _find("loginctl", variables) is None:
        return False
    text = _own_cgroup() if cgroup is None else cgroup
    return any("/session-" in line and ".scope" in line for line in text.splitlines())


def linger(user: str, variables: Mapping[str, str], run: Optional[Runner] = None) -> Optional[str]:
    """Has the user's scopes kept after logout; a sentence for people where that was refused."""
    runner = _run if run is None else run
    code, said = runner(["loginctl", "show-user", user, "--property=Linger", "--value"])
    if code == 0 and said.strip() == "yes":
        return None
    code, said = runner(["loginctl", "enable-linger", user])
    if code == 0:
        return None
    reason = said.strip().splitlines()[-1] if said.strip() else "exit code {}".format(code)
    return (
        "runs here may be killed when you log out: this host's systemd would not keep them ({}); "
        "ask its administrator for `loginctl enable-linger {}`"
    ).format(reason, user)


def _find(program: str, variables: Mapping[str, str]) -> Optional[str]:
    for folder in (variables.get("PATH") or os.defpath).split(os.pathsep):
        path = os.path.join(folder or ".", program)
        if os.access(path, os.X_OK):
            return path
    return None


def _own_cgroup() -> str:
    try:
        with open("/proc/self/cgroup") as file:
            return file.read()
    except OSError:
        return ""


def _run(command: List[str]) -> Tuple[int, str]:
    import subprocess  # late, for no supervisor needs it

    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, str(error)
    return done.returncode, done.stdout.decode("utf-8", "replace")
