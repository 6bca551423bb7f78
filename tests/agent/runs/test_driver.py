"""GPUs handed out by what their driver says: the real binding over a library that stands in for the driver's."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.runs.rig import Rig, rigs, until
from tests.agent.serve.far import Far

FAKE = Path(__file__).parents[1] / "serve" / "fake_nvml.c"
TWO = "gpu 0 1000 40000 87 61 250500\ngpu 1 10 40000 20 30 50000\n"


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler on this machine")
    folder = tmp_path / "driver"
    folder.mkdir()
    library = str(folder / "libnvidia-ml.so.1")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, str(FAKE)], check=True)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(folder))
    monkeypatch.setenv("FAKE_NVML", str(folder / "gpus"))
    (folder / "gpus").write_text(TWO)
    return folder / "gpus"


@pytest.fixture
def host(driver: Path, tmp_path: Path) -> Iterator[tuple[Far, Rig]]:
    for rig in rigs(tmp_path / "root"):
        with Far(sys.executable) as far:
            far.greet(rig.path)
            assert far.hello["gpus"] == 2
            yield far, rig


def test_the_driver_says_which_gpu_is_free(host: tuple[Far, Rig], driver: Path) -> None:
    far, rig = host
    driver.write_text(TWO + f"process 0 {os.getpid()} 900\n")
    first = rig.spec("echo [$CUDA_VISIBLE_DEVICES]; exec sleep 1000")
    second = rig.spec("echo [$CUDA_VISIBLE_DEVICES]; exec sleep 1000")
    for spec in (first, second):
        far.ok("submit", spec=spec, who="me", held=False)
    assert rig.printed(first["id"], "]") == "[1]\n"
    why = far.ok("why", run=second["id"])["why"]
    assert why == "it needs one GPU, none is free, and somebody else computes on GPU 0"
    path = Path(rig.store.stats_path(first["id"]))
    until(lambda: path.exists() and "gpu" in json.loads(path.read_text().splitlines()[-1]), 90, 0.2)
    assert json.loads(path.read_text().splitlines()[-1])["gpu"] == 20.0
    driver.write_text(TWO)
    assert rig.printed(second["id"], "]") == "[0]\n"


def test_more_gpus_than_there_are_is_refused(host: tuple[Far, Rig]) -> None:
    far, rig = host
    error = far.refused("submit", spec=rig.spec("true", gpus=3), who="me", held=False)
    assert error["code"] == "refused"
    assert error["message"].startswith("the run asks for 3 GPUs, but ")
