"""A user's own job script names its run."""

import pytest

from nerotui.core.jobscripts import name_of


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("#!/bin/bash\n#SBATCH --job-name=lstm\n", "lstm"),
        ("#!/bin/bash\n#SBATCH -t 1:00 -J 'two words' # why\n", "two words"),
        ("#!/bin/sh\n#$ -cwd\n#$ -N fit\n", "fit"),
        ("#!/bin/sh\n# SBATCH -J no\n#SBATCH --mem=1G it's\necho -J no\n", None),
        ("#SBATCH -J\n", None),
    ],
)
def test_the_name_in_a_script(script: str, name: str | None) -> None:
    assert name_of(script) == name
