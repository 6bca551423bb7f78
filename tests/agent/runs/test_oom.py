"""The kernel's out-of-memory killer, provoked for real in a group with little memory, and told from the rest."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.agent import durable
from nerotui.agent.processes import processes
from nerotui.agent.run import oomkills
from tests.agent.runs.rig import Rig, until

LITTLE = 96 << 20
#: Takes more than there is, page by page.
GREEDY = "held = []\nwhile True: held.append(bytearray(4 << 20))"
#: A worker takes it; its parent ends as torch's loader does when that happens.
WORKERS = f"""
import os, signal
worker = os.fork()
if not worker:
    exec({GREEDY!r})
_, status = os.waitpid(worker, 0)
raise SystemExit("RuntimeError: DataLoader worker (pid %d) is killed by signal: %s." % (worker, "Killed"))
"""
BY_THE_KERNEL = "the kernel killed it because memory was full (out-of-memory killer)"

pytestmark = pytest.mark.root


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Path]:
    """A control group with little memory: of version 1 where its memory controller is mounted, else of version 2."""
    if os.geteuid() != 0:
        pytest.skip("only root may make control groups")
    first = Path("/sys/fs/cgroup/memory")
    base, limit = (first, "memory.limit_in_bytes") if first.is_dir() else (Path("/sys/fs/cgroup"), "memory.max")
    path = base / f"nerotui-{os.getpid()}-{tmp_path.name[-20:]}"
    try:
        path.mkdir()
        if limit == "memory.max" and not (path / limit).exists():
            (base / "cgroup.subtree_control").write_text("+memory")
        (path / limit).write_text(str(LITTLE))
    except OSError as error:
        pytest.skip(f"no memory control group can be made here: {error}")
    with contextlib.suppress(OSError):  # a host without swap has no such file
        (path / ("memory.swap.max" if limit == "memory.max" else "memory.memsw.limit_in_bytes")).write_text(
            "0" if limit == "memory.max" else str(LITTLE)
        )
    yield path
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for pid in map(int, (path / "cgroup.procs").read_text().split()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            path.rmdir()
            return
        time.sleep(0.05)
    pytest.fail(f"{path} could not be removed")


def confined(rig: Rig, group: Path, run: str) -> None:
    """Supervises a run that is held from within the group, to its end."""
    code = (
        "import os, sys; open(sys.argv[1] + '/cgroup.procs', 'w').write(str(os.getpid()));"
        "from nerotui.agent.supervise import supervise; sys.exit(supervise.main(sys.argv[2], sys.argv[3]))"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, "-S", "-c", code, str(group), str(rig.path), run], env=env) as supervisor:
        assert supervisor.wait(60) == 0


def test_what_the_kernel_killed_for_memory_is_oom(rig: Rig, group: Path) -> None:
    run = rig.submit([sys.executable, "-c", GREEDY], held=True)
    confined(rig, group, run)
    found = rig.end(run)
    assert (found["state"], found["signal"], found["reason"]) == ("oom", "SIGKILL", BY_THE_KERNEL)
    assert rig.members(run) == []


def test_a_command_in_a_group_of_its_own_is_oom_too(rig: Rig, group: Path) -> None:
    # As `systemd-run --scope -p MemoryMax=…` or a container does it: the supervisor is not in that group.
    run = rig.submit(
        ["sh", "-c", f"echo $$ > {group}/cgroup.procs; echo in; sleep 1.5; exec {sys.executable} -c '{GREEDY}'"]
    )
    found = rig.end(run)
    assert (found["state"], found["reason"]) == ("oom", BY_THE_KERNEL)


def test_a_worker_that_was_killed_for_memory_takes_its_run_along(rig: Rig, group: Path) -> None:
    run = rig.submit([sys.executable, "-c", WORKERS], held=True)
    confined(rig, group, run)
    found = rig.end(run)
    assert (found["state"], found["exit_code"]) == ("oom", 1)
    assert found["reason"].startswith(
        "the kernel killed a process of it because memory was full: RuntimeError: DataLoad"
    )


def test_a_successor_still_knows_that_it_was_the_kernel(rig: Rig, group: Path) -> None:
    program = f"import os, time\nprint('here', flush=True)\nwhile not os.path.exists('go'): time.sleep(0.05)\n{GREEDY}"
    run = rig.submit(["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec {sys.executable} -c "$0"', program])
    rig.printed(run, "here")
    until(lambda: str(group) in str(durable.read_json(rig.root.run(run).status)))
    before = rig.supervisor(run)
    os.kill(before, signal.SIGKILL)
    until(lambda: (rig.store.contact(), rig.supervisor(run) != before)[1])
    until(lambda: "adopted" in rig.events(run))
    (rig.path / "go").touch()
    assert rig.end(run)["state"] == "oom"


def test_a_kill_beside_an_older_want_of_memory_is_a_kill(rig: Rig, group: Path) -> None:
    subprocess.run(
        ["sh", "-c", f"echo $$ > {group}/cgroup.procs; exec {sys.executable} -c '{GREEDY}'"], check=False, timeout=60
    )
    run = rig.submit(["sh", "-c", "echo here; exec sleep 1000"], held=True)
    killer = threading.Thread(target=lambda: os.kill(until(lambda: _sleeper(rig, run)), signal.SIGKILL))
    killer.start()
    confined(rig, group, run)
    killer.join()
    found = rig.end(run)
    assert (found["state"], found["reason"]) == ("killed", "ended by SIGKILL, which nerotui did not send")


def test_counters_are_this_process_own() -> None:
    before = oomkills.chains()
    assert before
    assert not oomkills.risen(before)
    path, count = before[0][0]
    assert oomkills.risen([[[path, count - 1]]])
    assert oomkills.risen([[["/no/such/group/memory.events", 0], [path, count - 1]]])


def _sleeper(rig: Rig, run: str) -> int | None:
    return next((pid for pid in rig.members(run) if "sleep" in processes.command_line(pid)), None)
