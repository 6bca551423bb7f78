"""A log on a terminal: harmless, and each line as its last state."""

from nerotui.cli.logtext import LONGEST, LogText

BAR = "".join(f"\r{percent}%|{'#' * (percent // 10)}" for percent in range(0, 101, 10))


def test_a_progress_bar_is_shown_as_its_last_state() -> None:
    assert LogText(None).feed(f"{BAR}\ndone\n".encode()) == "100%|##########\ndone\n"


def test_an_unfinished_line_is_redrawn_in_place() -> None:
    text = LogText(20)
    assert text.feed(b"10%") == "10%"
    assert text.feed(b"\r20%") == "\r\x1b[K20%"
    assert text.feed(b"\r30%\nnext") == "\r\x1b[K30%\nnext"
    assert text.close() == "\r\x1b[Knext\n"


def test_nothing_that_the_terminal_would_act_on_passes() -> None:
    nasty = b"\x1b]52;c;aGk=\x07\x1b[2J\x1b]0;owned\x1b\\a\x00\x07\x9b31mb\xff\xfe\n"
    text = LogText(80).feed(nasty)
    assert text.endswith("b\ufffd\ufffd\n")
    assert text[:-1].isprintable()
    assert "owned" not in text


def test_a_character_in_two_pieces_is_one_character() -> None:
    text = LogText(None)
    assert text.feed("ö\n".encode()[:1]) == ""
    assert text.feed("ö\n".encode()[1:]) == "ö\n"


def test_a_line_without_end_takes_bounded_memory() -> None:
    text = LogText(80)
    out = text.feed(b"x" * (3 * LONGEST + 5))
    assert out.count("\n") == 3
    assert text.close().endswith("xxxxx\n")
