"""`nerotui init`: a first configuration to edit; nothing that exists is ever overwritten."""

from pathlib import Path

import click

from nerotui import locations
from nerotui.cli.output import say
from nerotui.cli.verb import verb
from nerotui.errors import RunError, UsageError

CONFIG = """\
# nerotui's configuration: which machines there are. Without this file there is "local", this machine.
# Examples have no space after the #: take the # away to use one. After a change: nerotui doctor

# A table for each host. Its name is looked up in ~/.ssh/config, as `ssh NAME` does.
{hosts}
# What a host's table may say:
#[hosts.example]
#address = "gpu1.example.org"       # what to connect to, if not the name itself
#user = "alice"                     # else from ~/.ssh/config
#port = 2222
#connect = "openssh"                # use the system's ssh program (ControlMaster, GSSAPI, ProxyCommand)
#python = "module load python && python3"
#root = "/scratch/alice/nerotui"    # where nerotui keeps its folder there; else ~/.nerotui
#slots = 2                          # runs at once; else one a GPU, or one where there is no GPU
#setup = "source ~/venv/bin/activate"   # run by your shell before each command there
#watch = ["~/exp/**/log.txt"]       # logs of runs that nerotui did not start

# On a cluster's login node Slurm or Grid Engine is found by itself, and runs become its jobs.
#[hosts.cluster]
#address = "login.cluster.example.org"
#partition = "gpu"                  # Slurm's partition, Grid Engine's queue
#account = "lab"
#memory = "16GB"
#time = "1d"
#setup = "module load cuda && source ~/venv/bin/activate"
#slurm = ["--constraint=a100"]      # more for sbatch; for qsub: gridengine = ["-l", "h_vmem=8G"]
#poll = 30                          # seconds between two questions of its scheduler

# This machine.
#[hosts.local]
#slots = 2

# A run for a group is given to one of its hosts: one with a free slot, else the one with the shortest queue.
#[groups]
#gpu = ["example", "local"]

# What a run gets where the command line does not say otherwise.
#[defaults]
#host = "gpu"
#gpus = 1

# How the console starts.
#[console]
#mouse = true
#readonly = false
#ascii = false
#color = "auto"                     # or "256", "16", "none"
"""

PROJECT = """\
# What nerotui does with this project. It is read in this folder and below it.
# Examples have no space after the #: take the # away to use one.

[defaults]
#host = "local"                     # a host or a group
#gpus = 1                           # GPUs that a run needs
#cpus = 8                           # what clusters are asked for besides: memory, nodes, partition, account too
#attempts = 5                       # go on by itself after a time limit or a preemption, with its resume command
#setup = "source .venv/bin/activate"
#dir = "/home/alice/project"        # where runs start; else the folder that `nerotui run` is called in
#env = { OMP_NUM_THREADS = "4" }
"""


@verb(
    "init",
    [
        ("nerotui init", "Write a configuration whose examples are the hosts of your ~/.ssh/config."),
        ("nerotui init --project", "Write a nerotui.toml here: host, GPUs and set-up of this project's runs."),
    ],
)
@click.option("--project", is_flag=True, help="Write nerotui.toml in this folder instead.")
def init(project: bool) -> int:
    """Write a commented configuration file to edit. Never overwrites one."""
    path = Path("nerotui.toml") if project else locations.config_file()
    text = PROJECT if project else CONFIG.format(hosts=host_examples(_ssh_hosts()))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise RunError(f"{path} exists already and was left as it is", hint="Edit it, or move it away first.") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    say(str(path))
    return 0


def _ssh_hosts() -> list[str]:
    from nerotui.cli.sshhosts import names

    return names()


def host_examples(hosts: list[str]) -> str:
    """The hosts of ~/.ssh/config as tables to uncomment."""
    if not hosts:
        return "#[hosts.gpu1]\n"
    found = "# These are in your ~/.ssh/config:\n"
    return found + "".join(f'#[hosts."{name}"]\n' if "." in name else f"#[hosts.{name}]\n" for name in hosts)
