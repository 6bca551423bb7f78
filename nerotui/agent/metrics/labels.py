"""What a line says it is about as a whole: training or validation, which process speaks, whether it sums up."""

import re
from typing import List, NamedTuple, Optional

from nerotui.agent.metrics.words import SPLITS, SUMMARIES

_TOKEN = re.compile(r"(?<![\w/.\-])([A-Za-z_]{3,})(?![\w/\\\-]|\.\w|\(\))( \(([A-Z]{2,6})\))?")
_RANK = re.compile(r"\b[Rr]ank:?\s?(\d+)\b")
# Who logs, and when: `2026-01-01 10:00:00,123 - mmdet - INFO - `, `INFO:root:`, `I0101 10:00:00.1 12 solver.cpp:228] `.
_LOGGER = re.compile(
    r"^(?:\W*(?:~|INFO|DEBUG|WARNING|NOTICE|[IWE]\d{4}\s+~|[\w.]+\.(?:py|cpp|cc|lua):?\]?|root|__main__|tensorflow"
    r"|absl|\w+\.\w+(?:\.\w+)*(?=[\]:]))(?=\W|$))+"
)
_HEADING = re.compile(
    r"^[\W_]*((?:[A-Za-z]+[\s_\-]+){0,3})?"
    r"(valid|validation|validating|eval|evaluation|evaluating|testing|test|val|dev)\b"
)
_ANNOUNCED = re.compile(
    r"\b(?:[Dd]ecod|[Ee]valuat|[Tt]est|[Pp]redict|[Tt]ranslat|[Vv]alidat|[Ii]nfer)(?:ing|ion|ence)\s+on\s+(?:the\s+)?"
    r"(valid|validation|eval|evaluation|test|val|dev)\s+(?:set|data|split|subset)\b"
)


class Label(NamedTuple):
    """The split that is spoken of from a place on."""

    at: int
    split: str


def message(text: str) -> str:
    """The beginning of a line without who logs it and when."""
    found = _LOGGER.match(text)
    return text[found.end() :] if found else text


def splits(rests: List[str]) -> List[Label]:
    """The splits named in what is part of no name, each with the slot from which on it holds."""
    found = []
    if "Saving dict for" in rests[0]:
        found.append(Label(0, "eval"))  # an estimator of TensorFlow has evaluated
    for at, rest in enumerate(rests):
        for token in _TOKEN.finditer(rest):
            low = token.group(1).lower()
            if low in SPLITS:
                found.append(Label(at, low + ("_" + token.group(3).lower() if token.group(3) else "")))
    return found


def summary(text: str) -> str:
    """The words with which a line says that it sums up, joined; else ""."""
    head = re.split(r"[,;|\t(){}\[\]<>:=!?]|\s{2,}", text)[0]
    found = [word.lower().strip("*#=-.>") for word in head.split()]
    if found and len(found) <= 4 and not SUMMARIES.isdisjoint(found):
        return "_".join(word for word in found[:3] if word)
    return ""


def speaker(text: str) -> str:
    """What tells the processes of one job apart that write into one log: `[rank3]: …`."""
    found = _RANK.search(text)
    return "rank{}/".format(found.group(1)) if found else ""


def heading(text: str) -> Optional[str]:
    """The held-back split that a line without numbers announces: `Validation:`, `***** Running Evaluation *****`."""
    if len(text) > 60:
        return None
    found = _HEADING.match(text.lower())
    return found.group(2) if found else None


def announced(text: str) -> str:
    """The held-back data on which a line says that something is done now: `Decoding on test set (beam 5)`; else ""."""
    found = _ANNOUNCED.search(text) if " on " in text else None
    return found.group(1) if found else ""
