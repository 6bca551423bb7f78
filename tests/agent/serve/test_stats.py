"""The host's numbers: against the kernel's own, from each source, and what a hung file system may cost."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nerotui.agent.host import disks, procfs, psfs
from nerotui.agent.host.stats import Sampler
from tests.agent.serve.far import Far


def test_both_sources_agree() -> None:
    ours, theirs = procfs.cpu(), psfs.cpu()
    assert theirs.total == pytest.approx(ours.total, rel=1e-3, abs=0.5)
    assert theirs.busy == pytest.approx(ours.busy, rel=0.02, abs=0.5)
    for one, other in zip(procfs.memory(), psfs.memory(), strict=True):
        assert one["total"] == other["total"]
        assert one["used"] == pytest.approx(other["used"], abs=64 << 20)
    for mine, his in zip(procfs.network(), psfs.network(), strict=True):
        assert mine == pytest.approx(his, abs=10 << 20)


def test_a_sample_has_what_the_kernel_says(far: Far) -> None:
    stats = far.ok("stats")["stats"]
    assert stats["cores"] == os.cpu_count()
    assert 0 <= stats["cpu_percent"] <= 100
    assert stats["load"][0] == pytest.approx(os.getloadavg()[0], abs=1)
    meminfo = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    assert stats["memory"]["total"] == int(meminfo["MemTotal"].split()[0]) * 1024
    assert abs(stats["time"] - time.time()) < 2
    assert stats["net_sent"] >= 0
    found = os.statvfs("/")
    root = next(disk for disk in stats["disks"] if disk["path"] == "/")
    assert root["total"] == found.f_blocks * found.f_frsize
    assert root["free"] == pytest.approx(found.f_bavail * found.f_frsize, abs=1 << 30)


def test_the_first_sample_costs_at_most_a_short_window(root: Path) -> None:
    with Far(sys.executable) as agent:
        agent.greet(root)
    with Far(sys.executable) as agent:
        agent.greet(root)
        began = time.monotonic()
        assert agent.ok("stats")["stats"]["cpu_percent"] is not None
        assert time.monotonic() - began < 0.3


def test_a_busy_processor_shows(far: Far) -> None:
    far.ok("stats")
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        time.sleep(0.7)
        percent = far.ok("stats")["stats"]["cpu_percent"]
        busy.kill()
    assert percent >= 0.8 * 100 / (os.cpu_count() or 1)


def test_each_file_system_is_named_once(tmp_path: Path) -> None:
    found = Sampler([str(tmp_path / "not" / "there"), "/dev/shm", str(tmp_path)]).sample()["disks"]
    devices = [os.stat(disk["path"]).st_dev for disk in found]
    assert len(devices) == len(set(devices))
    assert os.stat("/dev/shm").st_dev in devices
    assert all(0 <= disk["free"] <= disk["total"] for disk in found)


def test_a_dead_file_server_is_named_and_waited_for_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # A file system that hangs cannot be had without a kernel's help: its one system call is stood in for.
    release = threading.Event()
    asked = []
    real = os.statvfs

    def statvfs(path: str) -> os.statvfs_result:
        if path == str(tmp_path):
            asked.append(path)
            release.wait(20)
        return real(path)

    monkeypatch.setattr(os, "statvfs", statvfs)
    monkeypatch.setattr(disks, "INTERVAL", 0.0)
    probe = disks.Disks()
    try:
        for _ in range(3):
            began = time.monotonic()
            found = probe.sample(["/", str(tmp_path)], 0.1)
            assert time.monotonic() - began < 1
            assert [disk["path"] for disk in found] == ["/"]
            assert str(tmp_path) in (probe.error or "")
        assert len(asked) == 1
    finally:
        release.set()


def test_watching_brings_a_sample_at_once_and_then_at_the_interval(far: Far) -> None:
    far.ok("watch", stats=0.5, runs=False)
    began = time.monotonic()
    times = [far.push("stats")["stats"]["time"] for _ in range(3)]
    assert time.monotonic() - began < 2.5
    assert times[2] - times[1] == pytest.approx(0.5, abs=0.3)
    far.ok("watch", stats=0, runs=False)
    far.before.clear()
    assert far.quiet(0.8)


def test_watching_costs_next_to_nothing(root: Path) -> None:
    with Far(sys.executable) as agent:
        agent.greet(root)
    with Far(sys.executable) as agent:
        agent.greet(root)
        agent.ok("watch", stats=1, runs=True)
        for _ in range(2):
            agent.push("stats")
        before = agent.cpu()
        began = time.monotonic()
        for _ in range(4):
            agent.push("stats")
        used = (agent.cpu() - before) / (time.monotonic() - began)
        # The budget is 0.2 %; a clock tick is 10 ms, and this machine is not alone.
        assert used < 0.02
        assert agent.status("VmRSS") < 24 * 1024


def test_five_hundred_followed_logs(root: Path, tmp_path: Path) -> None:
    with Far(sys.executable) as agent:
        agent.greet(root)
        alone = agent.status("VmRSS")
        for number in range(500):
            path = tmp_path / f"log{number}"
            path.write_bytes(b"x\n" * 100)
            agent.ok("log", path=str(path), stream=number, offset=200, follow=True, credit=1000)
        before = agent.cpu()
        began = time.monotonic()
        time.sleep(2)
        assert (agent.cpu() - before) / (time.monotonic() - began) < 0.03
        assert agent.status("VmRSS") < 2 * alone
        with (tmp_path / "log499").open("ab") as file:
            file.write(b"here\n")
        assert agent.data(5, 499) == b"here\n"
