"""What is asked of a scheduler: sizes as people write them, and who says it last."""

import pytest

from nerotui.config import HostConfig
from nerotui.core import sizes
from nerotui.core.spec import RunSpec
from nerotui.core.wishes import Wishes, filled


@pytest.mark.parametrize(
    ("text", "octets"),
    [("16GB", 16 << 30), ("16g", 16 << 30), ("1.5 TiB", 3 << 39), ("500M", 500 << 20), ("4kb", 4096)],
)
def test_sizes(text: str, octets: int) -> None:
    assert sizes.octets(text) == octets
    assert sizes.octets(sizes.spelled(octets)) == octets


@pytest.mark.parametrize("text", ["16", "", "GB", "-1GB", "16 GBs", 16, None, True])
def test_what_is_no_size(text: object) -> None:
    with pytest.raises(ValueError, match="is no size"):
        sizes.octets(text)


def test_the_nearest_wish_counts_and_options_add_up() -> None:
    host = HostConfig(name="triton", partition="gpu", account="lab", slurm=("--constraint=a100",))
    defaults = Wishes(partition="short", cpus=4, slurm=("--qos=low",))
    spec = filled(RunSpec(command=("x",), account="mine", slurm=("--exclusive",)), host, defaults)
    assert (spec.partition, spec.account, spec.cpus) == ("gpu", "mine", 4)
    # The last of two options is what sbatch takes: the run's own stands behind the host's.
    assert spec.slurm == ("--qos=low", "--constraint=a100", "--exclusive")


def test_a_run_made_after_another_gets_its_options_once() -> None:
    defaults = Wishes(gridengine=("-l", "h_vmem=8G"))
    first = filled(RunSpec(command=("x",), gridengine=("-l", "a=1")), defaults)
    assert filled(first, defaults).gridengine == ("-l", "h_vmem=8G", "-l", "a=1")
