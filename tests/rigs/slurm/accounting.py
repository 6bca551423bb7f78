"""Accounting for the rig: slurmdbd over a database server of its own that listens on a socket file alone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence

from tests.rigs.slurm.daemons import Slurm

NEEDED = ("slurmdbd", "sacctmgr", "sacct", "mariadbd", "mariadb", "mariadb-admin", "mariadb-install-db")

_DATABASE = (
    "create database slurm_acct_db; create user 'slurm'@'localhost' identified by 'slurm'; "
    "grant all on slurm_acct_db.* to 'slurm'@'localhost'"
)


def start(slurm: Slurm, users: Sequence[str]) -> None:
    """Starts database and slurmdbd, and makes the cluster and its users known. Before slurmctld.

    Args:
        slurm: the cluster; munged runs already.
        users: accounts beside one's own.
    """
    base = slurm.folder / "db"
    data, socket = base / "data", base / "socket"
    data.mkdir(parents=True)
    owner = pwd.getpwuid(os.getuid()).pw_name
    if not os.getuid():
        owner = "mysql"  # the server refuses to run as root
        for path in (base, data):
            shutil.chown(path, owner)
    # --no-defaults has to come first.
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--user={owner}", f"--datadir={data}", "--skip-test-db",
         "--auth-root-authentication-method=socket"],
        check=True, capture_output=True,
    )  # fmt: skip
    slurm.add(
        "mariadbd", "mariadbd", "--no-defaults", f"--user={owner}", f"--datadir={data}", f"--socket={socket}",
        f"--pid-file={base / 'pid'}", "--skip-networking", "--innodb-buffer-pool-size=32M",
        "--innodb-log-file-size=16M", "--innodb-lock-wait-timeout=900",
        "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0",
    )  # fmt: skip
    client = ("--no-defaults", "-S", str(socket))
    slurm.until(lambda: slurm.run("mariadb-admin", *client, "ping", check=False).returncode == 0, "mariadbd answers")
    slurm.run("mariadb", *client, "-e", _DATABASE)
    slurm.add("slurmdbd", "slurmdbd", "-D", env={"MYSQL_UNIX_PORT": str(socket)})
    slurm.until(lambda: slurm.answers("slurmdbd"), "slurmdbd answers")
    slurm.run("sacctmgr", "-iQ", "add", "cluster", "rig")
    slurm.run("sacctmgr", "-iQ", "add", "account", "lab", "cluster=rig")
    for user in users:
        slurm.run("sacctmgr", "-iQ", "add", "user", user, "account=lab")
