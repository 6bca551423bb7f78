"""What the end of a log proves, and what it does not; what a run is called that only its log tells of."""

import pytest

from nerotui.agent.foreign.ends import proved
from nerotui.agent.foreign.names import name_of, run_id
from nerotui.agent.run.layout import is_id

TRACEBACK = 'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n    main()\n'


@pytest.mark.parametrize(
    ("tail", "state"),
    [
        (TRACEBACK + "ValueError: 7\n", "failed"),
        ("step 1 loss 1\n" + TRACEBACK + "ValueError: 7\n\n", "failed"),
        (TRACEBACK + "ValueError: 7\nwandb: Find logs at: ./wandb\nwandb: synced\n", "failed"),
        (TRACEBACK + "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB\n", "oom"),
        (TRACEBACK + "MemoryError\n", "oom"),
        (TRACEBACK + "KeyboardInterrupt\n", "killed"),
        ("step 1 loss 1\nSegmentation fault (core dumped)\n", "failed"),
        ("run.sh: line 3: 4711 Killed                  python train.py\n", "killed"),
        ("Terminated\n", "killed"),
        # What was printed after it shows that the program went on.
        (TRACEBACK + "ValueError: 7\nskipped a batch\nstep 2 loss 0.5\n", None),
        (TRACEBACK + "ValueError: 7\nTraining finished\n", None),
        ("RuntimeError: CUDA out of memory\nretrying with half the batch\nstep 2 loss 1\n", None),
        # A thread's end, or what Python ignores, is not the program's.
        ("Exception in thread Thread-1:\n" + TRACEBACK + "ValueError: 7\n", None),
        ("Exception ignored in: <function a>\n" + TRACEBACK + "ValueError: 7\n", None),
        # It may still be printed.
        (TRACEBACK, None),
        ("Training finished\n", None),
        ("done\n", None),
        ("", None),
    ],
)
def test_the_end_of_a_log(tail: str, state: str | None) -> None:
    found = proved(tail.encode())
    assert (found.state if found else None) == state


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/me/exp/lr-0.1/log.txt", "lr-0.1"),
        ("/home/me/exp/lr-0.1/logs/train.log", "lr-0.1"),
        ("/home/me/exp/logs/lr-0.1.log", "lr-0.1"),
        ("/home/me/exp/a/nohup.out", "a"),
        ("/log.txt", "log"),
    ],
)
def test_a_name_is_that_of_what_differs(path: str, name: str) -> None:
    assert name_of(path) == name


def test_an_id_is_that_of_machine_and_path() -> None:
    ids = {run_id(machine, path) for machine in ("a", "b") for path in ("/x/log", "/y/log", "/z\udcff/log")}
    assert len(ids) == 6
    assert all(map(is_id, ids))
    assert run_id("a", "/x/log") == run_id("a", "/x/log")
