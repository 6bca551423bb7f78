"""The family of text lines: `key=value`, `key: value`, `key value`, `[i/n]`, `epoch 3/10`, in any mixture.

A line is split at its numbers. What stands between them, the texts, is the same for all lines that one print statement
writes, so it is understood once, as a `Plan`, and then looked up.
"""

import re
from typing import Dict, List, Optional, Sequence, Tuple

from nerotui.agent.metrics import labels
from nerotui.agent.metrics.counting import Counting, count_of
from nerotui.agent.metrics.slots import Slot, Slots
from nerotui.agent.metrics.split import BAR, Texts, number, split
from nerotui.agent.metrics.words import HELD_BACK, NEVER, SETTINGS, SPLITS, strong, usual, words

__all__ = ["Plan", "Texts", "number", "split", "understand"]

_SOURCE = re.compile(r"\.(?:py|pyx|c|cc|cpp|cu|h|hpp|rs|go|js|ts|java|jl|lua|sh|log|txt|json|pt|pth|ckpt|ya?ml)$")
_ARGUMENT = re.compile(r"\w\s*[=:]\s*['\"]?(?:True|False|None|[A-Za-z/][\w./-]*)")
# In the texts joined by NULs for their numbers: what only program text and command lines hold; where they begin, ...
_CODE_BEGINS = re.compile(
    r"\s*(?:(?:def|class|import|from|elif|else:|try:|except|return|raise|assert|lambda|export|echo|var|let|const)\b"
    r"|(?:for|while|if|with)\b.*:\s*$|(?://|/\*|\*/|#include|#define|>>>|\$ |\+ ))"
    r"|\s{4,}[\w.]+ = \0\s*(?:#.*)?$|\s*(?:int|float|double|auto|local|static|unsigned)\s"
)
# ... and where else, with what tells soon that there is none.
_CODE = (
    ("--", re.compile(r"(?:^|\s)--[A-Za-z]")),
    ("%", re.compile(r"%[\0\d.]*[dfsge](?!\w)")),
    ("{", re.compile(r"\{[\w.\[\]]*:[\0.>^<,]*[dfegs%]\}|\)\s*\{")),
    ("=", re.compile(r"[+\-*/]=|\w\s*==\s*[\w\0'\"]")),
    ("self.", re.compile(r"\bself\.")),
    ("print", re.compile(r"\bprint\w*\s*\(")),
)
# How Python shows an array's number, around that number.
_REPR = re.compile(
    r"(?:np\.|numpy\.|torch\.|jnp\.|tf\.)?\b(?:tensor|Tensor|array|Array|float\d+|int\d+)\((?=\[*\0)"
    r"|, (?:device|dtype|grad_fn|shape|weak_type|requires_grad)=[^,)\0]*\0?[^,)\0]*"
)
_BAR = BAR.decode()
_LEFT = frozenset(("eta", "remaining", "elapsed"))
_NEWS = re.compile(r"\b[Ii]mprov(?:ed|ing|ement)\b|\bdid not improve\b|\b(?:has|have) not improved\b")
_AGAIN, _AGAIN_SUMMED = re.compile(r"_unscaled$"), re.compile(r"_unscaled$|_\d+(?=$|_unscaled$)")
_PLAIN_WORD = re.compile(r"[A-Za-z]")

#: A line with more numbers is a dump of something.
_MOST = 500


class Plan:
    """What the numbers of a line mean; each place is an index into the line's numbers.

    Attributes:
        metrics: (name, place).
        counting: the axes.
        speaker: goes before the names: which process speaks, where that is no number of its own.
        strong: one of the names is a metric's without any doubt.
        split: what the line says it is about, "" where it does not say.
        held_back: that is validation.
        bar: a bar is drawn on the line.
        placed: the line says a place.
        named: the metrics as the log's points call them, kept here by `Naming` for the last ...
        under: ... speaker and split.
    """

    __slots__ = (
        *("bar", "counting", "held_back", "metrics", "named", "placed"),
        *("speaker", "split", "strong", "under"),
    )

    def __init__(
        self,
        metrics: Tuple[Tuple[str, int], ...],
        counting: Counting,
        speaker: str,
        strong: bool,
        split: str,
        held_back: bool,
        bar: bool,
    ) -> None:
        self.metrics, self.counting, self.speaker, self.strong = metrics, counting, speaker, strong
        self.split, self.held_back, self.bar = split, held_back, bar
        self.placed = counting.step is not None or counting.epoch is not None
        self.named: Tuple[Tuple[str, int], ...] = ()
        self.under = ""


def weight(texts: Texts, plan: Optional[Plan]) -> int:
    """How many bytes Python takes for a plan and the texts that it is found by, about."""
    return 250 + sum(map(len, texts)) + 40 * len(texts) + (150 + 250 * len(plan.metrics) if plan is not None else 0)


def understand(texts: Texts, known: Slots) -> Optional[Plan]:
    """What a line with these texts says, or None where it holds neither metric nor axis.

    Args:
        texts: of the line.
        known: what stands before numbers in the log.
    """
    between = [text.decode("utf-8", "replace") for text in texts]
    if len(between) == 1:
        return _announcing(labels.heading(labels.message(between[0])) or labels.announced(between[0]))
    whole = "\0".join(between)
    if len(between) > _MOST or _is_code(whole):
        return _announcing(labels.announced(between[0]))
    bar = _BAR in whole or "%|" in whole
    slots = known.of(between)
    count, taken, index = count_of(between, slots)
    placed = count.step is not None or count.epoch is not None
    rests = [between[at] if slot.name.lower() in SPLITS and at in taken else slot.rest for at, slot in enumerate(slots)]
    rests[0] = labels.message(rests[0])
    metrics: List[Tuple[str, int]] = []
    summed = labels.summary(rests[0]) if not placed else ""
    listed = placed or (not summed and _is_list(slots))
    if "mprov" in whole and _NEWS.search(whole.replace("\0", "")):
        slots = [slot._replace(name="", axis=None) for slot in slots]  # val_loss improved from 0.5 to 0.4
    for at, slot in enumerate(slots):
        if at not in taken and slot.name and not slot.beside and _is_metric(slot, between, at, listed, count):
            if not placed and not (SETTINGS.isdisjoint(words(slot.name)) and _is_key(slot.name)):
                continue
            metrics.append((slot.name, at))
            if slot.joined and placed and between[at + 1] == " / " and at + 1 < len(slots) and at + 1 not in taken:
                metrics.append((slot.name, at + 1))  # D(G(z)): 0.48 / 0.02
    metrics = _once(metrics, bool(summed))
    if index and not any(strong(name) or words(name) <= SPLITS for name, _ in metrics):
        count = count._replace(step=None, steps=None)
        placed = count.epoch is not None
        metrics = metrics if placed else []
    if not metrics and not placed:
        return _announcing(labels.announced(between[0]))
    told = labels.splits(rests) or labels.splits([between[-1]])[:1]
    told = [labels.Label(0 if label.at >= len(slots) else label.at, label.split) for label in told]
    named = _named(metrics, told, labels.message(between[0]))
    if summed:
        named = [(summed + "/" + name, _mean_of(slots, at)) for name, at in named]
    said = told[0].split if told else ""
    return Plan(
        tuple((name, _value_of(between, slots, at)) for name, at in named),
        count,
        labels.speaker(between[0]),
        any(strong(name) for name, _ in metrics) or bool(index),
        said,
        said.split("_")[0] in HELD_BACK,
        bar,
    )


def _announcing(split: str) -> Optional[Plan]:
    return Plan((), Counting(), "", False, split, True, False) if split else None


def _once(metrics: List[Tuple[str, int]], summed: bool) -> List[Tuple[str, int]]:
    """Metrics without those that only say again what another of the line does.

    That is a loss before it was weighted; and in a summary of what was told in detail each layer's share in a sum.
    """
    if len(metrics) < 2:
        return metrics
    names = {name for name, _ in metrics}
    again = _AGAIN_SUMMED if summed else _AGAIN
    return [(name, at) for name, at in metrics if not again.search(name) or again.sub("", name) not in names]


def _is_metric(slot: Slot, between: Sequence[str], at: int, placed: bool, count: Counting) -> bool:
    found = words(slot.name)
    after = between[at + 1]
    low = slot.name.lower()
    if (
        low in NEVER
        or low.startswith("num_of_")
        or (found and found <= NEVER)
        or after.startswith("%|")
        or _SOURCE.search(slot.name)
    ):
        return False
    if between[at].endswith("/") or "copypaste" in found or (not _LEFT.isdisjoint(found) and "per" not in found):
        return False
    if not _PLAIN_WORD.search(slot.name) or (count.rejects(low)):
        return False
    if not placed:
        # Beside a step seen earlier, or none at all: only what cannot be mistaken for a setting.
        return strong(slot.name) and not after.startswith("%]")
    if after.startswith("/") and not strong(slot.name):
        return False
    if slot.joined:
        return True
    if usual(slot.name):
        return True
    # `foo 0.5` with a word nobody knows: only where the line is made of such pairs.
    return "_" not in slot.name and bool(at) and between[at].strip(" \t,;|") == slot.name and not after[:1].isalpha()


def _is_key(name: str) -> bool:
    """Whether a name is a metric's without a step beside it: it says so, or is a key as programs write them."""
    return strong(name) or any(sign in name for sign in "_/.")


def _is_list(slots: Sequence[Slot]) -> bool:
    """Whether a line is a list of pairs, one of which can only be a metric's: then all of them are metrics."""
    pairs = [slot.name for slot in slots if slot.joined and slot.name]
    return len(pairs) > 2 and any(strong(name) and SETTINGS.isdisjoint(words(name)) for name in pairs)


def _value_of(between: Sequence[str], slots: Sequence[Slot], at: int) -> int:
    """Where the value stands: in `Accuracy: 9838/10000 (98%)` it is the percentage."""
    percent = at + 2
    if percent + 1 < len(between) and between[at + 1].strip() == "/" and between[percent].strip() == "(":
        return percent if between[percent + 1].startswith("%") else at
    return at


def _mean_of(slots: Sequence[Slot], at: int) -> int:
    """Where a line sums up, the mean in brackets is what it is about."""
    return at + 1 if at + 1 < len(slots) and slots[at + 1].beside else at


def _named(metrics: Sequence[Tuple[str, int]], told: Sequence[labels.Label], begin: str) -> List[Tuple[str, int]]:
    own = [words(name) & SPLITS for name, _ in metrics]
    if not told and own and own[0] and sum(bool(one) for one in own) == 1 and metrics[0][1] == 0:
        split = min(own[0])
        if begin.lower().split()[:1] == [split]:
            told = [labels.Label(0, split)]  # train loss 0.5 acc 0.8
    named = _under(metrics, own, told, False)
    if len({name for name, _ in named}) < len(named):
        named = _under(metrics, own, told, True)
    seen: Dict[str, int] = {}
    distinct = []
    for name, at in named:
        seen[name] = seen.get(name, 0) + 1
        distinct.append((name if seen[name] == 1 else "{}_{}".format(name, seen[name]), at))
    return distinct


def _under(
    metrics: Sequence[Tuple[str, int]], own: Sequence["frozenset[str]"], told: Sequence[labels.Label], inherit: bool
) -> List[Tuple[str, int]]:
    """Names below the split that they stand behind; `inherit`: also where only the name before says it."""
    named = []
    current, next_told = "", 0
    for (name, at), splits in zip(metrics, own):
        while next_told < len(told) and told[next_told].at <= at:
            current = told[next_told].split
            next_told += 1
        if splits:
            if inherit:
                current = min(splits)
            named.append((name, at))
        else:
            named.append((current + "/" + name if current else name, at))
    return named


def _is_code(whole: str) -> bool:
    """Whether the line shows settings or code: most of what it assigns are words, not numbers."""
    if "(" in whole or ", " in whole:
        whole = _REPR.sub("", whole)
    if "Namespace(" in whole or "Config(" in whole or _CODE_BEGINS.match(whole):
        return True
    for sign, code in _CODE:
        if sign in whole and code.search(whole):
            return True
    if whole.count("=") + whole.count(":") < 3:
        return False
    assigned = len(_ARGUMENT.findall(whole))
    sides = (text.rstrip(" '\"([{\t") for text in whole.split("\0"))
    return assigned >= 3 and assigned >= sum(1 for side in sides if side.endswith(("=", ":")))
