"""The short way to `--once` and to the console understands exactly what the long way does."""

from typing import Any

import pytest

from nerotui.cli import app
from nerotui.cli.commands import console, once
from nerotui.cli.fast import console_options, once_options

PLAIN = [
    ["--once"],
    ["--once", "--json"],
    ["--json", "--once", "--check"],
    ["--once", "--host", "a", "--host=b", "-H", "c", "--timeout", "5"],
    ["--once", "-t", "0.5", "--format", "{running} run"],
    ["--once", "--format="],
    ["--once", "--format", "--json"],
]


@pytest.mark.parametrize("argv", PLAIN, ids=" ".join)
def test_it_means_the_same(argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def snapshot(**options: Any) -> int:
        asked.append(options)
        return 0

    monkeypatch.setattr(once, "snapshot", snapshot)
    app.app.main(argv, standalone_mode=False)
    assert [once_options(argv)] == asked


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["ls"],
        ["--json"],
        ["--once", "ls"],
        ["--once", "--help"],
        ["--once", "--timeout"],
        ["--once", "--timeout", "x"],
        ["--once", "--timeout", "0"],
        ["--once", "--timeout", "nan"],
        ["--once", "-t5"],
        ["--once", "--readonly"],
        ["--on"],
    ],
    ids=" ".join,
)
def test_anything_else_goes_the_long_way(argv: list[str]) -> None:
    assert once_options(argv) is None


@pytest.mark.parametrize("argv", [[], ["--readonly"], ["-H", "a", "--ascii", "--host", "b"]], ids=" ".join)
def test_the_console_means_the_same(argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def opened(**options: Any) -> int:
        asked.append(options)
        return 0

    monkeypatch.setattr(console, "console", opened)
    app.app.main(argv, standalone_mode=False)
    assert [console_options(argv)] == asked


@pytest.mark.parametrize(
    "argv", [["ls"], ["--host"], ["--color", "16"], ["--help"], ["--json"], ["--host=a"], ["-Ha"]], ids=" ".join
)
def test_anything_else_of_the_console_goes_the_long_way(argv: list[str]) -> None:
    assert console_options(argv) is None


def test_completion_is_not_taken_for_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_NEROTUI_COMPLETE", "bash_complete")
    assert console_options([]) is None
