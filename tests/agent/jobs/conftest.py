"""Fixtures of the tests of jobs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.jobs.job import JobRig, job_rigs


@pytest.fixture
def slurm(tmp_path: Path) -> Iterator[JobRig]:
    """A root whose runs are Slurm's, which the test plays."""
    yield from job_rigs(tmp_path / "root", "slurm")


@pytest.fixture
def gridengine(tmp_path: Path) -> Iterator[JobRig]:
    """A root whose runs are Grid Engine's, which the test plays."""
    yield from job_rigs(tmp_path / "root", "gridengine")
