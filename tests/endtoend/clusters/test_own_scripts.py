"""Job scripts that people have already are queued as they are; their log is followed and their curve drawn."""

from __future__ import annotations

import re

import pytest

from nerotui.agent.states import RunState
from tests.endtoend.clusters.site import Site
from tests.rigs.cluster.fixtures import EACH
from tests.tui.e2e.terminal import needs_tmux

pytestmark = [pytest.mark.root, pytest.mark.timeout(120)]

#: As researchers have them: options, a module that not every site has, a folder, a word, the program.
SLURM_SCRIPT = """\
#!/bin/bash\x20

#SBATCH -J LM_small
#SBATCH -o small_%j.out
#SBATCH -p high
#SBATCH --gres=gpu:2
#SBATCH --mem-per-cpu=160
#SBATCH -t 1-23:59:59

module load python-env
cd {folder}
echo "Starting the run"

## list the commands you wish to run
python3 -u train.py
"""

GRID_SCRIPT = """\
#!/bin/bash

#$ -N LM_small
#$ -o small.out
#$ -j y
#$ -l gpu=2
#$ -l h_rt=47:59:59

module load python-env
cd {folder}
echo "Starting the run"

## list the commands you wish to run
python3 -u train.py
"""


@needs_tmux
@pytest.mark.tmux
@pytest.mark.parametrize("cluster", EACH, indirect=True)
def test_it_is_queued_as_it_is(site: Site) -> None:
    text = GRID_SCRIPT if site.cluster.kind == "gridengine" else SLURM_SCRIPT
    script = site.folder / "experiment.slurm"
    script.write_text(text.format(folder=site.dir))
    run = site.nerotui("run", "--host", "cluster", "--dir", str(site.dir), "--script", str(script)).strip()
    site.until(run, RunState.RUNNING)
    with site.console() as terminal:
        terminal.wait_for(re.compile(rf"▌ RUN .* {site.fleet.runs[run].name}"))
        terminal.wait_for(re.compile(r"step \d+ loss 0\.\d+"))
        terminal.wait_for(re.compile(r"loss +0\.\d+"))
    log = site.log(run)
    assert "Starting the run\nbegins after step 0" in log
    assert "module: command not found" in log  # its own words, as they would be in its own file
    if site.cluster.kind != "gridengine":
        told = site.cluster.slurm.run("scontrol", "show", "job", "-o", site.job(run)).stdout
        for word in ("Partition=high", "JobName=LM_small", "TimeLimit=2-00:00:00", "MinMemoryCPU=160M", "gpu:2"):
            assert word in told
        assert site.fleet.runs[run].queue == "high"
    site.fleet.act(run, "kill")
    site.until(run, RunState.KILLED)


@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_a_script_without_nerotui_is_followed_all_the_same(site: Site) -> None:
    """Handed in with sbatch by its owner: a foreign run, with log, curve and keys."""
    job = site.cluster.submit(SLURM_SCRIPT.format(folder=site.dir), "-D", str(site.dir))
    run = site.foreign(job)
    site.until(run, lambda run: run.state is RunState.RUNNING and run.foreign)
    site.until(run, lambda _: "step 3 loss" in site.log(run))
    assert any(series.name == "loss" for series in site.fleet.points(run))
    site.fleet.act(run, "kill")
    site.until(run, RunState.KILLED)
