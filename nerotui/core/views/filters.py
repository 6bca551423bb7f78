"""What the user types after `/`: a substring, `/an expression/`, or `!` and what must not be there."""

from __future__ import annotations

import re
from collections.abc import Callable

from nerotui.core.records import Run
from nerotui.core.views.words import state_word

_NESTED = re.compile(r"\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)[+*{]")


def matcher(text: str) -> Callable[[str], bool]:
    r"""A test for haystacks in which case plays no role.

    `wd5e` keeps what contains it, `!base` what does not, `/lr0\.[12]/` what matches the expression, and several words
    keep what satisfies each. An expression that is not finished yet keeps everything.
    """
    tests = [_word(word) for word in _words(text)]
    return lambda haystack: all(test(haystack) for test in tests)


def endless(expression: str) -> bool:
    """Whether an expression repeats a repetition, such as (a+)+, and may search a line for hours."""
    return _NESTED.search(expression) is not None


def run_text(run: Run) -> str:
    """What a run is searched by: state, id, name, host, user, group, job, partition, parameters, kinds of findings."""
    params = " ".join(f"{key}={value}" for key, value in run.params.items())
    kinds = " ".join(finding.kind for finding in run.findings)
    names = f"{run.id} {run.name} {run.host} {run.user or ''} {run.group or ''}"
    job = f"{run.backend or ''} {run.job or ''} {run.queue or ''} {run.nodes or ''} {'foreign' if run.foreign else ''}"
    return f"{state_word(run)} {run.state} {names} {job} {params} {kinds}"


def _words(text: str) -> list[str]:
    # An expression may hold spaces; nothing else does.
    return [found.group() for found in re.finditer(r"!?/(?:[^/\\]|\\.)*/?|\S+", text)]


def _word(word: str) -> Callable[[str], bool]:
    inverse = word.startswith("!")
    wanted = word[1:] if inverse else word
    if wanted.startswith("/"):
        try:
            expression = re.compile(wanted[1:].removesuffix("/"), re.IGNORECASE)
        except re.error:
            return lambda _: True
        if endless(expression.pattern):
            return lambda _: True

        def found(haystack: str) -> bool:
            return expression.search(haystack) is not None
    else:
        lowered = wanted.lower()

        def found(haystack: str) -> bool:
            return lowered in haystack.lower()

    if inverse and not wanted.strip("/"):
        return lambda _: True
    return (lambda haystack: not found(haystack)) if inverse else found
