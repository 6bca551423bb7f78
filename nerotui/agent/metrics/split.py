"""A line cut at its numbers: what stands between them is the same for all lines of one print statement."""

import re
from typing import List, Tuple

# Dates and clocks, which differ from line to line and say nothing about a metric.
_STAMP = re.compile(
    rb"\d(?<![\w.@].)(?:"
    rb"(?:\d{3}[-/.]\d\d[-/.]\d\d|(?:(?<=^.)|(?<=^\[.))\d?[-/]\d\d(?:[-/]\d\d(?:\d\d)?)?(?=[T ]\d\d?:\d\d))"
    rb"(?:[T ]\d\d?:\d\d(?::\d\d)?(?:[.,]\d+)?)?"
    rb"|\d{0,2}:\d\d(?::\d\d)?(?:[.,]\d+)?(?!\d))(?:Z|[+-]\d\d:?\d\d)?"
)
# What Google's loggers begin a line with, its clock replaced: `I1121 ~ 1234 solver.cpp:228] `.
_GLOG = re.compile(rb"^[IWEF]\d{4} ~ +\d+ [^\s\]]{1,80}:\d+\] ")
# A drawn bar: between the strokes of tqdm, between the brackets of Keras, of Rich's and Keras' own line.
_BAR = re.compile(
    rb"%\|[^|\r\n]{0,400}\|(?= *\d)|\[[=>.\-# ]{6,}\]"
    rb"|(?:\xe2\x94\x81|\xe2\x95\xb8|\xe2\x95\xba)[\xe2\x94\x95\x81\xb8\xba ]{4,}"
)

# No number: what hangs on a word or is part of a version or a range.
_NUMBER = re.compile(
    # The first test is for speed alone: most places are passed by it.
    rb"(?=[-+.\dnNiI])(?:(?<![\w.@])(?<![A-Za-z]-)(?<!\d[:\-])"
    rb"|(?<=[hrp_])(?=\d)(?:(?<=[Ee]poch)|(?<=[Ii]ter)|(?<=[Ss]tep)|(?<=epoch_)))"
    rb"([-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?(?![\d,])|(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?"
    rb"|(?:nan|NaN|NAN|Nan|inf|Inf|INF|[Ii]nfinity)(?:(?!\w)|(?=m?s\b))))"
    rb"(?!\d|\.\d|[:\-]\d|,\d{3}(?!\d))"
)

#: Stands in a text for a drawn bar.
BAR = b"\x02"

Texts = Tuple[bytes, ...]


def split(line: bytes) -> Tuple[Texts, List[bytes]]:
    """The texts of a line and the numbers between them; always one text more than numbers.

    Dates and clocks are a "~" in the texts, a drawn bar is `BAR`.
    """
    if b"|" in line or b"\xe2" in line or b"=>" in line or b"==" in line or b".." in line:
        line = _BAR.sub(_drawn, line)
    if b":" in line:
        line = _STAMP.sub(b"~", line)
        if line[5:7] == b" ~":
            line = _GLOG.sub(b"", line, 1)
    pieces = _NUMBER.split(line)
    return tuple(pieces[0::2]), pieces[1::2]


def number(digits: bytes) -> float:
    """The value of a number as `split` found it: also with thousands separators and Fortran's exponents."""
    try:
        return float(digits)
    except ValueError:
        return float(digits.replace(b",", b"").lower().replace(b"d", b"e"))


def _drawn(found: "re.Match[bytes]") -> bytes:
    return b"%|" + BAR if found.group().startswith(b"%|") else b" " + BAR + b" "
