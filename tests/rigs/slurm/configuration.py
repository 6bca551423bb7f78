"""The files that a Slurm of one machine reads: slurm.conf, gres.conf, cgroup.conf, slurmdbd.conf.

Values that look odd are explained where they stand; all were found by running Slurm 22.05 as Debian 12 has it.
"""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path

# config_overrides: nodes may claim more processors and memory than the machine has.
# cred_expire: a requeued job would wait for two minutes otherwise; less than 5 is silently refused.
# linuxproc, task/none: no cgroup is touched, unless jobs are to be held to their memory.
# TaskProlog: each node plays a machine of its own. KillWait, timeouts, intervals: tests do not wait.
_SLURM = """\
ClusterName=rig
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=6
CredType=cred/munge
SlurmctldPort={port}
SlurmdParameters=config_overrides
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/%n.pid
SlurmctldLogFile={folder}/log/slurmctld
SlurmdLogFile={folder}/log/%n
ProctrackType={proctrack}
TaskPlugin={task}
TaskProlog={folder}/etc/prolog
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU={memory}
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,sched_min_interval=0,batch_sched_delay=0,defer_batch=0,bf_interval=2
ReturnToService=2
KillWait=2
MinJobAge=300
MaxArraySize=4001
InactiveLimit=0
SlurmctldTimeout=10
SlurmdTimeout={timeout}
MessageTimeout=10
MailProg=/bin/true
GresTypes=gpu
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/log/jobcomp
"""

_ACCOUNTING = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={port}
AccountingStoragePass={folder}/munge/socket
AccountingStorageTRES=gres/gpu
"""

_PARTITIONS = """\
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=REQUEUE
PartitionName=high Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=100 PreemptMode=OFF
"""

# It has to be there, and to name a plugin that exists, though no cgroup is used.
_CGROUP = """\
CgroupPlugin=cgroup/v1
CgroupAutomount=no
CgroupMountpoint=/sys/fs/cgroup
"""
_CONFINED = """\
ConstrainRAMSpace=yes
ConstrainSwapSpace=yes
AllowedSwapSpace=0
"""

# What it prints of this form becomes the job's environment.
_PROLOG = """\
#!/bin/sh
echo "export NEROTUI_HOSTNAME=$SLURMD_NODENAME"
echo "export NEROTUI_MACHINE_ID=$SLURMD_NODENAME-machine"
"""

_DBD = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser={user}
LogFile={folder}/log/slurmdbd
PidFile={folder}/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
"""


def write(
    folder: Path,
    ports: Iterable[int],
    *,
    nodes: Sequence[str],
    cpus: int,
    gpus: int,
    accounting: bool,
    confined: bool,
    timeout: int,
) -> None:
    """Makes the folders and files of a cluster.

    Args:
        folder: everything lies in it; each user of the cluster must be able to enter it.
        ports: free ones: the controller's, the accounting's, one for each node.
        nodes: their names.
        cpus: of each node, whatever the machine has.
        gpus: of each node; device files that lead nowhere stand for them. Takes root.
        accounting: whether jobs are kept in a database.
        confined: whether cgroups hold jobs to their memory.
        timeout: seconds without a word after which a node counts as down.
    """
    given = iter(ports)
    for name in ("etc", "log", "run", "state", "spool", "munge"):
        (folder / name).mkdir(mode=0o755)
    user, host = pwd.getpwuid(os.getuid()).pw_name, socket.gethostname().partition(".")[0]
    key = folder / "munge/key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(128))
    slurm = _SLURM.format(
        folder=folder,
        host=host,
        user=user,
        port=next(given),
        proctrack="proctrack/cgroup" if confined else "proctrack/linuxproc",
        task="task/cgroup" if confined else "task/none",
        memory=200 if confined else 64,
        timeout=timeout,
    )
    dbd_port = next(given)
    if accounting:
        slurm += _ACCOUNTING.format(folder=folder, port=dbd_port)
        dbd = folder / "etc/slurmdbd.conf"
        dbd.touch(mode=0o600)  # it holds a password, and slurmdbd insists
        dbd.write_text(_DBD.format(folder=folder, user=user, port=dbd_port))
    gres = ""
    for name in nodes:
        (folder / "spool" / name).mkdir()
        has = f" Gres=gpu:a100:{gpus}" if gpus else ""
        slurm += (
            f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={next(given)} CPUs={cpus} RealMemory=4000"
        )
        slurm += f"{has} State=UNKNOWN\n"
        for index in range(gpus):
            # A count without files is refused; /dev/null by another name will do.
            device = folder / f"run/{name}-gpu{index}"
            os.mknod(device, 0o20666, os.makedev(1, 3))
        if gpus:
            gres += f"NodeName={name} Name=gpu Type=a100 File={folder}/run/{name}-gpu[0-{gpus - 1}]\n"
    prolog = folder / "etc/prolog"
    prolog.write_text(_PROLOG)
    prolog.chmod(0o755)
    (folder / "etc/slurm.conf").write_text(slurm + _PARTITIONS)
    (folder / "etc/gres.conf").write_text(gres)
    (folder / "etc/cgroup.conf").write_text(_CGROUP + (_CONFINED if confined else ""))
