"""Which schedulers a host can submit to: their programs are there, and a configuration that says where the rest is."""

import glob
import os
from typing import List, Optional

from nerotui.agent.run.command import which

#: Where Slurm's programs look for their configuration unless SLURM_CONF says otherwise.
_SLURM = (
    "/etc/slurm*/slurm.conf",
    "/usr/local/etc/slurm.conf",
    "/run/slurm/conf/slurm.conf",
)


def found() -> List[str]:
    """The schedulers of this host, by their backends' names. Cheap: nothing is run."""
    return [name for name, there in (("slurm", _slurm), ("gridengine", _grid_engine)) if there()]


def _slurm() -> bool:
    if _program("sbatch") is None or _program("squeue") is None:
        return False
    named = os.environ.get("SLURM_CONF")
    if named:
        return os.path.exists(named)
    return any(glob.glob(pattern) for pattern in _SLURM)


def _grid_engine() -> bool:
    root = os.environ.get("SGE_ROOT")
    return bool(root) and os.path.isdir(str(root)) and _program("qsub") is not None and _program("qstat") is not None


def _program(name: str) -> Optional[str]:
    return which(name, os.environ.get("PATH") or os.defpath, "/")
