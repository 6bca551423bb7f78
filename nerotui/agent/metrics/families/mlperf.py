"""MLPerf's journal, `:::MLLOG {…}` and `:::MLPv0.5.0 …`: of all that it notes, what was measured in training."""

import json
import re
from typing import Any, Dict, List, Optional, Set, Tuple

from nerotui.agent.metrics.axes import Axes, Said, whole
from nerotui.agent.metrics.family import Family, Found
from nerotui.agent.metrics.words import strong

_OLD = re.compile(r":::MLPv\S+ \S+ (\d+(?:\.\d+)?) \(\S*\) ([\w.]+): (.+)$")
_EPOCHS = ("epoch_num", "epoch", "epoch_count", "first_epoch_num")
_STEPS = ("step_num", "step", "iteration", "samples_count", "sample_num")
#: Names that are goals and settings although they hold a metric's word.
_SETTINGS = ("target", "_hp_", "size", "samples", "num_", "_freq", "period", "initial_", "threshold", "interval")
#: How many events are remembered, lest each rank's copy of one be a point.
_REMEMBERED = 1000


class Reading(Family):
    """Takes every line of the journal, for none of them means what it looks like to others."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._seen: Set[Tuple[str, float, float]] = set()

    def claims(self, line: bytes) -> bool:
        """Whether it is an entry of the journal."""
        return b":::ML" in line

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """One entry."""
        text = line[line.find(b":::ML") :].decode("utf-8", "replace")
        if text.startswith(":::MLLOG"):
            return self._entry(_object(text[len(":::MLLOG") :]))
        old = _OLD.match(text)
        if not old:
            return []
        said = _parse(old.group(3))
        entry: Dict[str, Any] = {"key": old.group(2), "value": said, "metadata": {}}
        if isinstance(said, dict):
            entry["value"], entry["metadata"] = said.get("value"), said
        return self._entry(entry)

    def _entry(self, entry: Dict[str, Any]) -> List[Found]:
        key, said = entry.get("key"), entry.get("value")
        about = entry.get("metadata")
        if not isinstance(key, str) or not isinstance(about, dict):
            return []
        measured = said if isinstance(said, dict) else {key: said}
        numbers: Found = {}
        for name, each in measured.items():
            number = _number(each)
            if number is not None and _measures(str(name)):
                numbers[str(name)] = number
        epoch, step = _first(about, _EPOCHS), _first(about, _STEPS)
        if not numbers or (epoch is None and step is None):
            return []
        point: Found = dict(numbers)
        at = (epoch if epoch is not None else -1.0, step if step is not None else -1.0)
        if all((name, at[0], at[1]) in self._seen for name in numbers):
            return []
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen.update((name, at[0], at[1]) for name in numbers)
        self.axes.locate(Said(epoch, None, step, None, True))
        if epoch is not None:
            point["epoch"] = whole(epoch)
        if step is not None:
            point["step"] = whole(step)
        return [point]


def _measures(name: str) -> bool:
    return (strong(name) or "throughput" in name) and not any(word in name for word in _SETTINGS)


def _object(text: str) -> Dict[str, Any]:
    said = _parse(text.strip())
    return said if isinstance(said, dict) else {}


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _number(said: Any) -> Optional[float]:
    return said if isinstance(said, (int, float)) and not isinstance(said, bool) else None


def _first(about: Dict[str, Any], names: Tuple[str, ...]) -> Optional[float]:
    for name in names:
        number = _number(about.get(name))
        if number is not None and -1e18 < number < 1e18:
            return number
    return None
