"""Curves on the terminal and as a picture: what is drawn, what is said of it, and that nothing else gets in."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nerotui.cli.charts import Source, charts_of, chosen
from nerotui.cli.output import COLOURS_16, COLOURS_256
from nerotui.cli.svg import picture
from nerotui.cli.termplot import drawing
from nerotui.core.records import Finding
from nerotui.core.series import Track
from nerotui.core.views.curve import CurveOptions
from nerotui.core.views.curve.sheet import Chart
from nerotui.core.views.glyphs import ASCII, UNICODE
from tests.cli.conftest import Nerotui
from tests.cli.terminal import Terminal
from tests.cli.test_verbs import Runs

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = "step 1 loss 0.5 val_loss 0.7\nstep 2 loss nan val_loss 0.6\nstep 3 loss 0.25 val_loss 0.65\n"


def track(values: Sequence[float], x: str = "step", begin: float = 1000.0) -> Track:
    made = Track(x)
    made.extend((float(at), value, begin + at) for at, value in enumerate(values))
    return made


def falling(count: int = 100, floor: float = 0.3) -> list[float]:
    return [2 * math.exp(-at / 20) + floor for at in range(count)]


def charts(*sources: Source, options: CurveOptions | None = None, axis: str | None = None) -> list[Chart]:
    names = list(dict.fromkeys(name for source in sources for name in source.tracks))
    return charts_of(sources, names, axis, options or CurveOptions())[0]


def svg_of(*sources: Source, options: CurveOptions | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(picture(charts(*sources, options=options)))


def texts(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def test_metrics_are_chosen_by_name_stem_prefix_or_pattern() -> None:
    names = ["loss", "val_loss", "acc", "grad_norm/a", "grad_norm/b"]
    assert chosen(names, ()) == ["loss", "val_loss"]
    assert chosen(names, ("val_loss",)) == ["val_loss"]
    assert chosen(names, ("grad_norm/", "acc")) == ["acc", "grad_norm/a", "grad_norm/b"]
    assert chosen(names, ("*loss",)) == ["loss", "val_loss"]
    assert chosen(names, ("all",)) == names
    assert chosen(["lr", "tokens"], ()) == ["lr"]


def test_train_and_validation_share_a_chart_and_a_run_keeps_its_hue() -> None:
    first = Source("a.log", {"loss": track(falling()), "val_loss": track(falling(floor=0.5))})
    second = Source("b.log", {"loss": track(falling(floor=0.6)), "acc": track(falling())})
    loss, acc = charts(first, second)
    assert [(curve.label, curve.color, curve.pale) for curve in loss.curves] == [
        ("a.log train", 0, False),
        ("a.log val", 0, True),
        ("b.log", 1, False),
    ]
    assert [(curve.label, curve.color) for curve in acc.curves] == [("b.log", 1)]


def test_what_is_counted_otherwise_is_placed_by_its_time_or_left_out() -> None:
    epochs = Track("epoch")
    epochs.extend((float(epoch), 1.0, 1000.0 + 10 * epoch) for epoch in range(5))
    timed = Source("a", {"loss": track(falling()), "val_loss": epochs})
    found, left_out = charts_of([timed], ["loss", "val_loss"], "step", CurveOptions())
    assert len(found[0].curves) == 2
    assert left_out == []
    old = Track("epoch")
    old.extend((float(epoch), 1.0, 1000.0) for epoch in range(5))
    file = Track("step")
    file.extend((float(step), 1.0, 1000.0) for step in range(50))
    found, left_out = charts_of(
        [Source("a", {"loss": file, "val_loss": old})], ["loss", "val_loss"], None, CurveOptions()
    )
    assert [curve.label for curve in found[0].curves] == ["val"]
    assert left_out == ["loss"]


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_a_drawing_fills_its_width_and_no_more(width: int, many: bool) -> None:
    names = ["loss", "val_loss", *([f"grad_norm/layer{at}" for at in range(5)] if many else [])]
    source = Source("a", {name: track(falling()) for name in names})
    for glyphs, colours in ((UNICODE, COLOURS_256), (UNICODE, {}), (ASCII, {})):
        text = drawing(charts(source), width=width, height=20, glyphs=glyphs, colours=colours)
        plain = re.sub(r"\x1b\[[\d;]*m", "", text)
        assert max(map(len, plain.split("\n"))) <= width
        assert ("\x1b" in text) == bool(colours)
        if glyphs is ASCII:
            assert text.isascii()
        assert "loss" in plain.split("\n")[0] or many
        if many:
            assert "layer4" in plain


def test_16_colours_are_enough() -> None:
    text = drawing(
        charts(Source("a", {"loss": track(falling())})), width=80, height=20, glyphs=UNICODE, colours=COLOURS_16
    )
    assert "\x1b[94m" in text
    assert "38;5" not in text


def test_a_picture_has_axes_legend_and_a_line_for_each_curve() -> None:
    root = svg_of(Source("a", {"loss": track(falling()), "val_loss": track(falling(floor=0.5))}))
    lines = [line for line in root.iter(f"{SVG}polyline")]
    assert len(lines) == 2
    assert [line.get("stroke-dasharray") is not None for line in lines] == [True, False]
    said = " | ".join(texts(root))
    assert "loss" in said
    assert "step" in said
    assert any(text.startswith("train") for text in texts(root))
    assert any(text.startswith("val  best") for text in texts(root))


def test_a_picture_marks_where_values_ceased_to_be_finite_once() -> None:
    values = [*falling(50), *([math.nan] * 10), *falling(40)]
    root = svg_of(Source("a", {"loss": track(values)}))
    assert len([path for path in root.iter(f"{SVG}path") if path.get("class") == "nan"]) == 1
    assert len([line for line in root.iter(f"{SVG}polyline")]) == 2, "the line is broken there"


def test_a_picture_marks_findings_joins_and_what_is_behind() -> None:
    resumed = Track("step")
    resumed.extend((float(at), value, 1000.0 + at) for at, value in enumerate(falling(60)))
    resumed.extend((float(at), 0.5, 2000.0 + at) for at in range(40, 100))
    finding = Finding(kind="plateau", severity="warning", message="stands", x=80.0, series="loss")
    root = svg_of(Source("a", {"loss": resumed}, (finding,)), options=CurveOptions(smooth=0.9))
    assert len([path for path in root.iter(f"{SVG}path") if path.get("class") == "finding"]) == 1
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert "another attempt begins" in titles
    assert any(line.get("stroke-opacity") == "0.25" for line in root.iter(f"{SVG}polyline"))


def test_what_a_name_holds_never_becomes_markup() -> None:
    evil = '<script>alert("x")</script>&"\x1b[31m'
    text = picture(charts(Source(evil, {evil: track(falling())}), Source("b", {evil: track(falling())})))
    ElementTree.fromstring(text)
    assert "<script" not in text
    assert "\x1b" not in text


def test_plot_of_a_plain_file(nerotui: Nerotui, tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(NUMBERS)
    done = nerotui("plot", "train.log")
    assert done.code == 0
    assert done.out.startswith("loss ──")
    assert "train" in done.out
    assert "val   best   0.6000" in done.out
    assert "×" in done.out
    assert "\x1b" not in done.out
    assert "loss: 1 point not finite, first at step 2" in done.err
    plain = nerotui("plot", "--ascii", "--log", "--log-x", "--smooth", "0.5", "-n", "val_loss", "train.log")
    assert plain.code == 0
    assert plain.out.isascii()
    assert "y log" in plain.out
    none = nerotui("plot", "-m", "nope", "train.log")
    assert none.code == 1
    assert "Metrics found: loss, val_loss." in none.err
    assert nerotui("plot", "--smooth", "1", "train.log").code == 2


def test_plot_writes_a_picture_of_several_metrics(nerotui: Nerotui, tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(NUMBERS)
    done = nerotui("plot", "-m", "all", "--svg", "out.svg", "train.log")
    assert (done.code, done.out) == (0, "")
    root = ElementTree.fromstring((tmp_path / "out.svg").read_text())
    assert len([group for group in root.iter(f"{SVG}g") if group.get("class") == "chart"]) == 1
    refused = nerotui("plot", "--svg", "no/such/folder/out.svg", "train.log")
    assert refused.code == 2
    assert "cannot be written" in refused.err


def test_plot_says_what_has_no_place_on_the_axis(nerotui: Nerotui, tmp_path: Path) -> None:
    (tmp_path / "mixed.log").write_text(
        "step 1 loss 3\nstep 2 loss 2\nepoch 1 train_loss 2.5 val_loss 2.6\nepoch 2 val_loss 2\n"
    )
    mixed = nerotui("plot", "mixed.log")
    assert "counted in step and not in epoch: loss" in mixed.err
    assert "x epoch" in mixed.out
    assert nerotui("plot", "--x", "time", "mixed.log").err == ""


def test_plot_of_a_run_beside_a_file(nerotui: Nerotui, tmp_path: Path) -> None:
    runs = Runs(nerotui)
    (tmp_path / "train.log").write_text(NUMBERS)
    run_id = runs.run("--name", "mine", command=("cat", "train.log"))
    runs.until_state(run_id, "done")
    out = nerotui("plot", run_id, "train.log", "--x", "clock").out
    assert f"{run_id[:4]} mine train" in out
    assert "train.log val" in out
    assert "x clock" in out


def test_on_a_terminal_curves_have_colours(tmp_path: Path, nerotui: Nerotui) -> None:
    (tmp_path / "train.log").write_text(NUMBERS)
    with Terminal("plot", str(tmp_path / "train.log")) as terminal:
        shown = terminal.until("step · y lin")
        code, rest = terminal.end()
    assert code == 0
    assert "\x1b[38;5;75m" in shown + rest
    assert "\x1b[38;5;152m" in shown + rest
