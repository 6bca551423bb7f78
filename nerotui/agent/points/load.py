"""The load of a run and its host over time, from the samples that its supervisor kept, thinned for a chart."""

import json
import os
from typing import Any, Dict, List, Optional

#: Bytes read at one place where a file is longer than is worth reading whole.
PLACE = 8192
#: A file up to this size is read whole.
WHOLE = 2 << 20

Row = Dict[str, Optional[float]]


def load(path: str, limit: int) -> Dict[str, List[Optional[float]]]:
    """At most `limit` moments: {"times", "cpu", "gpu", "memory"}, percentages, None where unknown.

    Raises:
        OSError: the file is there and cannot be read.
    """
    limit = max(1, min(limit, 4000))
    rows = _rows(path, limit)
    if len(rows) > limit:
        rows = [_mean(rows[at * len(rows) // limit : (at + 1) * len(rows) // limit]) for at in range(limit)]
    found: Dict[str, List[Optional[float]]] = {"times": [], "cpu": [], "gpu": [], "memory": []}
    for row in rows:
        found["times"].append(row["t"])
        for name in ("cpu", "gpu", "memory"):
            found[name].append(row[name])
    return found


def _rows(path: str, limit: int) -> List[Row]:
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= WHOLE:
            return [row for row in map(_row, file.read().split(b"\n")) if row is not None]
        rows: List[Row] = []
        for place in range(limit):
            at = (size - PLACE) * place // max(1, limit - 1)
            file.seek(at)
            for line in file.read(PLACE).split(b"\n")[1:-1]:
                row = _row(line)
                if row is not None and (not rows or (row["t"] or 0.0) > (rows[-1]["t"] or 0.0)):
                    rows.append(row)
                    break
        return rows


def _row(line: bytes) -> Optional[Row]:
    try:
        sample = json.loads(line.decode("utf-8", "replace"))
    except ValueError:
        return None
    if not isinstance(sample, dict):
        return None
    moment = _number(sample.get("t", sample.get("time")))
    if moment is None:
        return None
    cpu = _number(sample.get("cpu", sample.get("cpu_percent")))
    return {"t": moment, "cpu": cpu, "gpu": _gpu(sample), "memory": _memory(sample.get("memory"))}


def _gpu(sample: Dict[str, Any]) -> Optional[float]:
    direct = _number(sample.get("gpu"))
    if direct is not None or not isinstance(sample.get("gpus"), list):
        return direct
    rates = [_number(gpu.get("utilization")) for gpu in sample["gpus"] if isinstance(gpu, dict)]
    known = [rate for rate in rates if rate is not None]
    return sum(known) / len(known) if known else None


def _memory(value: Any) -> Optional[float]:
    if isinstance(value, dict):
        used, total = _number(value.get("used")), _number(value.get("total"))
        return 100.0 * used / total if used is not None and total else None
    return _number(value)


def _number(value: Any) -> Optional[float]:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _mean(rows: List[Row]) -> Row:
    mean: Row = {}
    for name in ("t", "cpu", "gpu", "memory"):
        known = [value for value in (row[name] for row in rows) if value is not None]
        mean[name] = round(sum(known) / len(known), 2) if known else None
    return mean
