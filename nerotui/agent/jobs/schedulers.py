"""Which schedulers a host can submit to: their programs are there, and a configuration that says where the rest is."""

import glob
import os
from typing import List

from nerotui.agent.run.command import which

#: Where Slurm's programs look for their configuration unless SLURM_CONF says otherwise.
_SLURM = (
    "/etc/slurm*/slurm.conf",
    "/usr/local/etc/slurm.conf",
    "/run/slurm/conf/slurm.conf",
)
#: Where sites put a scheduler's programs that only a login shell has on its PATH.
_ELSEWHERE = ("/opt/slurm/bin", "/usr/local/slurm/bin", "/opt/slurm/current/bin", "/cm/shared/apps/slurm/current/bin")


def found() -> List[str]:
    """The schedulers of this host, by their backends' names. Cheap: nothing is run."""
    return [name for name, there in (("slurm", _slurm), ("gridengine", _grid_engine)) if there()]


def path() -> str:
    """Where a scheduler's programs are looked for: PATH, and what a login shell would add to it."""
    own = os.environ.get("PATH") or os.defpath
    parts = own.split(os.pathsep)
    return os.pathsep.join([own] + [part for part in _ELSEWHERE if part not in parts and os.path.isdir(part)])


def _slurm() -> bool:
    program = which("sbatch", path(), "/")
    if program is None or which("squeue", path(), "/") is None:
        return False
    named = os.environ.get("SLURM_CONF")
    if named:
        return os.path.exists(named)
    own = os.path.join(os.path.dirname(os.path.dirname(program)), "etc", "slurm.conf")
    return os.path.exists(own) or any(glob.glob(pattern) for pattern in _SLURM)


def _grid_engine() -> bool:
    root = os.environ.get("SGE_ROOT")
    if not root or not os.path.isdir(root):
        return False
    return which("qsub", path(), "/") is not None and which("qstat", path(), "/") is not None
