"""What a run's folder holds about its scheduler's job."""

import os
import time
from typing import Any, Dict, List, Optional

from nerotui.agent import durable
from nerotui.agent.run.layout import SCHEDULED, Root, RunFolder

#: Of what a submit command said so many characters are kept, of each of its outputs.
SAID = 1 << 14
#: Of the scheduler's own output the end is told, bytes.
TAIL = 4096

Job = Dict[str, Any]


def keep_job(folder: RunFolder, scheduler: str, attempt: int, job: Optional[str], argv: List[str]) -> None:
    """Puts the submitted job on record, durably; that of an earlier attempt than the one on record is left out."""
    known = durable.read_json(folder.job)
    if known is not None and isinstance(known.get("attempt"), int) and known["attempt"] > attempt:
        return
    now = round(time.time(), 3)
    if known is not None and (known.get("attempt"), known.get("id")) == (attempt, job):
        now = known.get("submitted") or now
    kept = {"scheduler": scheduler, "attempt": attempt, "id": job, "argv": argv, "submitted": now}
    durable.replace(folder.job, durable.to_json(kept))
    root = Root(os.path.dirname(os.path.dirname(folder.path)))
    try:
        durable.touch(root.queue(SCHEDULED + scheduler).jobs)
    except OSError:
        pass  # others hear of it when the run starts


def keep_answer(folder: RunFolder, attempt: int, code: Optional[int], out: str, err: str) -> None:
    """Puts what the submit command said on record, durably: the job that it names must never be forgotten."""
    answer = {"attempt": attempt, "code": code, "out": out[:SAID], "err": err[:SAID], "time": round(time.time(), 3)}
    durable.replace(folder.job_answer, durable.to_json(answer))


def job_of(folder: RunFolder, attempt: int) -> Job:
    """The job of an attempt: {"id", "node", "restarts"}, as its supervisor found it, else as it was submitted."""
    started = _of_attempt(folder.job_started, attempt)
    if started.get("id"):
        return started
    return _of_attempt(folder.job, attempt)


def told(folder: RunFolder) -> Dict[str, Any]:
    """All that is on record about a run's job, and the end of what its scheduler said itself."""
    return {
        "kept": durable.read_json(folder.job),
        "answer": durable.read_json(folder.job_answer),
        "started": durable.read_json(folder.job_started),
        "out": _tail(folder.job_out),
        "script": folder.job_script if os.path.exists(folder.job_script) else None,
    }


def _of_attempt(path: str, attempt: int) -> Job:
    found = durable.read_json(path) or {}
    return found if found.get("attempt") == attempt else {}


def _tail(path: str) -> Optional[str]:
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - TAIL))
            return file.read(TAIL).decode("utf-8", "replace")
    except OSError:
        return None  # not there (yet), or something odd that the scheduler made of it
