"""Text is measured in cells, and cut without losing what tells names apart."""

import unicodedata

import pytest

from nerotui.core.views.cells import char_width, cut, elide, fit, width, wrap
from nerotui.core.views.glyphs import ASCII, UNICODE, Glyphs


def test_a_name_gives_way_in_its_middle() -> None:
    assert elide("resnet50-imagenet-wd5e-4", 11) == "resne…wd5e-4"[:5] + "…" + "d5e-4"
    assert elide("short", 11) == "short"


def test_wide_characters_count_twice_and_are_never_halved() -> None:
    assert width("学習率") == 6
    assert width(cut("学習率", 4)) <= 4
    for cells in range(1, 8):
        assert width(fit("学習rate率", cells)) == cells


def test_combining_marks_take_no_cell() -> None:
    assert width("e\u0301") == 1


def test_fit_always_fills_its_column() -> None:
    for text in ("", "a", "a much longer text than fits", "מודל", "日本語の名前"):
        for cells in (1, 2, 5, 9):
            assert width(fit(text, cells)) == cells
            assert width(fit(text, cells, right=True)) == cells


def test_wrapping_keeps_all_words_and_the_width() -> None:
    text = "validation rises since epoch 18 averyveryverylongwordthatfitsnowhere indeed"
    lines = wrap(text, 16)
    assert all(width(line) <= 16 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_character_that_panes_draw_with_is_one_cell_wide(glyphs: Glyphs) -> None:
    for name in glyphs.__struct_fields__:
        drawn = getattr(glyphs, name)
        if isinstance(drawn, str):
            assert all(unicodedata.east_asian_width(each) not in "WF" and char_width(each) == 1 for each in drawn), name
            assert glyphs is UNICODE or drawn.isascii(), name
            several = name in ("eighths", "levels", "lines", "signs", "branch", "last", "stem", "gap")
            assert len(drawn) == 1 or several, name
