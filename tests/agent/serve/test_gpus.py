"""GPUs, healthy and sick: each field by itself, and a driver that hangs hangs nobody."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nerotui.core.records import Stats
from tests.agent.serve.far import Far

MIB = 1 << 20
TWO = "gpu 0 1000 40000 87 61 250500\ngpu 1 10 40000 0 30 50000\n"

Gpu = dict[str, Any]
Start = Callable[..., Far]


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with a library of today's, and with an older one that lacks newer symbols."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler on this machine")
    made = {}
    for name, flags in (("new", []), ("old", ["-DOLD"])):
        made[name] = tmp_path_factory.mktemp(name)
        target = made[name] / "libnvidia-ml.so.1"
        source = Path(__file__).with_name("fake_nvml.c")
        subprocess.run([compiler, "-shared", "-fPIC", *flags, "-o", str(target), str(source)], check=True)
    return made


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "gpus"


@pytest.fixture
def start(libraries: dict[str, Path], state: Path, root: Path, tmp_path: Path) -> Iterator[Start]:
    running: list[Far] = []
    empty = tmp_path / "empty"
    empty.mkdir()

    def begin(library: str | None = "new", python: str = sys.executable, path: Path = empty) -> Far:
        env = {"FAKE_NVML": str(state), "PATH": f"{path}:/usr/bin:/bin"}
        if library:
            env["LD_LIBRARY_PATH"] = str(libraries[library])
        far = Far(python, env=env)
        running.append(far)
        far.greet(root)
        return far

    yield begin
    for far in running:
        far.__exit__()


def sample(far: Far) -> tuple[list[Gpu], dict[str, Any]]:
    stats = far.ok("stats")["stats"]
    return stats["gpus"], stats


def test_every_field_and_its_source(start: Start, state: Path, python: str) -> None:
    state.write_text(TWO + f"process 0 {os.getpid()} 900\n")
    far = start(python=python)
    assert far.hello["gpus"] == 2
    (first, second), stats = sample(far)
    assert len(msgspec.convert(stats, Stats).gpus) == 2
    assert stats["source"]["gpus"] == "nvml"
    assert first == {
        "index": 0,
        "name": "Fake GPU 1000",
        "uuid": "GPU-fa4e0000",
        "memory_used": 1000 * MIB,
        "memory_total": 40000 * MIB,
        "utilization": 87.0,
        "temperature": 61.0,
        "power": 250.5,
        "processes": first["processes"],
        "held_by": None,
        "error": None,
    }
    assert second["processes"] == []
    (process,) = first["processes"]
    assert process["pid"] == os.getpid()
    assert process["memory"] == 900 * MIB
    assert "python" in process["name"]
    assert process["user"]


def test_a_process_is_known_by_its_run(start: Start, state: Path) -> None:
    with subprocess.Popen(["sleep", "60"], env={**os.environ, "NEROTUI_RUN_ID": "abcd2345"}) as program:
        state.write_text(TWO + f"process 1 {program.pid} 5\nprocess 1 4000000 7\n")
        _, second = sample(start())[0]
        program.kill()
    known = [(process["run"], process["name"]) for process in second["processes"]]
    assert known == [("abcd2345", "sleep"), (None, None)]


def test_a_gpu_is_known_by_the_run_that_was_given_it(start: Start, state: Path, root: Path) -> None:
    state.write_text(TWO)
    held = root / "queue" / os.uname().nodename / "gpus"
    held.mkdir(parents=True)
    (held / "1").symlink_to("abcd2345~1")
    first, second = sample(start())[0]
    assert (first["held_by"], second["held_by"]) == (None, "abcd2345")


def test_a_lost_gpu_costs_the_others_nothing(start: Start, state: Path) -> None:
    state.write_text(TWO)
    far = start()
    sample(far)
    state.write_text(TWO + "fail 15 nvmlDevice 1\n")
    (first, second), _ = sample(far)
    assert first["utilization"] == 87.0
    assert first["error"] is None
    assert "lost" in second["error"]
    assert second["name"] == "Fake GPU 1000"
    assert second["utilization"] is second["memory_used"] is second["power"] is None
    state.write_text(TWO)
    assert sample(far)[0][1]["error"] is None


def test_a_gpu_lost_from_the_start(start: Start, state: Path) -> None:
    state.write_text(TWO + "fail 15 nvmlDevice 0\n")
    (first, second), _ = sample(start())
    assert "lost" in first["error"]
    assert second["memory_total"] == 40000 * MIB


@pytest.mark.parametrize(
    ("function", "field"),
    [
        ("GetPowerUsage", "power"),
        ("GetUtilizationRates", "utilization"),
        ("GetTemperature", "temperature"),
        ("GetMemoryInfo", "memory_used"),
        ("GetName", "name"),
    ],
)
def test_a_field_that_this_gpu_has_not_is_unknown_by_itself(
    start: Start, state: Path, function: str, field: str
) -> None:
    state.write_text(TWO + f"fail 3 {function}\n")
    first = sample(start())[0][0]
    assert first[field] is None
    assert first["error"] is None
    known = {"name", "power", "utilization", "temperature", "memory_used"} - {field}
    assert all(first[other] is not None for other in known)


def test_a_library_older_than_the_binding(start: Start, state: Path) -> None:
    state.write_text(TWO + f"process 0 {os.getpid()} 1\n")
    first = sample(start("old"))[0][0]
    assert first["temperature"] is None
    assert first["error"] is None
    assert [process["pid"] for process in first["processes"]] == [os.getpid()]
    assert first["utilization"] == 87.0


def test_a_driver_that_hangs_is_said_and_never_asked_twice(start: Start, state: Path) -> None:
    state.write_text(TWO)
    far = start()
    sample(far)
    state.write_text(TWO + "hang\n")
    began = time.monotonic()
    threads = []
    for times in (1, 2, 3):
        gpus, stats = sample(far)
        assert f"timed out {times}x" in stats["errors"]["gpus"]
        assert [gpu["name"] for gpu in gpus] == ["Fake GPU 1000"] * 2
        assert {gpu["utilization"] for gpu in gpus} == {None}
        assert "timed out" in gpus[0]["error"]
        assert stats["memory"]["total"]
        threads.append(far.status("Threads"))
    assert time.monotonic() - began < 4  # only the first one waits
    assert len(set(threads)) == 1
    state.write_text(TWO)
    deadline = time.monotonic() + 5
    while sample(far)[1]["errors"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sample(far)[0][0]["utilization"] == 87.0


def test_a_driver_that_hangs_from_the_start_delays_the_first_word_by_a_second(start: Start, state: Path) -> None:
    state.write_text("hang\n")
    began = time.monotonic()
    far = start()
    assert time.monotonic() - began < 2.5
    gpus, stats = sample(far)
    assert gpus == []
    assert "has not answered" in stats["errors"]["gpus"]


def test_no_driver_is_said_once_there_is_a_library(start: Start) -> None:
    far = start()
    assert far.hello["gpus"] == 0
    gpus, stats = sample(far)
    assert gpus == []
    assert "Driver Not Loaded" in stats["errors"]["gpus"]


def test_a_host_without_gpus_has_nothing_to_say(start: Start) -> None:
    gpus, stats = sample(start(None))
    assert gpus == []
    assert stats["errors"] == {}
    assert "gpus" not in stats["source"]


SMI = """#!/bin/sh
echo "$@" >> {log}
case "$1" in
--query-gpu=*)
  echo '0, NVIDIA A100-SXM4-40GB, GPU-aaaa, 1024, 40960, 55, 60, 250.25'
  echo '1, NVIDIA A100-SXM4-40GB, GPU-bbbb, [N/A], 40960, [N/A], 41, [Unknown Error]';;
*)
  echo 'GPU-aaaa, {pid}, 900, [Not Found]'
  echo 'GPU-bbbb, 4000000, [N/A], /usr/bin/python, with a comma';;
esac
"""


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        path = folder / "nvidia-smi"
        path.write_text(text)
        path.chmod(0o755)
        return folder

    return write


def test_without_the_library_the_program_is_asked(start: Start, program: Callable[[str], Path], tmp_path: Path) -> None:
    log = tmp_path / "asked"
    far = start(None, path=program(SMI.format(log=log, pid=os.getpid())))
    assert far.hello["gpus"] == 2
    (first, second), stats = sample(far)
    assert stats["source"]["gpus"] == "nvidia-smi"
    assert (first["memory_used"], first["utilization"], first["power"]) == (1024 * MIB, 55.0, 250.25)
    assert first["processes"][0]["pid"] == os.getpid()
    assert first["processes"][0]["memory"] == 900 * MIB
    assert (second["memory_used"], second["utilization"], second["power"]) == (None, None, None)
    assert second["temperature"] == 41.0
    assert second["error"] == "Unknown Error"
    for _ in range(3):
        sample(far)
    assert len(log.read_text().splitlines()) <= 4  # it costs too much to be asked each second


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/sh\necho 'NVIDIA-SMI has failed: it could not reach the driver.'\nexit 9\n", "failed"),
        ("#!/bin/sh\nexit 3\n", "status 3"),
        ("#!/bin/sh\nsleep 60\n", "did not answer"),
    ],
    ids=["no driver", "silent", "hangs"],
)
def test_a_program_that_fails_is_said(start: Start, program: Callable[[str], Path], script: str, said: str) -> None:
    far = start(None, path=program(script))
    gpus, stats = sample(far)
    assert gpus == []
    assert said in stats["errors"]["gpus"] or "not answered" in stats["errors"]["gpus"]


def test_pids_for_the_queue(libraries: dict[str, Path], state: Path) -> None:
    script = "from nerotui.agent.host import gpus; print(gpus.count(), gpus.compute_pids())"

    def ask() -> str:
        env = {**os.environ, "LD_LIBRARY_PATH": str(libraries["new"]), "FAKE_NVML": str(state), "PATH": "/nonexistent"}
        done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    state.write_text(TWO + "process 1 77 1\nprocess 1 78 1\n")
    assert ask() == "2 {0: [], 1: [77, 78]}"
    state.write_text(TWO + "process 1 77 1\nfail 15 Processes 0\n")
    assert ask() == "2 {1: [77]}"  # GPU 0 cannot tell
    state.write_text(TWO + "fail 999 GetCount\n")
    assert ask().endswith("None")
