"""A partial update writes the cells that changed, and as few colours as it can."""

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from nerotui.tui.partial import sharpen
from nerotui.tui.widgets.lineview import changed_cells, joined


def test_this_version_of_textual_can_be_made_to_write_only_what_changed() -> None:
    assert sharpen()


def test_a_span_is_written_from_where_it_begins() -> None:
    left, right = Strip([Segment("0123456789")]), Strip([Segment("abcdefghij")])
    update = ChopsUpdate([{0: left, 10: right}, {0: None}], [(0, 3, 5), (0, 8, 12)], [[10, 20], [20]])
    written = update.render_segments(Console())
    assert written == "\x1b[1;4H34" + "\x1b[1;9H89" + "\x1b[1;11Hab"


def test_wide_characters_are_not_cut_in_half() -> None:
    update = ChopsUpdate([{0: Strip([Segment("日本語の")])}], [(0, 2, 6)], [[8]])
    assert update.render_segments(Console()) == "\x1b[1;3H本語"


def test_changes_that_lie_apart_are_sent_apart() -> None:
    old, new = Strip([Segment("a" * 60)]), Strip([Segment("b" + "a" * 58 + "b")])
    assert changed_cells(old, new, 60) == [(0, 1), (59, 60)]
    near = Strip([Segment("b" + "a" * 10 + "b" + "a" * 48)])
    assert changed_cells(old, near, 60) == [(0, 12)]
    assert changed_cells(Strip([Segment("日本")]), Strip([Segment("日本")]), 4) == [(0, 4)]


def test_spaces_join_their_neighbours_but_not_across_backgrounds() -> None:
    red, blue, lit = Style(color="red"), Style(color="blue"), Style(color="blue", bgcolor="white")
    row = Strip([Segment("a", red), Segment("  ", blue), Segment("b", red), Segment("  ", lit), Segment("c", lit)])
    assert [segment.text for segment in joined(row)] == ["a  ", "b", "  c"] or [
        segment.text for segment in joined(row)
    ] == ["a  b", "  c"]
    reverse = Strip([Segment("a", Style(reverse=True)), Segment(" ", Style())])
    assert len(list(joined(reverse))) == 2
