"""GPUs by the `nvidia-smi` program, where NVML itself cannot be used. It is slow, and a field may be a refusal."""

from typing import Any, Dict, List, Optional, Tuple

Gpu = Dict[str, Any]

PROGRAM = "nvidia-smi"

_GPU = (
    ("index", "index"),
    ("name", "name"),
    ("uuid", "uuid"),
    ("memory_used", "memory.used"),
    ("memory_total", "memory.total"),
    ("utilization", "utilization.gpu"),
    ("temperature", "temperature.gpu"),
    ("power", "power.draw"),
)
_MIB = 1 << 20


class NoSmi(Exception):
    """`nvidia-smi` cannot be used; the message says why, and is "" where there is none."""


def sample(deadline: float) -> List[Gpu]:
    """All GPUs, as records.Gpu; `processes` hold only "pid", "memory" and "name".

    Args:
        deadline: seconds until it is given up and killed.

    Raises:
        NoSmi: it is missing, fails or takes too long.
    """
    rows, broken = _query("--query-gpu=" + ",".join(column for _, column in _GPU), len(_GPU), deadline)
    gpus = [_gpu(row) for row in rows]
    if broken and not gpus:
        raise NoSmi(broken)
    for gpu in gpus:
        gpu["error"] = gpu["error"] or broken or None
    if gpus:
        apps, refused = _query("--query-compute-apps=gpu_uuid,pid,used_memory,process_name", 4, deadline)
        by_uuid = {gpu["uuid"]: gpu for gpu in gpus}
        for uuid, pid, memory, name in apps:
            if uuid in by_uuid and pid.isdigit():
                used = _number(memory)
                process = {"pid": int(pid), "memory": None if used is None else int(used * _MIB), "name": name or None}
                by_uuid[uuid]["processes"].append(process)
        if refused:
            for gpu in gpus:
                gpu["error"] = gpu["error"] or refused
    return gpus


def _gpu(row: List[str]) -> Gpu:
    fields = dict(zip((name for name, _ in _GPU), row))
    used, total = _number(fields["memory_used"]), _number(fields["memory_total"])
    refusals = [field for field in row if field.startswith("[") and "N/A" not in field and "Not Supported" not in field]
    return {
        "index": int(fields["index"]),
        "name": fields["name"],
        "uuid": fields["uuid"],
        "memory_used": None if used is None else int(used * _MIB),
        "memory_total": None if total is None else int(total * _MIB),
        "utilization": _number(fields["utilization"]),
        "temperature": _number(fields["temperature"]),
        "power": _number(fields["power"]),
        "processes": [],
        "held_by": None,
        "error": refusals[0].strip("[]") if refusals else None,
    }


def _query(what: str, columns: int, deadline: float) -> Tuple[List[List[str]], str]:
    """The rows of one query, and what it said that is no row."""
    import csv  # late, both: few hosts have the program but not the library
    import subprocess

    argv = [PROGRAM, what, "--format=csv,noheader,nounits"]
    try:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, close_fds=True
        )
    except FileNotFoundError:
        raise NoSmi("")
    except OSError as error:
        raise NoSmi("{}: {}".format(PROGRAM, error.strerror))
    try:
        output = process.communicate(timeout=deadline)[0].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        process.kill()
        try:
            process.communicate(timeout=1)
        except subprocess.TimeoutExpired:
            pass  # it hangs in the driver and cannot die yet
        raise NoSmi("{} did not answer within {:g} s".format(PROGRAM, deadline))
    rows = []
    words = []
    for row in csv.reader(output.splitlines(), skipinitialspace=True):
        if len(row) == columns and (columns != len(_GPU) or row[0].isdigit()):
            rows.append([field.strip() for field in row])
        elif row:
            words.append(", ".join(row))
    if process.returncode and not words:
        words.append("{} ended with status {}".format(PROGRAM, process.returncode))
    return rows, " ".join(words)[:200] if process.returncode or not rows else ""


def _number(field: str) -> Optional[float]:
    try:
        return float(field)
    except ValueError:
        return None
