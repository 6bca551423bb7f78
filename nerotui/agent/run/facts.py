"""What a run ran on: code, interpreter, packages, host, GPUs. Gathered beside the run, in a process of its own."""

import json
import os
import re
import signal
import time
from functools import partial
from typing import Any, Dict, List, Optional

from nerotui.agent import durable
from nerotui.agent.processes import processes
from nerotui.agent.run.known import Known, stamps
from nerotui.agent.run.layout import Root, RunFolder

#: Nothing of it may take longer: a repository may lie on a file server that hangs.
PATIENCE = 20
#: A difference to the commit is kept up to this many bytes, as JSON writes them.
LONGEST_DIFF = 1 << 18

_PACKAGE = re.compile(r"(.+?)-([^-]+?)(?:-py[\d.]+)?\.(?:dist|egg)-info$")
_PYTHON = re.compile(r"python(\d+(\.\d+)?)?$")
_SECRET = re.compile(r"//[^/@]*@")

Facts = Dict[str, Any]


def gather_beside(folder: RunFolder, spec: Dict[str, Any], attempt: int, pid: Optional[int]) -> int:
    """Gathers the facts of an attempt in a child process and writes facts.json; returns the child's pid.

    Args:
        folder: the run's folder.
        spec: its run.json.
        attempt: the attempt's number.
        pid: the command's process, from which its interpreter is known.
    """
    child = os.fork()
    if child:
        return child
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGUSR1):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        os.nice(10)
        root = Root(os.path.dirname(os.path.dirname(folder.path)))
        durable.replace(folder.facts, durable.to_json(gather(spec, attempt, pid, Known(root.cache))), durable=False)
    except OSError:
        pass  # a full disk: there will be no facts, and the run goes on
    finally:
        os._exit(0)


def gather(spec: Dict[str, Any], attempt: int, pid: Optional[int], known: Known) -> Facts:
    """The facts of an attempt that runs now, as far as they can be known."""
    found: Facts = {"time": round(time.time(), 3), "attempt": attempt, "who": spec.get("who"), "dir": spec.get("dir")}
    found["host"] = host()
    found["git"] = git(str(spec.get("dir") or "."), known)
    found["python"] = python(pid, known) if pid else None
    found["gpus"] = gpus()
    return found


def host() -> Facts:
    """The machine: names, kernel, processors, memory."""
    system = os.uname()
    found: Facts = {"hostname": system.nodename, "kernel": system.release, "machine": system.machine}
    found["cores"] = os.cpu_count()
    found["os"] = _value("/etc/os-release", "PRETTY_NAME=")
    found["cpu"] = _value("/proc/cpuinfo", "model name")
    try:
        found["memory"] = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        found["memory"] = None
    return found


def git(folder: str, known: Known) -> Optional[Facts]:
    """The commit that the folder is at, and what is changed since; None where it lies in no repository.

    The difference is kept for the next run of the same commit with the same files changed.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    status = _git(folder, "status", "--porcelain") or ""
    found: Facts = {"commit": commit.strip(), "dirty": bool(status.strip())}
    found["branch"] = (_git(folder, "rev-parse", "--abbrev-ref", "HEAD") or "").strip() or None
    remote = _git(folder, "config", "--get", "remote.origin.url")
    found["remote"] = _SECRET.sub("//", remote.strip()) if remote else None
    if found["dirty"]:
        top = (_git(folder, "rev-parse", "--show-toplevel") or "").rstrip("\n")
        changed = [os.path.join(top, line[3:]) for line in status.splitlines() if not line.startswith("??")]
        key = [top, found["commit"], status, stamps(changed[:1000] + [os.path.join(top, ".git", "index")])]
        found["untracked"] = [line[3:] for line in status.splitlines() if line.startswith("??")][:100]
        found.update(known.get("diff", key, lambda: _diff(folder)))
    return found


def _diff(folder: str) -> Facts:
    whole = _git(folder, "diff", "--no-color", "--no-ext-diff", "HEAD") or ""
    kept = whole[:LONGEST_DIFF]
    while len(json.dumps(kept)) > LONGEST_DIFF:  # what is not ASCII takes six times the room on its way
        kept = kept[: len(kept) * 3 // 4]
    return {"diff": kept, "diff_cut": len(kept) < len(whole)}


def python(pid: int, known: Known) -> Optional[Facts]:
    """The interpreter of the first Python at or below a process, with its packages; None where there is none.

    The interpreter is not started for this: packages are told by the names of their folders, and kept for the next run
    of the same interpreter.
    """
    for member in _family(pid):
        line = processes.command_line(member)
        if not line or not _PYTHON.match(os.path.basename(line[0])):
            continue
        try:
            real = os.readlink("/proc/{}/exe".format(member))
        except OSError:
            continue
        started_as = line[0] if "/" in line[0] else None
        prefixes = [os.path.dirname(os.path.dirname(path)) for path in (started_as, real) if path]
        folders = _package_folders(prefixes)
        found: Facts = {"executable": started_as or real}
        found.update(known.get("packages", stamps([real] + folders), partial(_installed, folders)))
        version = re.search(r"python(\d+\.\d+)", " ".join([real] + folders))
        found["version"] = version.group(1) if version else None
        return found
    return None


def _installed(folders: List[str]) -> Facts:
    return {"packages": packages(folders)}


def packages(folders: List[str]) -> Dict[str, str]:
    """Names and versions of the packages in some folders; an earlier folder comes first."""
    found: Dict[str, str] = {}
    for folder in folders:
        for name in sorted(durable.names(folder)):
            known = _PACKAGE.match(name)
            if known is not None:
                found.setdefault(known.group(1).lower().replace("_", "-"), known.group(2))
    return found


def gpus() -> Optional[Facts]:
    """The GPUs' names and their driver's version; None on a host without any."""
    version = _value("/proc/driver/nvidia/version", "NVRM version:")
    if version is None:
        return None
    names = []
    for name in sorted(durable.names("/proc/driver/nvidia/gpus")):
        names.append(_value("/proc/driver/nvidia/gpus/{}/information".format(name), "Model:"))
    return {"driver": version, "names": names}


def _family(pid: int) -> List[int]:
    known = processes.snapshot()
    line, found = [pid], []
    while line:
        at = line.pop(0)
        if at in known:
            found.append(at)
            line += [child for child, stat in known.items() if stat.parent == at]
    return found


def _package_folders(prefixes: List[str]) -> List[str]:
    import glob

    found: List[str] = []
    for prefix in prefixes:
        for pattern in ("/lib/python3*/site-packages", "/lib/python3*/dist-packages", "/lib64/python3*/site-packages"):
            found += sorted(glob.glob(prefix + pattern))
    return [folder for place, folder in enumerate(found) if folder not in found[:place]]


def _git(folder: str, *arguments: str) -> Optional[str]:
    import subprocess

    variables = dict(os.environ, GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0", LC_ALL="C")
    try:
        done = subprocess.run(
            ("git", "-C", folder) + arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=variables,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _value(path: str, name: str) -> Optional[str]:
    try:
        with open(path, "rb") as file:
            for line in file:
                if line.startswith(name.encode()):
                    return line[len(name) :].decode("utf-8", "replace").strip(' \t\n:"=')
    except OSError:
        pass
    return None
