"""Runs on a real cluster without the rest of nerotui: the agent as its ordinary user has it, and jobs by hand."""

from __future__ import annotations

import json
import random
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nerotui.agent import durable
from nerotui.agent.processes import processes
from nerotui.agent.queue.queue import Entry, Queue
from nerotui.agent.run.layout import Root
from nerotui.agent.run.runs import Store
from tests.agent.runs.rig import LETTERS, until
from tests.rigs.cluster.cluster import Cluster

AGENT = Path(__file__).parents[3] / "nerotui/agent"
PYTHON = "/usr/bin/python3"

#: Run on the login node: does one thing with a store as its user.
_ASK = """\
import json, sys
sys.path[0] = sys.argv[1]
from nerotui.agent.run.runs import Store
name, root, arguments = sys.argv[2], sys.argv[3], json.load(sys.stdin)
json.dump(getattr(Store(root), name)(*arguments), sys.stdout)
"""


class ByHand:
    """A root in the home of a cluster's user.

    Attributes:
        cluster: the cluster.
        root: nerotui's folder.
    """

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster = cluster
        self.bundle = folder / "bundle"
        self.root = folder / "root"
        self.line = Queue(Root(str(self.root)).queue("@" + cluster.backend))
        self._store = Store(str(self.root))  # to look, not to touch

    def ask(self, name: str, *arguments: Any) -> Any:
        """Calls a method of the store on the login node, as the user."""
        argv = [PYTHON, "-S", "-E", "-c", _ASK, str(self.bundle), name, str(self.root)]
        return json.loads(self.cluster.run(*argv, stdin=json.dumps(arguments)).stdout)

    def submit(self, text: str, /, *options: str, **more: Any) -> tuple[str, str]:
        """Queues a run and hands in its job; the ids of both."""
        run = "".join(random.choice(LETTERS) for _ in range(8))
        backend = self.cluster.backend
        spec = {"id": run, "name": "a run", "command": ["/bin/sh", "-c", text], "dir": str(self.cluster.home)}
        spec.update(more, backend=backend)
        self.ask("submit", spec, "me@test", False)
        output = f"{self.folder(run)}/job.out"
        argv = ["qsub", "-terse", "-S", "/bin/sh", "-r", "y", "-j", "y", "-o", output]
        if backend == "slurm":
            argv = ["sbatch", "--parsable", "--open-mode=append", f"--output={output}"]
        argv += [*options, f"{self.folder(run)}/job.sh"]
        said = self.cluster.run(*argv).stdout
        job = said.strip().partition(";")[0].partition(".")[0]
        kept = {"scheduler": backend, "attempt": 1, "id": job, "argv": argv, "submitted": 0}
        self.cluster.put(str((self.folder(run) / "job.json").relative_to(self.cluster.home)), json.dumps(kept))
        return run, job

    def folder(self, run: str) -> Path:
        return self.root / "runs" / run

    def record(self, run: str) -> dict[str, Any]:
        return self._store.record(run)

    def ended(self, run: str, attempt: int = 1) -> dict[str, Any]:
        """The end of an attempt as it is on record."""
        return durable.read_json(f"{self.folder(run)}/attempts/{attempt}.end") or {}

    def entry(self, run: str) -> Entry | None:
        return self.line.of_run(run)

    def log(self, run: str) -> str:
        path = self.folder(run) / "log"
        return path.read_text() if path.exists() else ""

    def printed(self, run: str, text: str, timeout: float = 60.0) -> str:
        return str(until(lambda: text in self.log(run) and self.log(run), timeout, what=f"{text!r} in the log"))

    def reach(self, run: str, *states: str, attempt: int | None = None, timeout: float = 60.0) -> dict[str, Any]:
        def there() -> dict[str, Any] | None:
            found = self.record(run)
            right = found["state"] in states and attempt in (None, found["attempt"])
            return found if right else None

        found = until(there, timeout, every=0.1, what=f"{run} to be {states}: {self.record(run)}")
        return dict(found)

    def stopped(self, run: str) -> list[bool]:
        """Whether the processes of a run stand still: both values where only some do."""
        mark = f"NEROTUI_RUN_ID={run}".encode()
        found = {
            stat.stopped
            for pid, stat in processes.snapshot().items()
            if not stat.dead and mark in processes.environment(pid)
        }
        return sorted(found)

    def living(self, run: str) -> list[str]:
        """The command lines of all that lives of a run, its supervisor included."""
        mark = f"NEROTUI_RUN_ID={run}".encode()
        found = []
        for pid, stat in processes.snapshot().items():
            words = processes.command_line(pid)
            if not stat.dead and (mark in processes.environment(pid) or ("supervise" in words and run in words)):
                found.append(shlex.join(words))
        return found


@contextmanager
def by_hand(cluster: Cluster, name: str) -> Iterator[ByHand]:
    """A root of its own for a test."""
    folder = cluster.put(f"{name}/.keep", "").parent
    shutil.copytree(AGENT, folder / "bundle/nerotui/agent", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "bundle/nerotui/__init__.py").touch()
    cluster.put(f"{name}/root/.keep", "")
    yield ByHand(cluster, folder)
