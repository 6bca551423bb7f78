"""Text from elsewhere cannot act upon a terminal."""

import pytest

from nerotui.core.text import clean, elide


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("naïve 訓練 🚀", "naïve 訓練 🚀"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]52;c;ZXZpbA==\x1b\\x", "x"),
        ("\x9b31mx", "x"),
        ("\x1bP+q\x1b\\x", "x"),
        ("\x1b]52;never ended", ""),
        ("\x1bcx", "x"),
        ("\x1b", ""),
        ("a\x00b\x07c\x7f", "a·b·c·"),
        ("run\u202egnp.exe", "run·gnp.exe"),
        ("\u2066a\u2069\u200f", "·a··"),
        ("a\ud800b", "a·b"),
        ("two\nlines\r\n\tend", "two lines end"),
        ("[red]markup[/]", "[red]markup[/]"),
    ],
)
def test_nothing_that_acts_is_left(raw: str, shown: str) -> None:
    assert clean(raw) == shown
    assert clean(clean(raw)) == clean(raw)


def test_lines_may_stay() -> None:
    assert clean("a\tb\r\n\x1b[1mc\x07\n", lines=True) == "a    b\nc·\n"


def test_names_give_way_in_their_middle() -> None:
    assert elide("resnet50-wd5e-4", 15) == "resnet50-wd5e-4"
    assert elide("resnet50-wd5e-4", 9) == "resn…5e-4"
    assert elide("abc", 1) == "a"
    assert elide("abc", 0) == ""
