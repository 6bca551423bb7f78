"""Tables of a name and a value in each row, printed again and again: Stable-Baselines3, baselines, rllab, Ray Tune.

A table of settings looks the same, but is printed once: a table that names no step shows only when it comes back.
"""

import re
from typing import Dict, FrozenSet, List, Optional, Tuple

from nerotui.agent.metrics.axes import Axes, Place, Said, whole
from nerotui.agent.metrics.families.cells import drawn, is_rule, name, value
from nerotui.agent.metrics.family import Family, Found
from nerotui.agent.metrics.files.naming import places
from nerotui.agent.metrics.recent import Recent
from nerotui.agent.metrics.words import strong

_LEAST_RULE = 8
_LONGEST = 400
_MOST_ROWS = 500
#: Bytes of the tables that came once and are remembered; see `Recent`.
_TABLES = 60_000

_PAIR = re.compile(rb"([^\s:=](?:[^\s]|\s(?!\s))*)(?:\s{2,}|\s*\t\s*)(\S+)$")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: What Spinning Up, garage and baselines call the steps of the environment so far.
_STEPS = frozenset(["total_env_interacts", "env_interacts", "total_env_steps", "timesteps_so_far", "env_steps_so_far"])
#: How many there are to be, rather than the how manyth this is.
_PLURALS = frozenset(["epochs", "steps", "rounds", "iterations", "episodes", "iters", "total_steps", "updates"])


class Reading(Family):
    """Gathers the rows between two rules."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._rows: Dict[str, float] = {}
        self._section = ""
        self._apart = False  # rows without strokes, under a rule of two dashes apart
        self._seen: Recent[FrozenSet[str], Optional[Found]] = Recent(_TABLES)

    def claims(self, line: bytes) -> bool:
        """Whether it is a rule, which may begin or end a table."""
        return is_rule(line)

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """A rule, or a row between two; anything else ends the table."""
        if len(line) > _LONGEST:
            return self._leave()
        if is_rule(line):
            if len(line.strip()) < _LEAST_RULE:
                return None
            found = self._close()
            self.open, self._apart = True, len(line.split()) == 2
            return found or None
        if not self.open:
            return None
        return [] if self._row(line) else self._leave()

    def end(self) -> List[Found]:
        """The last table, where the log ends without its rule."""
        return self._close()

    def _leave(self) -> Optional[List[Found]]:
        # Rows that no rule closes are dropped: this line is another's, and cannot carry their point.
        self.open = False
        self._rows, self._section = {}, ""
        return None

    def _row(self, line: bytes) -> bool:
        cells = drawn(line)
        bounded = line.strip()
        if cells is not None and bounded.startswith(b"|") is not bounded.endswith(b"|"):
            return False  # | end of epoch 1 | time: 12.3s | valid loss 5.12
        if cells is None:
            pair = _PAIR.match(line.strip()) if self._apart else None
            if pair is None:
                return False
            cells = [pair.group(1), pair.group(2)]
        elif len(cells) == 1:
            pair = _PAIR.match(cells[0].strip())
            if pair is None:
                return bool(cells[0].strip())
            cells = [pair.group(1), pair.group(2)]
        if len(cells) % 2 or len(self._rows) >= _MOST_ROWS:
            return False
        for at in range(0, len(cells), 2):
            key, number = name(cells[at]), value(cells[at + 1])
            if not key or value(cells[at]) is not None:
                return False
            if number is not None:
                indented = cells[at].startswith(b"   ")
                self._rows[(self._section if indented else "") + key] = number
            elif len(cells) == 2 and not cells[1].strip():
                self._section = key if key.endswith("/") else ""
        return True

    def _close(self) -> List[Found]:
        rows, self._rows, self._section = self._rows, {}, ""
        if not rows:
            return []
        names = list(rows)
        known = places([_plain(each) for each in names])
        point: Found = {names[at]: rows[names[at]] for at, _ in known.metrics}
        if not point:
            return []
        place, counted = self._place(names, rows, known.epoch, known.step)
        point.update(place)
        # SB3's first table has no loss yet, but sections, which settings have not.
        if counted and any(strong(each) or "/" in each for each in point):
            return [point]
        return self._again(frozenset(names), point)

    def _place(
        self, names: List[str], rows: Dict[str, float], epoch_at: Optional[int], step_at: Optional[int]
    ) -> Tuple[Place, bool]:
        """Where a table stands, and whether it says so itself."""
        said = []
        for at in (epoch_at, step_at):
            counts = at is not None and names[at].lower() not in _PLURALS and rows[names[at]] - rows[names[at]] == 0
            said.append(rows[names[at]] if at is not None and counts else None)
        epoch, step = said
        if epoch is None and step is None:
            return self.axes.carried(), False
        self.axes.locate(Said(epoch, None, step, None, True))
        place = {}
        if epoch is not None:
            place["epoch"] = whole(epoch)
        if step is not None:
            place["step"] = whole(step)
        return place, True

    def _again(self, names: FrozenSet[str], point: Found) -> List[Found]:
        first: Optional[Found] = self._seen.get(names, point)
        if first is not point:
            self._seen.young[names] = None
            return [point] if first is None else [first, point]
        self._seen.put(names, point, 400 + 250 * len(names))
        return []


def _plain(each: str) -> str:
    """A name as other programs write it: TotalEnvInteracts is total_env_interacts, and counts timesteps."""
    each = _HUMP.sub("_", each).lower()
    return "total_timesteps" if each.rsplit("/", 1)[-1] in _STEPS else each
