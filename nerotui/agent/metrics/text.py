"""The family of text lines: `key=value`, `key: value`, `key value`, `[i/n]`, `epoch 3/10`, in any mixture.

A line is split at its numbers. What stands between them, the texts, is the same for all lines that one print statement
writes, so it is understood once, as a `Plan`, and then looked up.
"""

import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from nerotui.agent.metrics.words import (
    EPOCH,
    FILLERS,
    NEVER,
    SPLITS,
    STEP,
    SUMMARIES,
    UNITS,
    strong,
    usual,
    words,
)

# No number: what hangs on a word or is part of a version, a date or a clock.
_NUMBER = re.compile(
    rb"(?<![\w.@])(?<!\d[:\-])"
    rb"([-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?(?![\d,])|(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?"
    rb"|(?:nan|NaN|NAN|inf|Inf|INF|[Ii]nfinity)(?!\w)))"
    rb"(?!\d|\.\d|[:\-]\d|,\d{3}(?!\d))"
)

_CHUNKS = re.compile(r"[,;|\t(){}\[\]<>:=!?]|\s-+\s|\s{2,}|=>|->")
_NAME = re.compile(r"[^\W\d][\w@#%./\-+*^~$]*$|[\w@#%./\-]*[^\W\d][\w@#%./\-+*]*$")
_OPENING = "'\"([{ \t"
_BARE_INDEX = re.compile(r"^\s*\[?\s*$")
_SOURCE = re.compile(r"\.(?:py|pyx|c|cc|cpp|cu|h|hpp|rs|go|js|ts|java|jl|lua|sh|log|txt|json|pt|pth|ckpt)$")
_RANK = re.compile(r"\brank(\d+)\b")
_ARGUMENT = re.compile(r"\w\s*[=:]\s*['\"]?(?:True|False|None|[A-Za-z/][\w./-]*)")


#: A line with more numbers is a dump of something.
_MOST = 500


class Plan(NamedTuple):
    """What the numbers of a line mean; each place is an index into the line's numbers.

    Attributes:
        metrics: (name, place).
        epoch, step: places of the axes, None where the line has none.
        epoch_of, step_of: places of how far these go.
        unnamed: the step stands unnamed, as in `[12/500] loss 0.3` or `26/26 - loss: 0.3`.
        rank: place of the number of the process that speaks.
        prefix: goes before the names: which process speaks, where that is no number of its own.
        strong: one of the names is a metric's without any doubt.
    """

    metrics: Tuple[Tuple[str, int], ...]
    epoch: Optional[int]
    epoch_of: Optional[int]
    step: Optional[int]
    step_of: Optional[int]
    unnamed: bool
    rank: Optional[int]
    prefix: str
    strong: bool


def split(line: bytes) -> Tuple[Tuple[bytes, ...], List[bytes]]:
    """The texts of a line and the numbers between them; always one text more than numbers."""
    pieces = _NUMBER.split(line)
    return tuple(pieces[0::2]), pieces[1::2]


def number(digits: bytes) -> float:
    """The value of a number as `split` found it: also with thousands separators and Fortran's exponents."""
    try:
        return float(digits)
    except ValueError:
        return float(digits.replace(b",", b"").lower().replace(b"d", b"e"))


class _Slot(NamedTuple):
    name: str
    joined: bool  # by = or :, so that the name is meant as one


def understand(texts: Sequence[bytes]) -> Optional[Plan]:
    """What a line with these texts says, or None where it holds neither metric nor axis."""
    between = [text.decode("utf-8", "replace") for text in texts]
    if not 2 <= len(between) <= _MOST or _is_call(between):
        return None
    slots = [_slot(between, at) for at in range(len(between) - 1)]
    axes: Dict[str, int] = {}
    second: Dict[int, int] = {}
    taken = set()
    for at in range(len(slots)):
        if at + 1 < len(slots) and _is_ratio(between[at + 1]) and at not in taken:
            second[at] = at + 1
            taken.add(at + 1)
    named = bare = None
    for at, slot in enumerate(slots):
        if at in taken:
            continue
        kind = _axis(slot)
        if kind == "rank":
            axes.setdefault("rank", at)
        elif kind == "epoch":
            axes.setdefault("epoch", at)
        elif kind == "step" and named is None:
            named = at
        elif kind is None and not slot.name and bare is None and (at in second or _is_index(between, at)):
            bare = at
        else:
            continue
        taken.add(at)
    step = named if named is not None else bare
    index = step is not None and named is None
    if index and axes.get("epoch") is None and step not in second and step != 0:
        step, index = None, False
    has_axis = step is not None or "epoch" in axes
    metrics: List[Tuple[str, int]] = []
    sure = False
    for at, slot in enumerate(slots):
        if at in taken or not slot.name or not _is_metric(slot, between, at, has_axis):
            continue
        sure = sure or strong(slot.name) or (index and words(slot.name) <= SPLITS)
        metrics.append((slot.name, _of_ratio(between, at, second)))
    if index and not sure:
        step, index = None, False
        has_axis = "epoch" in axes
        metrics = [(name, at) for name, at in metrics if has_axis]
    if not metrics and not has_axis:
        return None
    return Plan(
        tuple(_distinct(metrics, _label(between[0] if slots else ""))),
        axes.get("epoch"),
        second.get(axes["epoch"]) if "epoch" in axes else None,
        step,
        None if step is None else second.get(step),
        index,
        axes.get("rank"),
        _speaker(between[0]),
        sure,
    )


def _slot(between: List[str], at: int) -> _Slot:
    """The name that stands before a number, if one does."""
    before = between[at].rstrip(_OPENING)
    opened = len(between[at]) - len(before) and between[at][len(before) :].strip(" \t'\"")
    joined = before.endswith(("=", ":"))
    if joined:
        before = before[:-1].rstrip()
    if opened == "(" and not joined and at:
        return _Slot("", False)  # 0.51 (0.62): a mean beside its value
    chunk = _CHUNKS.split(before)[-1]
    found = chunk.replace("'", " ").replace('"', " ").split()
    if at and found and len(chunk.strip()) == len(before.strip()):
        # This piece begins right behind the number before it, whose unit it may begin with.
        glued = before[:1] not in (" ", "\t")
        if glued or (found[0].lower() in UNITS and (joined or len(found) > 1)):
            found = found[1:]
    if not joined and found and found[-1].lower().rstrip(".") in FILLERS:
        return _Slot("", False)
    name: List[str] = []
    for word in reversed(found):
        if not _NAME.match(word) or word.lower() in FILLERS or len(name) == 3:
            break
        name.insert(0, word.strip(".-*#"))
        if word.lower() in EPOCH or word.lower() in STEP:
            break
    return _Slot("_".join(name), joined)


def _axis(slot: _Slot) -> Optional[str]:
    """What a name counts: "epoch", "step", "rank", or None."""
    name = slot.name.lower()
    last = name.rsplit("_", 1)[-1] if name.startswith(("train_", "training_", "global_", "current_", "cur_")) else name
    if name in EPOCH or last in EPOCH:
        return "epoch"
    if name in STEP or last in STEP:
        return "step"
    if name in ("rank", "local_rank", "global_rank"):
        return "rank"
    return None


def _is_ratio(text: str) -> bool:
    return text.strip() in ("/", "of", "out of")


def _is_index(between: List[str], at: int) -> bool:
    """Whether the number counts what the line is about: `[12]` or `12:` at its very beginning."""
    if at or not _BARE_INDEX.match(between[0]):
        return False
    after = between[1]
    return after.startswith("]") if between[0].strip() else after.startswith(":")


def _is_metric(slot: _Slot, between: List[str], at: int, has_axis: bool) -> bool:
    found = words(slot.name)
    after = between[at + 1]
    if slot.name.lower() in NEVER or (found and found <= NEVER) or after.startswith("%|") or _SOURCE.search(slot.name):
        return False
    if after.startswith("/") and _of_ratio(between, at, {at: at + 1}) == at:
        return False
    if between[at].endswith("/") or "eta" in found or "remaining" in found or "elapsed" in found:
        return False
    if not has_axis:
        # Beside a step seen earlier, or none at all: only what cannot be mistaken for a setting.
        return strong(slot.name)
    if slot.joined:
        return True
    if usual(slot.name):
        return True
    # `foo 0.5` with a word nobody knows: only where the line is made of such pairs.
    return "_" not in slot.name and bool(at) and between[at].strip(" \t,;|") == slot.name and not after[:1].isalpha()


def _of_ratio(between: List[str], at: int, second: Dict[int, int]) -> int:
    """Where the value stands: in `Accuracy: 9838/10000 (98%)` it is the percentage."""
    percent = at + 2
    if at in second and percent + 1 < len(between) and between[percent].strip() == "(":
        return percent if between[percent + 1].startswith("%") else at
    return at


def _speaker(before: str) -> str:
    """What tells the processes of one job apart that write into one log: `[rank3]: …`."""
    found = _RANK.search(before)
    return "rank{}/".format(found.group(1)) if found else ""


def _label(before: str) -> str:
    """The word that says what a whole line is about: `Val: loss 0.3`, `Averaged stats: loss: 0.3`."""
    chunks = [chunk.split() for chunk in _CHUNKS.split(before)]
    for found in chunks[:-1] + [chunk[:1] for chunk in chunks[-1:] if len(chunk) > 2]:
        low = [word.lower().strip("*#=-.") for word in found]
        for word in low:
            if word in SPLITS:
                return word
        if low and not SUMMARIES.isdisjoint(low):
            return "_".join(low[:3])
    return ""


def _distinct(metrics: List[Tuple[str, int]], label: str) -> List[Tuple[str, int]]:
    seen: Dict[str, int] = {}
    named = []
    for name, at in metrics:
        if label and SPLITS.isdisjoint(words(name)):
            name = label + "/" + name
        seen[name] = seen.get(name, 0) + 1
        named.append((name if seen[name] == 1 else "{}_{}".format(name, seen[name]), at))
    return named


def _is_call(between: List[str]) -> bool:
    """Whether the line shows settings or code: most of what it assigns are words, not numbers."""
    whole = "".join(between)
    if "Namespace(" in whole or "Config(" in whole:
        return True
    assigned = len(_ARGUMENT.findall(whole))
    return assigned >= 3 and assigned >= sum(1 for text in between if text.rstrip(_OPENING).endswith(("=", ":")))
