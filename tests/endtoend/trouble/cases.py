"""Which runs are made to fail, how each is set up, and what is to be said of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

PROGRAM = str(Path(__file__).with_name("program.py"))
DEMO = str(Path(__file__).parents[3] / "nerotui" / "cli" / "demos" / "train.py")

#: Version 1 of control groups has a folder for memory alone.
GROUPS_1, GROUPS_2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
LIMIT = 96 << 20


class Case(NamedTuple):
    """A run and what is to be found in it.

    Attributes:
        name: what it does.
        kinds: findings any of which is the right one; empty for a sound run.
        command: its arguments.
        spec: more of its run.json.
        early: whether the finding can come before the run's end, so that it must.
        lives: whether the run goes on for ever and is killed once it was found out.
        also: findings that are true of it as well.
        within: until when it is wanted, seconds after it was queued.
        company: whether it only keeps another one company, and is not judged itself.
    """

    name: str
    kinds: frozenset[str]
    command: list[str]
    spec: dict[str, Any] | None = None
    early: bool = False
    lives: bool = False
    also: frozenset[str] = frozenset()
    within: float | None = None
    company: bool = False


def own(kind: str, *arguments: str) -> list[str]:
    return [sys.executable, "-u", PROGRAM, kind, *arguments]


def demo(kind: str, *arguments: str) -> list[str]:
    return [sys.executable, "-u", DEMO, "--kind", kind, *arguments]


def case(name: str, *kinds: str, command: list[str] | None = None, **more: Any) -> Case:
    more["also"] = frozenset(more.get("also", ()))
    return Case(name, frozenset(kinds), own(name) if command is None else command, **more)


CASES = [
    case("missing_value", "nan", early=True, also=("divergence",)),
    case(
        "diverges",
        "divergence",
        "explosion",
        command=demo("diverges", "--pace", "0.004", "--epochs", "45"),
        early=True,
        also=("nan", "overfitting", "oscillation"),
    ),
    case(
        "overfits",
        "overfitting",
        command=demo("overfits", "--lr", "0.5", "--hidden", "20", "--pace", "0.002", "--epochs", "500"),
        early=True,
    ),
    case("stands_still", "plateau", early=True, also=("no_progress",)),
    case("guesses", "no_progress", early=True),
    case("is_not_validated", "no_validation", early=True),
    case(
        "crashes",
        "traceback",
        command=demo("crashes", "--pace", "0.002", "--epochs", "60"),
    ),
    case("loses_a_worker", "worker_killed"),
    case("crashes_in_c", "segfault"),
    case("loses_a_connection", "connection_lost"),
    case("warns_without_end", "endless_warning", early=True),
    case("takes_too_long", "late", early=True, spec={"time": 25.0}),
    case(
        "misses_its_deadline",
        "late",
        command=own("takes_too_long"),
        early=True,
        lives=True,
        within=100.0,
    ),
    case("is_slower", "siblings", command=own("trains_at", "0.3"), early=True, lives=True),
    *(case("is_alike", command=own("trains_at", pace), company=True) for pace in ("0.05", "0.06")),
    case("hangs", "stall", early=True, lives=True),
    case("waits_for_its_data", "input_bound", early=True, lives=True),
]

SOUND = [
    case(name) for name in ("sound", "sound_fast", "sound_slow", "sound_small", "sound_long", "sound_decays", "retries")
]

#: What a run may show besides, without being wrongly accused.
HARMLESS = frozenset({"rule"})


@contextmanager
def memory_limit(name: str) -> Iterator[Case | None]:
    """A run under a control group's limit that takes ever more memory; None where that cannot be made here."""
    first = (GROUPS_1 / "memory.limit_in_bytes").exists()
    group = (GROUPS_1 if first else GROUPS_2) / name
    try:
        group.mkdir()
        (group / ("memory.limit_in_bytes" if first else "memory.max")).write_text(str(LIMIT))
    except OSError:
        if group.is_dir():
            group.rmdir()
        yield None
        return
    inside = f'echo $$ > {group}/cgroup.procs && exec "$@"'
    command = ["sh", "-c", inside, "sh", *own("leaks")]
    try:
        yield case("leaks", "memory_full", "oom_killer", "host_oom", command=command, early=True)
    finally:
        group.rmdir()


@contextmanager
def small_disk(folder: Path) -> Iterator[Case | None]:
    """A run whose checkpoints fill a small file system; None where that cannot be made here."""
    folder.mkdir()
    if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)]).returncode:
        yield None
        return
    try:
        command = own("fills_the_disk", str(folder))
        spec = {"dir": str(folder)}
        yield case("fills_the_disk", "disk_filling", "disk_full", command=command, spec=spec, early=True)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
