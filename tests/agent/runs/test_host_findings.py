"""What a run's host does to it, told through its supervisor: GPUs by the real binding over a library that stands in."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.runs.rig import Rig, rigs, until
from tests.agent.serve.far import Far

FAKE = Path(__file__).parents[1] / "serve" / "fake_nvml.c"
#: A GPU a run: index, MiB used and in all, percent, degrees, milliwatts.
SOUND = "gpu {} 8000 80000 90 61 250500\n"
SLEEPS = [sys.executable, "-c", "import time; time.sleep(1000)"]
WORKS = [sys.executable, "-c", "while True: pass"]


@pytest.fixture
def gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that says what the driver answers."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler on this machine")
    folder = tmp_path / "driver"
    folder.mkdir()
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(folder / "libnvidia-ml.so.1"), str(FAKE)], check=True)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(folder))
    monkeypatch.setenv("FAKE_NVML", str(folder / "gpus"))
    (folder / "gpus").write_text("".join(map(SOUND.format, range(4))))
    return folder / "gpus"


@pytest.fixture
def somebody() -> Iterator[tuple[int, str]]:
    """Somebody else's process: its pid and whose it is."""
    if os.getuid():
        yield 1, "root"
        return
    process = subprocess.Popen(["sleep", "1000"], user="nobody", group=65534, extra_groups=[])
    yield process.pid, "nobody"
    process.kill()
    process.wait()


def told(rig: Rig, run: str, *kinds: str, timeout: float = 90.0) -> dict[str, dict[str, Any]]:
    """The findings of a run, once these are among them."""

    def there() -> dict[str, dict[str, Any]] | None:
        found = {one["kind"]: one for one in rig.record(run)["findings"]}
        return found if set(kinds) <= set(found) else None

    return dict(until(there, timeout, 0.2, f"{kinds}, it is {rig.record(run)['findings']}"))


def end(rig: Rig, *runs: str) -> None:
    for run in runs:
        rig.act(run, "kill", now=True)
        rig.end(run)


def test_a_gpu_that_is_full_shared_or_too_hot(gpus: Path, somebody: tuple[int, str], tmp_path: Path) -> None:
    pid, name = somebody
    for rig in rigs(tmp_path / "root"):
        with Far(sys.executable) as far:
            far.greet(rig.path)
            specs = [rig.spec(["sh", "-c", "echo step 1 loss 1; exec sleep 1000"], gpus=1) for _ in range(4)]
            for spec in specs:
                far.ok("submit", spec=spec, who="me", held=False)
            runs = {rig.reach(spec["id"], "running")["gpus"][0]: spec["id"] for spec in specs}
            assert set(runs) == {0, 1, 2, 3}
            answers = ["gpu 0 79000 80000 90 61 250500\n", *map(SOUND.format, (1, 2, 3))]
            gpus.write_text("".join(answers) + f"process 1 {pid} 900\nthrottle 2 64\nthrottle 3 4\n")
            full = told(rig, runs[0], "gpu_memory_full")["gpu_memory_full"]
            assert (full["severity"], full["message"]) == ("info", "GPU 0's memory is 99 % full")
            shared = told(rig, runs[1], "gpu_shared")["gpu_shared"]
            assert (shared["severity"], shared["message"]) == ("warning", f"{name} computes on GPU 1 as well")
            hot = told(rig, runs[2], "throttled")["throttled"]
            assert (hot["severity"], hot["message"]) == ("warning", "GPU 2 slows itself down for heat (61 °C)")
            # Each is told of its own GPU alone; the fourth one's lower clocks save power.
            assert [len(rig.record(run)["findings"]) for run in runs.values()] == [1, 1, 1, 0]
            end(rig, *runs.values())


#: A supervisor that samples each second and judges after six, instead of after a minute.
QUICK = """
import sys
from nerotui.agent.diagnose import host
from nerotui.agent.host import around, procfs
from nerotui.agent.processes import identity
from nerotui.agent.queue.queue import Queue
from nerotui.agent.run.layout import Root
from nerotui.agent.supervise import findings, samples, supervise
samples.FIRST = samples.INTERVAL = samples.SOON = samples.SLOW = 1.0
samples.SCAN = 1.0
host.SPAN, host.RATE_OVER = 5.0, 3.0
findings.MUTE = 2.0
{}
root = Root(sys.argv[1])
queue = Queue(root.queue(identity.here().hostname))
claim = queue.claim(queue.of_run(sys.argv[2]), identity.mine())
supervise.Supervisor(root, queue, claim, [int(sys.argv[3])]).run()
"""


Supervised = Callable[..., str]


@pytest.fixture
def supervised(rig: Rig) -> Iterator[Supervised]:
    """Starts a run under such a supervisor: its command, its GPU, what is made up of the host."""
    started: dict[str, subprocess.Popen[bytes]] = {}

    def start(command: list[str], gpu: int, made_up: str = "") -> str:
        run = rig.submit(command, held=True)
        code = [sys.executable, "-c", QUICK.format(made_up), str(rig.path), run, str(gpu)]
        started[run] = subprocess.Popen(code, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])})
        rig.reach(run, "running")
        return run

    yield start
    end(rig, *started)
    for supervisor in started.values():
        assert supervisor.wait(30) == 0


def test_a_gpu_that_waits_for_the_processor_and_one_that_waits_with_it(
    gpus: Path, rig: Rig, supervised: Supervised
) -> None:
    gpus.write_text("gpu 0 8000 80000 5 61 250500\ngpu 1 8000 80000 0 61 250500\n" + SOUND.format(2))
    starved, waiting, sound = (supervised(*how) for how in ((WORKS, 0), (SLEEPS, 1), (WORKS, 2)))
    found = told(rig, starved, "input_bound")["input_bound"]
    assert found["severity"] == "warning"
    assert found["message"].startswith("the GPU is busy for 5 % while processors work at ")
    found = told(rig, waiting, "waiting")["waiting"]
    assert found["severity"] == "warning"
    assert found["message"].startswith("neither the GPU (0 %) nor the processors (")
    # The disk is the machine's own, and what else runs on it may be filling it.
    assert [found for found in rig.record(sound)["findings"] if found["kind"] != "disk_filling"] == []


def test_a_host_whose_memory_is_full_and_a_disk_that_will_be(rig: Rig, supervised: Supervised) -> None:
    """The host itself cannot be filled for a test: what is read of it is made up, all else is real."""
    memory = "procfs.memory = lambda: ({'used': 97, 'total': 100}, {'used': 8, 'total': 10})"
    full = supervised(SLEEPS, 0, memory)
    end_at = time.time() + 60
    disk = (
        "import time\naround.around = lambda gpus, folders: {'disks': "
        f"[{{'path': '/data', 'free': int(({end_at} - time.time()) * 1e8), 'total': 10**11}}]}}"
    )
    filling = supervised(SLEEPS, 0, disk)
    found = told(rig, full, "memory_full")["memory_full"]
    assert found["message"] == "the host's memory is 97 % full, and so is 80 % of its swap"
    found = told(rig, filling, "disk_filling")["disk_filling"]
    assert found["message"].startswith("/data will be full in ")
