"""Slots and GPUs: who gets which, and who must wait for whom."""

import os
import sys
from pathlib import Path

import pytest

from nerotui.agent.processes import identity
from nerotui.agent.queue import holders
from nerotui.agent.queue.dispatch import Dispatcher
from nerotui.agent.queue.launch import Lock
from nerotui.agent.queue.plan import Ask, Room, plan, reason
from nerotui.agent.queue.queue import Entry
from nerotui.agent.queue.room import Resources
from tests.agent.runs.rig import Rig, until


def asks(*gpus: int) -> list[Ask]:
    return [Ask(Entry("q", number, "abcdefg" + "abcdefgh"[number], 1), count) for number, count in enumerate(gpus)]


def started(wanted: list[Ask], room: Room) -> list[tuple[int, list[int]]]:
    return [(start.ask.entry.order, start.gpus) for start in plan(wanted, room)]


def test_the_line_is_served_in_order() -> None:
    assert started(asks(0, 0, 0), Room(2)) == [(0, []), (1, [])]
    assert started(asks(1, 1, 1), Room(3, (0, 1), 0, 2)) == [(0, [0]), (1, [1])]


def test_a_run_for_several_gpus_is_not_starved_by_smaller_ones() -> None:
    # GPU 1 is free, the first run needs two: the second must not take it.
    assert started(asks(2, 1), Room(2, (1,), 1, 2)) == []
    assert started(asks(2, 1, 0), Room(3, (1,), 1, 2)) == [(2, [])]
    assert started(asks(2, 1), Room(2, (0, 1), 0, 2)) == [(0, [0, 1])]


def test_nobody_waits_for_what_only_strangers_can_give_back() -> None:
    foreign = Room(2, (1,), 0, 2, frozenset([0]))
    assert started(asks(2, 1), foreign) == [(1, [1])]


def test_a_slot_is_kept_too() -> None:
    assert started(asks(2, 0, 0), Room(2, (1,), 1, 2)) == [(1, [])]


@pytest.mark.parametrize(
    ("wanted", "run", "room", "slots", "sentence"),
    [
        (asks(0), "abcdefga", Room(1), 1, "it is about to start"),
        (asks(0), "abcdefga", Room(0), 1, "the host's only slot is in use"),
        (asks(0, 0), "abcdefgb", Room(0), 2, "all 2 slots are in use; one run is ahead of it in line"),
        (asks(2), "abcdefga", Room(1, (1,), 1, 2), 2, "it needs 2 GPUs, only one is free"),
        (
            asks(1),
            "abcdefga",
            Room(1, (), 1, 2, frozenset([1])),
            2,
            "it needs one GPU, none is free, and somebody else computes on GPU 1",
        ),
        (
            asks(2, 1),
            "abcdefgb",
            Room(2, (1,), 1, 2),
            2,
            "what is free is kept for a run ahead of it that needs more; one run is ahead of it in line",
        ),
        (asks(4), "abcdefga", Room(1, (0, 1), 0, 2), 2, "it asks for 4 GPUs, but this host has 2 GPUs"),
    ],
)
def test_why_a_run_waits(wanted: list[Ask], run: str, room: Room, slots: int, sentence: str) -> None:
    assert reason(wanted, run, room, slots) == sentence


class Driver:
    """A host with GPUs that we have not."""

    def __init__(self, gpus: int) -> None:
        self.gpus = gpus
        self.pids: dict[int, list[int]] | None = {index: [] for index in range(gpus)}

    def count(self) -> int:
        return self.gpus

    def compute_pids(self) -> dict[int, list[int]] | None:
        return self.pids


def dispatch(rig: Rig, driver: Driver, rounds: int = 1) -> None:
    """Does what a dispatcher does, in a process of its own, so that the supervisors are not this process's children."""
    pid = os.fork()
    if not pid:
        try:
            lock = Lock(rig.queue.folder)
            assert lock.take()
            dispatcher = Dispatcher(rig.root, rig.queue, lock, Resources(rig.root, rig.queue, driver))
            for _ in range(rounds):
                dispatcher.once()
            lock.release()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


SHOW = 'echo "[$CUDA_DEVICE_ORDER $CUDA_VISIBLE_DEVICES]"; exec sleep 1000'


def put_in_line(rig: Rig, *gpus: int | None) -> list[str]:
    runs = [rig.submit(SHOW, held=True, gpus=None) for _ in gpus]
    for run, count in zip(runs, gpus, strict=True):
        path = Path(rig.root.run(run).spec)
        path.write_text(path.read_text().replace('"gpus":null', f'"gpus":{count if count is not None else "null"}'))
        entry = rig.queue.of_run(run)
        assert entry is not None
        rig.queue.change(entry, "q")
    return runs


def test_gpus_are_handed_out_by_index(rig: Rig) -> None:
    one, two, none, default = put_in_line(rig, 1, 2, 0, None)
    dispatch(rig, Driver(4))
    assert rig.printed(one, "]") == "[PCI_BUS_ID 0]\n"
    assert rig.printed(two, "]") == "[PCI_BUS_ID 1,2]\n"
    assert rig.printed(none, "]") == "[PCI_BUS_ID -1]\n"
    assert rig.printed(default, "]") == "[PCI_BUS_ID 3]\n"
    assert rig.record(two)["gpus"] == [1, 2]
    assert holders.held(rig.queue.folder.gpus)[2] == holders.Holder(two, 1)
    dispatch(rig, Driver(4))
    for run in (one, two, none, default):
        rig.act(run, "kill", now=True)
        rig.end(run)
    assert holders.held(rig.queue.folder.gpus) == {}
    assert holders.held(rig.queue.folder.slots) == {}


def test_a_gpu_that_somebody_else_computes_on_is_not_free(rig: Rig) -> None:
    first, second = put_in_line(rig, 1, 1)
    driver = Driver(2)
    driver.pids = {0: [4711], 1: []}
    dispatch(rig, driver)
    assert rig.printed(first, "]") == "[PCI_BUS_ID 1]\n"
    assert rig.queue.of_run(second).kind == "q"  # type: ignore[union-attr]
    driver.pids = None  # in doubt it is not free
    dispatch(rig, driver)
    assert rig.queue.of_run(second).kind == "q"  # type: ignore[union-attr]
    driver.pids = {1: []}
    dispatch(rig, driver)
    assert rig.queue.of_run(second).kind == "q"  # type: ignore[union-attr]
    driver.pids = {0: [], 1: []}
    dispatch(rig, driver)
    assert rig.printed(second, "]") == "[PCI_BUS_ID 0]\n"


def test_a_gpu_stays_held_while_its_run_lives_whoever_supervises(rig: Rig) -> None:
    first, second = put_in_line(rig, 1, 1)
    driver = Driver(1)
    dispatch(rig, driver)
    rig.printed(first, "]")
    import signal

    os.kill(rig.supervisor(first), signal.SIGKILL)
    until(lambda: identity.alive(rig.queue.of_run(first).claimant) is False)  # type: ignore[union-attr, arg-type]
    dispatch(rig, driver)
    assert rig.queue.of_run(second).kind == "q"  # type: ignore[union-attr]
    assert rig.record(first)["gpus"] == [0]


def test_as_many_run_at_once_as_there_are_slots(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEROTUI_SLOTS", "2")
    code = (
        "import os, time\n"
        "open('now/' + str(os.getpid()), 'w').close()\n"
        "print(len(os.listdir('now')))\n"
        "time.sleep(0.1)\n"
        "os.unlink('now/' + str(os.getpid()))\n"
    )
    (rig.path / "now").mkdir(parents=True)
    runs = [rig.submit([sys.executable, "-S", "-c", code]) for _ in range(8)]
    for run in runs:
        assert rig.end(run)["state"] == "done"
    seen = [int(rig.log(run)) for run in runs]
    assert max(seen) == 2
    assert rig.store.slots() == 2
