"""What stands before a number: its name, and the words of the line that are part of no name."""

import re
from typing import List, NamedTuple, Optional, Sequence, Tuple

from nerotui.agent.metrics.recent import Recent
from nerotui.agent.metrics.words import EPOCH, FILLERS, STEP, SUMMARIES, UNITS, axis, strong, usual

_CHUNKS = re.compile(r"[,;|\t(){}\[\]<>:=!?~\x02]|\s-+\s|\s{2,}|=>|->")
_NAME = re.compile(r"[^\W\d][\w@#%./\-+*^]*$|[\w@#%./\-]*[^\W\d][\w@#%./\-+*]*$")
_OPENING = "'\"([{ \t"
# Python's own way to show a number: tensor(0.5), np.float64(0.5), array([0.5]).
_WRAPPER = re.compile(
    r"(?:^|(?<=[\s:=,(\[{'\"]))(?:np\.|numpy\.|torch\.|jnp\.|tf\.)?"
    r"(?:tensor|Tensor|array|Array|DeviceArray|float\d*|int\d*|Decimal|Variable)$"
)
_GROUP = re.compile(r"(\s*)(\([^()]*(?:\([^()]*\))?[^()]*\)|\[[^\[\]]*\])$")
_COUNTED = re.compile(r"(?:^|[\s\]\-|])([A-Za-z]+)\s?\(\w+\)$")
#: No name has more words.
_MOST = 5
#: Bytes of the texts that are remembered, with what Python takes for each; see `Recent`.
_KNOWN, _ENTRY = 40_000, 400


class Slot(NamedTuple):
    """The text before a number.

    Attributes:
        name: of the number, "" where it has none.
        joined: by = or :, so that the name is meant as one.
        rest: the text without the name.
        beside: the number stands in brackets behind another, as a mean beside its value.
        axis: what the name counts, see `words.axis`; None where it counts nothing.
    """

    name: str
    joined: bool
    rest: str
    beside: bool
    axis: Optional[str] = None


class Slots:
    """Finds the slots of lines, and remembers those of texts, which lines of different kinds have in common.

    Attributes:
        met: how many texts were new.
    """

    def __init__(self) -> None:
        self.met = 0
        self._known: Recent[Tuple[str, bool], Slot] = Recent(_KNOWN)

    def of(self, between: Sequence[str]) -> List[Slot]:
        """The slots of a line's texts, one a number."""
        slots = []
        for at in range(len(between) - 1):
            key = between[at], at > 0
            slot: Optional[Slot] = self._known.get(key)
            if slot is None:
                self.met += 1
                slot = _slot(*key)
                slot = slot._replace(axis=axis(slot.name))
                self._known.put(key, slot, len(between[at]) + _ENTRY)
            slots.append(slot)
        return slots


def _slot(whole: str, at: bool) -> Slot:
    """The slot of a text; `at`: whether it stands behind a number."""
    before = whole.rstrip(_OPENING)
    opened = whole[len(before) :]
    if "(" in opened:
        unwrapped = _WRAPPER.sub("", before)
        if unwrapped != before:
            before = unwrapped.rstrip(_OPENING)
            opened = ""
    counted = _COUNTED.search(before)
    if counted and counted.group(1).lower() in EPOCH | STEP:
        return Slot(counted.group(1), False, before, False)  # Epoch(train) [3]
    joined = before.endswith(("=", ":"))
    if joined:
        before = before[:-1].rstrip().rstrip("'\"")
    if at and not joined and opened.strip(" \t'\"")[:1] == "(" and not _words(before, at, joined):
        return Slot("", False, before, True)  # 0.51 (0.62): a mean beside its value
    if not joined and opened.startswith("(") and before[-1:].isalnum() and before.lower() not in EPOCH | STEP:
        return Slot("", False, whole, False)  # f(3)
    tail = ""
    if joined:
        before, tail = _without_group(before)
    if tail:
        return Slot(tail, True, before[: -len(tail)], False)
    found = _words(before, at, joined)
    if not joined and found and found[-1].lower().rstrip(".") in FILLERS:
        return Slot("", False, whole, False)
    name: List[str] = []
    for word in reversed(found):
        low = word.lower().strip(".")
        if not _NAME.match(word.rstrip(")]")) or len(name) == _MOST:
            break
        if low == "of" and not joined and name and not usual("_".join(name)):
            name = []  # test error of best model
            continue
        if low in FILLERS and not (joined and name):
            break
        if name and not joined and (low in EPOCH or low in STEP):
            break
        name.insert(0, word.strip(".-*#/"))
        if (low in EPOCH or low in STEP) and "per" not in found:
            break
    while name and name[0].lower() in FILLERS:
        name.pop(0)
    if len(name) > 3 and any(strong(word) for word in name[-3:]):
        name = name[-3:]
    text = "_".join(word for word in name if word)
    if at and not joined and text.lower() in SUMMARIES | _BESIDE and before.lstrip().startswith("("):
        return Slot(text, False, "", True)  # 0.51 (avg 0.62)
    rest = whole
    if text:
        cut = whole.rfind(name[0])
        rest = whole[:cut] if cut >= 0 else whole
    return Slot(text, joined, rest, False)


_BESIDE = frozenset(("median", "std", "min", "max", "ema", "smoothed", "smooth", "global_avg", "running"))


def _words(before: str, at: bool, joined: bool) -> List[str]:
    """The words of the last chunk, without the unit of the number before it."""
    chunk = _CHUNKS.split(before)[-1]
    found = [word for word in chunk.replace("'", " ").replace('"', " ").split() if any(map(str.isalnum, word))]
    if at and found and len(chunk.strip()) == len(before.strip()):
        # This piece begins right behind the number before it, whose unit it may begin with.
        glued = before[:1] not in (" ", "\t")
        if glued or (found[0].lower() in UNITS and len(found) > 1):
            found = found[1:]
    return found


def _without_group(before: str) -> Tuple[str, str]:
    """A name's end without the unit in brackets, `time (ms)`; where these belong to the name, `D(x)`, it whole."""
    # No farther back: the expression tries every opening bracket.
    found = _GROUP.search(before, max(0, len(before) - 100)) if before.endswith((")", "]")) else None
    if not found:
        return before, ""
    head = before[: found.start()]
    inner = found.group(2)[1:-1]
    if found.group(1) or not head or inner.lower() in UNITS - {"x"} or len(inner) > 12 or not inner:
        return (head, "") if head.strip() else (inner, "")
    word = re.split(r"[\s,;|\t:=]", head)[-1]
    return (head, "") if not word else (before, word + found.group(2))
