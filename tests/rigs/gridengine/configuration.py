"""The files that a private Grid Engine cell starts from, and what qconf is told once its master runs.

As Grid Engine 8.1.9 of Debian 12 wants them. Nothing of the cell that the package makes is touched.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

LIBRARY = Path("/usr/lib/gridengine")
SHARED = Path("/usr/share/gridengine")
ADMIN = "sgeadmin"

_BOOTSTRAP = """\
admin_user              {admin}
default_domain          none
ignore_fqdn             true
spooling_method         berkeleydb
spooling_lib            libspoolb
spooling_params         {folder}/spool/db
binary_path             /usr/sbin
qmaster_spool_dir       {folder}/spool/qmaster
security_mode           none
listener_threads        2
worker_threads          2
scheduler_threads       1
"""

# Reports and accounting at once; uids and gids from 0, as of those who run tests. gid_range: each job's processes are
# known by a group of their own, and two cells of one machine that give out the same ones kill each other's jobs.
_GLOBAL = {
    "execd_spool_dir": "{folder}/spool/execd",
    "mailer": "/bin/true",
    "load_report_time": "00:00:01",
    "max_unheard": "00:00:10",
    "reporting_params": "accounting=true reporting=false flush_time=00:00:01 accounting_flush_time=00:00:00 "
    "joblog=false sharelog=00:00:00",
    "gid_range": "{gids}-{last}",
    "min_uid": "0",
    "min_gid": "0",
}

# load_thresholds: a busy machine would take no job. starter_method: the node plays a machine of its own.
_QUEUE = {
    "qname": "all.q",
    "hostlist": "@allhosts",
    "slots": "{slots}",
    "pe_list": "smp",
    "notify": "00:00:05",
    "rerun": "TRUE",
    "load_thresholds": "NONE",
    "shell": "/bin/bash",
    "shell_start_mode": "unix_behavior",
    "starter_method": "{folder}/starter",
}

_SCHEDULER = {
    "schedule_interval": "0:0:1",
    "flush_submit_sec": "1",
    "flush_finish_sec": "1",
    "schedd_job_info": "true",
}

_STARTER = """\
#!/bin/sh
NEROTUI_HOSTNAME=exec1 NEROTUI_MACHINE_ID=exec1-machine
export NEROTUI_HOSTNAME NEROTUI_MACHINE_ID
exec "$@"
"""

_HOST = """\
hostname              {host}
load_scaling          NONE
complex_values        gpu={gpus}
user_lists            NONE
xuser_lists           NONE
projects              NONE
xprojects             NONE
usage_scaling         NONE
report_variables      NONE
"""

_GROUP = """\
group_name @allhosts
hostlist {host}
"""

_PE = """\
pe_name            smp
slots              999
user_lists         NONE
xuser_lists        NONE
start_proc_args    NONE
stop_proc_args     NONE
allocation_rule    $pe_slots
control_slaves     FALSE
job_is_first_task  TRUE
urgency_slots      min
qsort_args         NONE
accounting_summary FALSE
"""


def as_admin(*argv: str, env: Mapping[str, str]) -> str:
    """What a program prints that runs as the cell's administrator.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    switch = ["setpriv", f"--reuid={ADMIN}", f"--regid={ADMIN}", "--init-groups"]
    done = subprocess.run([*switch, *argv], env=env, cwd="/", capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: exit code {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def write(folder: Path, env: Mapping[str, str]) -> None:
    """Makes the cell's folders and files and fills its database. Takes root."""
    root, common, host = folder / "root", folder / "root/default/common", socket.gethostname()
    for path in (common, folder / "spool/qmaster/job_scripts", folder / "spool/db", folder / "spool/execd"):
        path.mkdir(parents=True)
    for name, target in (("bin", LIBRARY), ("lib", LIBRARY), ("utilbin", LIBRARY)):
        (root / name).mkdir()
        (root / name / "lx-amd64").symlink_to(target)
    (root / "util").symlink_to(SHARED / "util")
    (common / "bootstrap").write_text(_BOOTSTRAP.format(admin=ADMIN, folder=folder))
    (common / "act_qmaster").write_text(f"{host}\n")
    # All names that 127.0.0.1 has must mean one host.
    (common / "host_aliases").write_text(f"{' '.join(_names(host))}\n")
    starter = folder / "starter"
    starter.write_text(_STARTER)
    starter.chmod(0o755)
    text = (SHARED / "default-configuration").read_text()
    gids = 1_000_000 + 1000 * int(env["SGE_QMASTER_PORT"])
    values = {key: value.format(folder=folder, gids=gids, last=gids + 999) for key, value in _GLOBAL.items()}
    (folder / "global").write_text(_with(text, values))
    for top in (root / "default", folder / "spool"):
        for path in (top, *top.rglob("*")):
            shutil.chown(path, ADMIN)
    database = str(folder / "spool/db")
    as_admin(str(LIBRARY / "spoolinit"), "berkeleydb", "libspoolb", database, "init", env=env)
    for argv in (
        ("configuration", str(folder / "global")),
        ("complexes", str(SHARED / "util/resources/centry")),
        ("usersets", str(SHARED / "util/resources/usersets")),
        ("managers", ADMIN),
    ):
        as_admin(str(LIBRARY / "spooldefaults"), *argv, env=env)


def configure(folder: Path, env: Mapping[str, str], *, slots: int, gpus: int) -> None:
    """Tells a master that runs of its host, its queue and its scheduler's pace."""
    host = socket.gethostname()

    def qconf(*argv: str) -> str:
        return as_admin(str(LIBRARY / "qconf"), *argv, env=env)

    def given(option: str, text: str) -> None:
        file = folder / option.strip("-")
        file.write_text(text)
        file.chmod(0o644)
        qconf(option, str(file))

    qconf("-as", host)
    qconf("-ah", host)
    given("-Mc", qconf("-sc") + "gpu gpu INT <= YES YES 0 0\n")
    given("-Ae", _HOST.format(host=host, gpus=gpus))
    given("-Ahgrp", _GROUP.format(host=host))
    given("-Ap", _PE)
    given("-Aq", _with(qconf("-sq"), {key: value.format(folder=folder, slots=slots) for key, value in _QUEUE.items()}))
    given("-Msconf", _with(qconf("-ssconf"), _SCHEDULER))


def _with(text: str, values: Mapping[str, str]) -> str:
    """A file of "key value" lines with some of its values replaced; values that went over several lines too."""
    left, lines, skipping = dict(values), [], False
    for line in text.splitlines():
        if skipping:
            skipping = line.endswith("\\")
            continue
        key = line.split()[0] if line.split() else ""
        if key in left:
            skipping = line.endswith("\\")
            line = f"{key} {left.pop(key)}"
        lines.append(line)
    return "\n".join([*lines, *(f"{key} {value}" for key, value in left.items())]) + "\n"


def _names(host: str) -> list[str]:
    """The host's names in /etc/hosts for 127.0.0.1, its own first."""
    names = {host: None, "localhost": None}
    for line in Path("/etc/hosts").read_text().splitlines():
        words = line.partition("#")[0].split()
        if words and words[0].startswith("127."):
            names.update(dict.fromkeys(words[1:]))
    return list(names)
