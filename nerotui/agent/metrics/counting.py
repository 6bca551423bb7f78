"""Which numbers of a line count: epoch, step, of how many, and which process speaks."""

import re
from typing import Dict, NamedTuple, Optional, Sequence, Set, Tuple

from nerotui.agent.metrics.labels import message
from nerotui.agent.metrics.slots import Slot
from nerotui.agent.metrics.words import EPOCH, SPLITS, STEP, axis, strong, usual

_BARE_INDEX = re.compile(r"^[\s#]*\[?\s*$")
_FILE = re.compile(r"\.\w{1,4}:$")
_UNIT = re.compile(r"^(epoch|iteration|iter|step|batch)(?:e?s)?\s*(?:/|of|out of)$")
_SIZE = re.compile(r"\((?:val|test)\)\s*\[$")
_OPEN = re.compile(r"^\s*[\[(]\s*$")
#: (?=(\s*))\1 takes all blanks at once: a run of thousands would be divided in every way else.
_NEXT = re.compile(r"^(?=(\s*))\1[\])]?(?=(\s*))\2[,:;|\-]?(?=(\s*))\3[\[(]?\s*$")
_NO_PLACE = re.compile(
    r"(?:best|max|maximum|total|every|per|each|warm-?up|patience|since|until|remaining|first|last|next|more|"
    r"(?:number|num|#|amount) of)[\s_]+$",
    re.IGNORECASE,
)


class Counting(NamedTuple):
    """Places of the numbers that count, None where the line has none.

    Attributes:
        epoch, epochs: which, and of how many.
        step, steps: which, and of how many.
        whole_run: the step counts from the run's beginning.
        bare: the step has no name.
        rank: the number of the process that speaks.
    """

    epoch: Optional[int] = None
    epochs: Optional[int] = None
    step: Optional[int] = None
    steps: Optional[int] = None
    whole_run: bool = False
    bare: bool = False
    rank: Optional[int] = None

    def rejects(self, name: str) -> bool:
        """Whether a name counts something, so that its number is no metric."""
        return axis(name) is not None or (name.rsplit("_", 1)[-1] in _COUNTS and not usual(name))


_COUNTS = EPOCH | STEP | frozenset(("epochs", "steps", "iterations"))


def count_of(between: Sequence[str], slots: Sequence[Slot]) -> Tuple[Counting, Set[int], bool]:
    """What counts on a line, the numbers that are taken by it, and whether a bare index is all there is."""
    seconds, taken = _ratios(between, slots)
    named: Dict[str, int] = {}
    for at in range(len(slots) - 1):
        unit = _UNIT.match(between[at + 1].strip().lower())
        if unit and not slots[at].name and at not in taken:
            seconds[at] = at + 1  # 1 epoch / 20 epochs
            taken.update((at, at + 1))
            named.setdefault(str(axis(unit.group(1))), at)
    for at, slot in enumerate(slots):
        kind = slot.axis if at not in taken else None
        if kind is None or between[at + 1].startswith("%"):
            continue
        taken.add(at)
        if kind == "rank" or not _NO_PLACE.search(slot.rest):
            named.setdefault(kind, at)
    epoch = named.get("epoch")
    step: Optional[int] = named.get("run", named.get("step", named.get("batch")))
    bare = False
    if epoch is not None and step is None:
        step = _inner(between, slots, epoch, seconds, taken)
        bare = step is not None
    if epoch is None and step is None:
        epoch, step = _bare_pair(between, slots, seconds)
        bare = step is not None
    if step is None:
        step = _bare(between, slots, seconds, taken)
        bare = step is not None
    if epoch is None and step is not None and step not in seconds and _SIZE.search(between[step]):
        step = None  # Iter(val) [250] says how much was tested
    taken.update(place for place in (epoch, step) if place is not None)
    counting = Counting(
        epoch,
        None if epoch is None else seconds.get(epoch),
        step,
        None if step is None else seconds.get(step),
        step is not None and step == named.get("run"),
        bare,
        named.get("rank"),
    )
    return counting, taken, bool(bare and epoch is None)


def _ratios(between: Sequence[str], slots: Sequence[Slot]) -> Tuple[Dict[int, int], Set[int]]:
    """The numbers that have a second one, as in `3/10`, `3 of 10`; and all these seconds."""
    seconds: Dict[int, int] = {}
    taken: Set[int] = set()
    for at in range(len(slots) - 1):
        if at not in taken and between[at + 1].strip() in ("/", "of", "out of"):
            seconds[at] = at + 1
            if not (between[at + 1] == " / " and slots[at].name and slots[at].joined and slots[at].axis is None):
                taken.add(at + 1)
    return seconds, taken


def _inner(
    between: Sequence[str], slots: Sequence[Slot], epoch: int, seconds: Dict[int, int], taken: Set[int]
) -> Optional[int]:
    """The batch that stands unnamed behind a named epoch: `Epoch [1][50/7330]`, `epoch 001:  100 / 1554`."""
    at = seconds.get(epoch, epoch) + 1
    if at >= len(slots) or at in taken or slots[at].name or not _NEXT.match(between[at]):
        return None
    if at in seconds or ("[" in between[at] and between[at + 1].startswith("]")):
        return at
    return None


def _bare_pair(
    between: Sequence[str], slots: Sequence[Slot], seconds: Dict[int, int]
) -> Tuple[Optional[int], Optional[int]]:
    """Epoch and batch without a name: `[0/25][0/782]`, `[1, 2000]`, `Train: 0 [ 50/1251 (4%)]`."""
    at = seconds.get(0, 0) + 1
    if at >= len(slots) or slots[at].name:
        return None, None
    begin = message(between[0])
    if slots[0].name.lower() in SPLITS and slots[0].joined and at in seconds and "[" in between[at]:
        return 0, at
    if not _OPEN.match(begin) or not _NEXT.match(between[at]) or not between[at].strip():
        return None, None
    after = between[seconds.get(at, at) + 1]
    return (0, at) if after.lstrip()[:1] in ("]", ")") and after.lstrip()[:1] else (None, None)


def _bare(between: Sequence[str], slots: Sequence[Slot], seconds: Dict[int, int], taken: Set[int]) -> Optional[int]:
    """An unnamed count: the first ratio without a name, or a number at the very beginning: `[12]`, `12:`."""
    for at, slot in enumerate(slots):
        if at in taken or slot.beside:
            continue
        if at in seconds and (not slot.name or slot.name.lower() in SPLITS):
            return at
        if at == 0 and _is_index(between):
            return at
    return None


def _is_index(between: Sequence[str]) -> bool:
    begin = message(between[0])
    if not _BARE_INDEX.match(begin):
        return False
    after = between[1]
    if len(between) == 3 and not begin and (after.strip().lower() in SPLITS or strong(after.strip())):
        return bool(between[2].strip() == "" and after[:1] == after[-1:] == " ")  # 250 val 10.95
    if _FILE.search(between[0]):
        return False
    return after.startswith("]") if "[" in begin else after.startswith((":", " |", "|")) or begin.strip() == "#"
