"""Who asks a scheduler how often: its programs stand on the login node's PATH behind ones that write it down."""

from __future__ import annotations

from pathlib import Path

from tests.rigs.daemon import program

_PROGRAMS = {
    "slurm": ("sbatch", "squeue", "sacct", "sinfo", "scontrol", "scancel"),
    "gridengine": ("qsub", "qstat", "qacct", "qhost", "qmod", "qhold", "qrls", "qdel", "qalter", "qconf"),
}

_COUNTING = """\
#!/bin/bash
echo "$EPOCHREALTIME {name}" >> {asked}
exec {real} "$@"
"""


def install(folder: Path, kind: str) -> tuple[Path, Path]:
    """Makes the programs of a kind of cluster; returns their folder, and the file that counts."""
    bin, asked = folder / "bin", folder / "asked"
    bin.mkdir()
    asked.touch()
    asked.chmod(0o666)
    for name in _PROGRAMS.get(kind.partition("-")[0], ()):
        real = program(name)
        assert real is not None, f"{name} is not installed"
        (bin / name).write_text(_COUNTING.format(name=name, asked=asked, real=real))
        (bin / name).chmod(0o755)
    return bin, asked


def read(asked: Path) -> list[tuple[float, str]]:
    """When which program was started."""
    lines = [line.split() for line in asked.read_text().splitlines()]
    return [(float(when), name) for when, name in lines]
