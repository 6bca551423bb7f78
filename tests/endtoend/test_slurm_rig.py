"""The rig's Slurm: it comes up, runs jobs of root and of an ordinary user on pretended GPUs, and leaves nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.slurm.cluster import missing, start_slurm


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="slurm-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_it_runs_jobs_and_leaves_nothing(folder: Path) -> None:
    if missing():
        pytest.skip(f"not installed: {', '.join(missing())}")
    if os.getuid():
        pytest.skip("other users' jobs and device files take root")
    out = folder / "out"
    with start_slurm(folder / "rig", nodes=2, gpus=2) as slurm:
        told = slurm.sbatch("--gres=gpu:1", "-o", str(out), "--wrap", "echo $SLURM_JOB_ID on $CUDA_VISIBLE_DEVICES")
        failed = slurm.sbatch("-D", "/tmp", "-o", "/dev/null", "--wrap", "exit 3", user="nobody")
        left = slurm.sbatch("-o", "/dev/null", "--wrap", "sleep 600")
        assert slurm.ended(told) == "COMPLETED"
        assert out.read_text() == f"{told} on 0\n"
        assert slurm.ended(failed) == "FAILED"
        assert slurm.state(left) in ("PENDING", "RUNNING")
    assert not _processes_of(folder)


def _processes_of(folder: Path) -> list[str]:
    """The command lines of processes that were started from a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = entry.read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in text:
            found.append(text.decode(errors="replace"))
    return found
