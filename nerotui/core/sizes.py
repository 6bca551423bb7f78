"""Sizes as people write them: 16GB, 500M, 1.5TiB; units of 1024 whether written G, GB or GiB, as schedulers have it."""

import re

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtp])(?:i?b)?", re.IGNORECASE)
_UNITS = "kmgtp"


def octets(text: object) -> int:
    """How many bytes a text means.

    Raises:
        ValueError: it means none; the error says how it is written.
    """
    found = _SIZE.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f'{text!r} is no size: write "16GB", "500MB" or "1.5TB"')
    return int(float(found[1]) * 1024 ** (_UNITS.index(found[2].lower()) + 1))


def spelled(count: int) -> str:
    """A size the short way round: 16GB, 1536MB; what `octets` reads again, rounded up to whole kilobytes."""
    kilobytes = -(-count // 1024)
    for unit in "KMGT":
        if kilobytes % 1024 or unit == "T":
            return f"{kilobytes}{unit}B"
        kilobytes //= 1024
    raise AssertionError("unreachable")
