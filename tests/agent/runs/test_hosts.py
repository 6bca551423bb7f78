"""One root that two hosts share: each starts and judges its own runs only, and shows all of them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nerotui.agent.errors import AgentError
from nerotui.agent.processes import identity
from tests.agent.runs.rig import Rig, until


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> "Move":
    return Move(monkeypatch)


class Move:
    """Goes to another host: what this process and those it starts from here on believe to be on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch

    def to(self, name: str, path: Path) -> Rig:
        self._patch.setenv("NEROTUI_HOSTNAME", name)
        self._patch.setenv("NEROTUI_MACHINE_ID", f"machine-of-{name}")
        self._patch.setenv("NEROTUI_BOOT_ID", f"boot-of-{name}")
        self._patch.setattr(identity, "_here", None)
        return Rig(path)


def test_each_host_runs_its_own_and_both_show_all(rig: Rig, move: Move) -> None:
    rig.path.mkdir()
    one = move.to("one", rig.path)
    first = [one.submit(f"echo {number} >> one") for number in range(5)]
    two = move.to("two", rig.path)
    second = [two.submit(f"echo {number} >> two") for number in range(5)]
    for run in second:
        assert two.end(run)["hostname"] == "two"
    assert [two.end(run)["hostname"] for run in first] == ["one"] * 5
    assert sorted((rig.path / "one").read_text().split()) == sorted((rig.path / "two").read_text().split())
    assert sorted(two.store.list()) == sorted(first + second)
    assert sorted(os.listdir(rig.path / "queue")) == ["one", "two"]


def test_what_is_dead_elsewhere_is_not_known_here(rig: Rig, move: Move) -> None:
    rig.path.mkdir()
    one = move.to("one", rig.path)
    run = one.submit("echo here; while :; do sleep 0.05; done")
    one.printed(run, "here")
    one.reach(run, "running")
    os.kill(one.supervisor(run), signal.SIGKILL)
    two = move.to("two", rig.path)
    for _ in range(3):
        two.store.contact()
    assert two.state(run) == "running"
    assert two.queue.entries() == []
    for action in ("kill", "freeze", "remove"):
        with pytest.raises(AgentError) as refusal:
            two.act(run, action)
        assert refusal.value.code in ("elsewhere", "illegal")
    one = move.to("one", rig.path)
    one.act(run, "kill")
    assert one.end(run)["state"] == "killed"


def test_a_waiting_run_says_where_it_waits(rig: Rig, move: Move) -> None:
    rig.path.mkdir()
    one = move.to("one", rig.path)
    run = one.submit("true", held=True)
    entry = one.queue.of_run(run)
    assert entry is not None
    two = move.to("two", rig.path)
    with pytest.raises(AgentError) as refusal:
        two.act(run, "release")
    assert refusal.value.code == "elsewhere"
    one.queue.change(entry, "q")
    assert two.store.why(run) == "it waits in the queue of one"


def test_another_namespace_or_boot_judges_as_it_can() -> None:
    me = identity.mine()
    assert identity.alive(me) is True
    assert identity.alive(me._replace(start=me.start + 1)) is False
    assert identity.alive(me._replace(place=me.place._replace(boot="before"))) is False
    assert identity.alive(me._replace(place=me.place._replace(hostname="other"))) is None
    assert identity.alive(me._replace(place=me.place._replace(machine="other"))) is None
    assert identity.alive(me._replace(place=me.place._replace(namespace="1"))) is None
    assert identity.from_token(me.token()) == me
    assert identity.from_token("nonsense") is None


def test_a_zombie_is_dead() -> None:
    pid = os.fork()
    if not pid:
        os._exit(0)
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert identity.of(pid) is None
    finally:
        os.waitpid(pid, 0)


def test_the_record_of_a_run_needs_no_status(rig: Rig) -> None:
    run = rig.submit("exit 3")
    before = rig.end(run)
    Path(rig.root.run(run).status).unlink()
    after = rig.record(run)
    for name in ("state", "exit_code", "reason", "started", "ended", "attempt"):
        assert after[name] == before[name], name
    end = rig.root.run(run).attempts + "/1.end"
    os.unlink(end)  # a full disk kept it from being written
    after = rig.record(run)
    assert (after["state"], after["exit_code"]) == ("failed", 3)
    assert json.dumps(after)
    until(lambda: rig.store.changed() == ([], []))


@pytest.mark.root
def test_a_root_that_can_only_be_read_is_shown_all_the_same(rig: Rig, tmp_path: Path) -> None:
    run = rig.submit("true", held=True)
    entry = rig.queue.of_run(run)
    assert entry is not None
    rig.queue.change(entry, "q")
    code = (
        "import sys; from nerotui.agent.run.runs import Store; s = Store(sys.argv[1])\n"
        "print(s.contact() is not None, s.writable()[0], s.record(sys.argv[2])['state'])\n"
        "print(s.changed()[0] == [sys.argv[2]])"
    )
    mount = f"mount --bind {rig.path} {rig.path} && mount -o remount,ro,bind {rig.path}"
    script = f'{mount} && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", sys.executable, "-c", code, str(rig.path), run],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["True", "False", "queued", "True"], done.stderr
