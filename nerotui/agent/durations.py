"""Durations as people write them: 90, 90s, 15m, 2h30m, 1d12h, 1:30:00, 2-12:00:00."""

import re

_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_WORDS = re.compile(r"(?:(?P<d>[\d.]+)d)?(?:(?P<h>[\d.]+)h)?(?:(?P<m>[\d.]+)m(?:in)?)?(?:(?P<s>[\d.]+)s)?$")
_PLAIN = re.compile(r"(?P<s>\d+(?:\.\d*)?)(?P<d>)(?P<h>)(?P<m>)$")
#: As batch systems write it. Two parts alone are refused: hours and minutes to some, minutes and seconds to others.
_CLOCK = re.compile(r"(?:(?P<d>\d+)-)?(?P<h>\d+):(?P<m>\d\d?):(?P<s>\d\d?)$")


def seconds(text: str) -> float:
    """How many seconds a text means.

    Raises:
        ValueError: it means none; the error says how it is written.
    """
    plain = "".join(text.split()).lower()
    found = _PLAIN.match(plain) or _WORDS.match(plain) or _CLOCK.match(plain)
    if found is None or not plain:
        raise ValueError("{!r} is no duration: write 90s, 15m, 2h30m, 1d12h or 1:30:00".format(text))
    try:
        return sum(float(found.group(name) or 0) * size for name, size in _UNITS)
    except ValueError:
        raise ValueError("{!r} is no duration: one of its numbers is none".format(text))


def spelled(duration: float) -> str:
    """A duration the short way round: 2h30m, 45s, 0.5s; what `seconds` reads again."""
    if duration != int(duration):
        return "{:g}s".format(duration) if duration < 60 else spelled(round(duration))
    left, parts = int(duration), []
    for name, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append("{}{}".format(count, name))
    return "".join(parts) or "0s"
