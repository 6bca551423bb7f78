"""What a log tells of trouble: in programs' own words, however the bytes come in, and nothing of what is harmless."""

from typing import Any

import pytest

from nerotui.agent.diagnose.logs import Logs
from nerotui.agent.diagnose.symptoms import SYMPTOMS

TROUBLE = [
    ("cuda_oom", "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 48.00 MiB."),
    ("cuda_oom", "RuntimeError: CUDA error: out of memory"),
    ("cuda_oom", "jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory allocating 2 bytes."),
    ("nccl", "RuntimeError: NCCL error in: c.cpp:1269, unhandled system error"),
    ("nccl", "[E ProcessGroupNCCL.cpp:475] [Rank 3] Watchdog caught collective operation timeout: WorkNCCL"),
    ("cuda_error", "RuntimeError: CUDA error: device-side assert triggered"),
    ("cuda_error", "RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
    ("cuda_error", "NVRM: Xid (PCI:0000:3b:00): 79, pid=1234, GPU has fallen off the bus."),
    ("worker_killed", "RuntimeError: DataLoader worker (pid 6313) is killed by signal: Killed."),
    ("worker_killed", "RuntimeError: DataLoader worker (pid(s) 11, 12) exited unexpectedly"),
    ("worker_killed", "concurrent.futures.process.BrokenProcessPool: A process in the pool was terminated abruptly"),
    ("segfault", "Segmentation fault (core dumped)"),
    ("segfault", "Fatal Python error: Segmentation fault"),
    ("disk_full", "OSError: [Errno 28] No space left on device: 'ckpt/12.pt'"),
    ("quota", "OSError: [Errno 122] Disk quota exceeded"),
    ("permission", "PermissionError: [Errno 13] Permission denied: '/data/train'"),
    ("oom_killer", "slurmstepd: error: Detected 1 oom_kill event in StepId=71.batch."),
    ("oom_killer", "run.sh: line 3: 12345 Killed                  python train.py"),
    ("oom_killer", "Killed"),
    ("host_oom", "MemoryError"),
    ("host_oom", "numpy.core._exceptions._ArrayMemoryError: Unable to allocate 7.45 GiB for an array"),
    ("time_limit", "slurmstepd: error: *** JOB 71 ON c1 CANCELLED AT 2026-01-02T03:04:05 DUE TO TIME LIMIT ***"),
    ("preempted", "slurmstepd: error: *** JOB 71 ON c1 CANCELLED AT 2026-01-02T03:04:05 DUE TO PREEMPTION ***"),
    ("node_failure", "slurmstepd: error: *** JOB 71 ON c1 CANCELLED AT 2026-01-02T03:04:05 DUE TO NODE FAILURE ***"),
    ("cancelled", "slurmstepd: error: *** STEP 71.0 ON c1 CANCELLED AT 2026-01-02T03:04:05 ***"),
    ("connection_lost", "ConnectionResetError: [Errno 104] Connection reset by peer"),
    ("connection_lost", "OSError: [Errno 116] Stale file handle"),
    ("no_gpu", "E0000 cuda_executor.cc:1228] cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected"),
]  # fmt: skip

HARMLESS = [
    "epoch 3 loss 0.31 error 0.12 top1 err 3.4",
    "error_rate 24.3 memory 3.1GB worker 4",
    "Skipped 3 files with errors; killed 0 of 12 workers",
    "default allocator: cuda malloc async",
    "UserWarning: CUDA initialization: the NVIDIA driver on your system is older than it could be",
    "Loading worker pool with 8 workers, timeout 30",
    "I tensorflow: Created device /job:localhost/replica:0/task:0/device:GPU:0 with 38000 MB memory",
    "INFO: out of memory protection enabled",
    "Training set: 1200 out of 1300, killed rows 3",
    "val_error: 0.5  denied: 3",
]


def kinds(text: str | bytes, over: bool = True) -> dict[str, dict[str, Any]]:
    logs = Logs()
    data = text.encode() if isinstance(text, str) else text
    logs.feed(data, 0, 0.0)
    logs.end(0.0)
    return {found["kind"]: found for found in logs.look(100.0, over)}


@pytest.mark.parametrize(("kind", "line"), TROUBLE)
def test_a_line_tells_of_its_trouble(kind: str, line: str) -> None:
    found = kinds(f"step 1 loss 0.5\n{line}\n")
    assert set(found) == {kind}
    assert found[kind]["evidence"][0]["line"] == 16


def test_every_symptom_is_tried_above() -> None:
    assert {known.kind for known in SYMPTOMS} == {kind for kind, _ in TROUBLE}


@pytest.mark.parametrize("line", HARMLESS)
def test_a_harmless_line_tells_of_nothing(line: str) -> None:
    assert kinds(line + "\n") == {}


TRACEBACK = """\
epoch 1 loss 0.5
Traceback (most recent call last):
  File "/home/me/exp/train.py", line 352, in <module>
    main()
  File "/home/me/exp/train.py", line 138, in train
    images = sample['img'].cuda()
             ~~~~~~^^^^^^^
  File "/opt/venv/lib/python3.11/site-packages/torch/nn/modules/module.py", line 1511, in _call_impl
    return forward_call(*args, **kwargs)
TypeError: list indices must be integers or slices, not str
"""


def test_a_traceback_is_told_by_its_last_line_and_its_own_innermost_frame() -> None:
    found = kinds(TRACEBACK)["traceback"]
    assert found["message"] == "TypeError: list indices must be integers or slices, not str (train.py:138 in train)"
    assert found["severity"] == "error"
    assert found["evidence"] == [
        {"line": 17, "text": "TypeError: list indices must be integers or slices, not str"},
        "train.py:138 in train",
    ]


def test_bytes_may_come_in_any_pieces() -> None:
    data = TRACEBACK.encode()
    whole = kinds(data)
    for size in (1, 2, 3, 7, 50, 200):
        logs = Logs()
        for at in range(0, len(data), size):
            logs.feed(data[at : at + size], at, 0.0)
        logs.end(0.0)
        assert {found["kind"]: found for found in logs.look(100.0, True)} == whole


def test_the_end_of_the_log_ends_its_last_line() -> None:
    assert set(kinds(TRACEBACK.rstrip("\n"))) == {"traceback"}


def test_ranks_and_times_before_the_lines_do_not_matter() -> None:
    lines = TRACEBACK.splitlines()[1:]
    mixed = "".join(f"[rank0]: {line}\n[rank1]: {line}\n" for line in lines)
    assert kinds(mixed)["traceback"]["message"].endswith("(train.py:138 in train)")
    stamped = "".join(f"2026-01-02 03:04:05 {line}\n" for line in lines)
    assert kinds(stamped)["traceback"]["message"].startswith("TypeError: list indices")


def test_of_chained_exceptions_the_last_is_told() -> None:
    chained = TRACEBACK.replace("TypeError: list", "ConnectionResetError: list") + (
        "\nDuring handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "/home/me/exp/train.py", line 17, in <module>\n    for x in dl:\n'
        "RuntimeError: DataLoader worker (pid 6313) is killed by signal: Killed.\n"
    )
    assert set(kinds(chained)) == {"worker_killed"}


@pytest.mark.parametrize("said", ["KeyboardInterrupt", "SystemExit: 3"])
def test_an_end_that_was_wanted_is_no_trouble(said: str) -> None:
    assert kinds(TRACEBACK.replace("TypeError: list indices must be integers or slices, not str", said)) == {}


def test_what_python_ignores_is_no_trouble() -> None:
    assert kinds("Exception ignored in: <function _MultiProcessingDataLoaderIter.__del__>\n" + TRACEBACK[17:]) == {}


def test_what_a_run_survives_goes_away() -> None:
    logs = Logs()
    logs.feed(TRACEBACK.encode(), 0, 0.0)
    assert logs.look(1.0, False) == []  # it may be caught
    (found,) = logs.look(5.0, False)
    assert found["severity"] == "warning"
    (found,) = logs.look(20.0, False)
    assert found["severity"] == "error"
    logs.points([{"source": "log", "offset": 0}] * 5)  # those before it prove nothing
    assert logs.look(20.0, False) != []
    logs.points([{"source": "log", "offset": 10_000}] * 2)
    assert logs.look(20.0, False) == []


def test_a_warning_without_end_is_told_with_its_count() -> None:
    found = kinds("".join(f"step {at}: UserWarning: value {at} is out of range\n" for at in range(1500)), over=False)
    assert found["endless_warning"]["message"].startswith("the same warning was printed 1500 times")


def test_control_characters_reach_nobody() -> None:
    found = kinds(b"\x1b[31mOSError: [Errno 28] No space left on device\x1b[0m\x07\n")["disk_full"]
    assert found["evidence"][0]["text"] == "OSError: [Errno 28] No space left on device"


def test_a_log_of_anything_costs_bounded_memory_and_no_error() -> None:
    logs = Logs()
    for at in range(300):
        logs.feed(bytes(range(256)) * 40 + b"error %d worker " % at, at * 10_000, 0.0)
        logs.feed(b"Traceback (most recent call last):\n%dTraceback (most recent call last):" % at, 0, 0.0)
    logs.end(0.0)
    assert len(logs.look(100.0, True)) <= 3
