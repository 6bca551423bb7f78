"""A user's own job script finds its output where it asked for it, though nerotui keeps the log in the run's folder."""

import os

import pytest

from nerotui.agent.supervise.batch.outputs import asked
from tests.agent.jobs.job import JobRig

JOB = {
    "SLURM_JOB_ID": "41",
    "SLURM_ARRAY_JOB_ID": "40",
    "SLURM_ARRAY_TASK_ID": "3",
    "SLURM_JOB_NAME": "LM_miuc",
    "SLURM_JOB_USER": "ann",
    "SLURMD_NODENAME": "g7",
}
TASK = {"JOB_ID": "41", "SGE_TASK_ID": "3", "JOB_NAME": "lm", "USER": "ann", "HOME": "/home/ann", "HOSTNAME": "g7"}


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("#SBATCH -J LM_miuc\n#SBATCH -o miuc_%j.out", "miuc_41.out"),
        ("#SBATCH --output=%x-%A_%a.%N.%u", "LM_miuc-40_3.g7.ann"),
        ('#SBATCH --output "a b%%%4a.log" # why not', "a b%0003.log"),
        ("#SBATCH -oone\n#SBATCH -p gpu -o two", "two"),
        ("#SBATCH -e errors.%j", "errors.41"),
        ("#SBATCH -e errors\n#SBATCH -o out", "out"),
        ("#SBATCH -p main\necho hello\n#SBATCH -o late", None),
        ("#SBATCH -o 'open", None),
        ("#SBATCH --exclusive", None),
    ],
)
def test_the_name_that_an_sbatch_script_asks_for_is_filled_in(lines: str, name: str | None) -> None:
    assert asked("slurm", f"#!/bin/sh\n{lines}\n".encode(), JOB) == name


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("#$ -N lm -o out.$JOB_ID.$TASK_ID", "out.41.3"),
        ("#$ -cwd\necho hello\n#$ -o g7:$HOME/$JOB_NAME", "/home/ann/lm"),
        ("#$ -l h_rt=60", None),
    ],
)
def test_the_name_that_a_script_of_grid_engine_asks_for_is_filled_in(lines: str, name: str | None) -> None:
    assert asked("gridengine", f"#!/bin/sh\n{lines}\n".encode(), TASK) == name


def test_the_file_that_a_script_asks_for_is_the_runs_log(slurm: JobRig) -> None:
    run = slurm.submit(["train.slurm"], script="#!/bin/sh\n#SBATCH -o miuc_%j.out\necho hello\n")
    slurm.done(run)
    path = slurm.path / "miuc_7.out"
    assert path.read_text() == "hello\n"
    assert os.readlink(path) == f"{slurm.path}/runs/{run}/log"


def test_what_stands_there_is_left_alone(slurm: JobRig) -> None:
    slurm.path.mkdir()
    (slurm.path / "out").write_text("precious\n")
    run = slurm.submit(["train.slurm"], script="#!/bin/sh\n#SBATCH -o out\necho hello\n")
    assert slurm.done(run)["state"] == "done"
    assert (slurm.path / "out").read_text() == "precious\n"
    run = slurm.submit(["train.slurm"], script="#!/bin/sh\n#SBATCH -o missing/out\necho hello\n")
    assert slurm.done(run)["state"] == "done"


def test_grid_engine_may_be_given_a_folder(gridengine: JobRig) -> None:
    gridengine.path.mkdir()
    (gridengine.path / "out").mkdir()
    run = gridengine.submit(["train.sh"], script="#!/bin/sh\n#$ -o out\necho hello\n")
    gridengine.done(run, {"JOB_NAME": "train"})
    assert (gridengine.path / "out/train.o7").read_text() == "hello\n"
