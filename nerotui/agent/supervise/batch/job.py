"""The scheduler's job that this process is a part of, as its environment tells."""

import time
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from nerotui.agent.processes import identity


class Job(NamedTuple):
    """One start of a job.

    Attributes:
        scheduler: "slurm" or "gridengine".
        id: as the scheduler's commands take it: "15", "15_2", "7.3"; None where the environment does not tell.
        restarts: how often the scheduler has put it back and started it again.
        node: the machine.
        gpus: indices of the GPUs that it was given, as far as they are told by index.
        began: when it started, seconds since the epoch.
        ends: when the scheduler will end it; None where that is not told.
        said: how long its output was when it started.
    """

    scheduler: str
    id: Optional[str]
    restarts: int
    node: str
    gpus: List[int]
    began: float
    ends: Optional[float]
    said: int = 0

    def started(self, attempt: int) -> Dict[str, Any]:
        """What the run's folder keeps of it."""
        return {"id": self.id, "attempt": attempt, "restarts": self.restarts, "node": self.node, "said": self.said}

    def again(self, before: Dict[str, Any]) -> bool:
        """Whether it is a later start of a job that was kept: proof that the earlier one is over.

        Args:
            before: what `started` gave then.
        """
        known = before.get("restarts")
        return self.id is not None and before.get("id") == self.id and self.restarts > (known or 0)


def here(scheduler: str, variables: Mapping[str, str], before: Optional[Dict[str, Any]] = None) -> Job:
    """The job around this process.

    Args:
        scheduler: whose job it is.
        variables: the environment.
        before: what the run's folder keeps of the start before this one, if there was one.
    """
    now = time.time()
    node = identity.here().hostname
    gpus = _indices(variables.get("CUDA_VISIBLE_DEVICES", ""))
    if scheduler == "slurm":
        began = _number(variables.get("SLURM_JOB_START_TIME"))
        return Job(
            scheduler,
            _with_task(variables, "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "_") or variables.get("SLURM_JOB_ID"),
            int(_number(variables.get("SLURM_RESTART_COUNT")) or 0),
            node,
            gpus,
            began if began is not None and began <= now else now,
            _number(variables.get("SLURM_JOB_END_TIME")),
        )
    job = _with_task(variables, "JOB_ID", "SGE_TASK_ID", ".") or variables.get("JOB_ID")
    restarts = 0
    if variables.get("RESTARTED", "0") not in ("", "0"):
        # Grid Engine says that it did, not how often.
        known = before or {}
        restarts = 1 + int(known.get("restarts") or 0) if known.get("id") == job else 1
    return Job(scheduler, job, restarts, node, gpus, now, None)


def _with_task(variables: Mapping[str, str], array: str, task: str, joint: str) -> Optional[str]:
    first, second = variables.get(array), variables.get(task)
    return first + joint + second if first and second and second.isdigit() else None


def _number(text: Optional[str]) -> Optional[float]:
    return float(text) if text and text.isdigit() else None


def _indices(text: str) -> List[int]:
    parts = [part.strip() for part in text.split(",")]
    return [int(part) for part in parts if part.isdigit()]
