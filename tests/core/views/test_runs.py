"""The table's order and cells: what waits, runs and ended is told apart, and one change moves one row."""

import random
from collections.abc import Callable

import pytest

from nerotui.agent.states import RunState
from nerotui.core.records import Finding, Metric, Pending, Progress, Run
from nerotui.core.views.cells import width
from nerotui.core.views.runs import SORT_KEYS, RunList, RunTableView
from nerotui.core.views.spans import plain

MakeRun = Callable[..., Run]
NOW = 1_000_000.0


def _table(*runs: Run) -> RunTableView:
    made = RunList()
    made.put(runs)
    return made.view(now=NOW)


def _row(run: Run, cells: int = 120) -> dict[str, str]:
    view = _table(run)
    columns = view.columns(cells)
    row = view.row(0, columns)
    return {column.key: span.text.strip() for column, span in zip(columns, row.cells, strict=True)} | {
        "remark": plain(row.remark)
    }


def test_each_state_has_a_word_of_four_letters_at_most(make_run: MakeRun) -> None:
    words = {state: _row(make_run(state=state))["state"] for state in RunState}
    assert len(set(words.values())) == len(words)
    assert all(1 < len(word) <= 4 and word.isupper() for word in words.values())


def test_the_first_in_the_queue_is_next(make_run: MakeRun) -> None:
    assert _row(make_run(state="queued", position=1))["state"] == "NEXT"
    assert _row(make_run(state="queued", position=2))["state"] == "WAIT"


def test_running_first_then_the_queue_in_its_order_then_what_ended(make_run: MakeRun) -> None:
    view = _table(
        make_run("done0000", "done", ended=1.0),
        make_run("wait2222", "queued", position=2),
        make_run("fail0000", "failed", ended=2.0),
        make_run("wait1111", "queued", position=1),
        make_run("runs0000", "running", started=5.0),
        make_run("paus0000", "paused", started=5.0),
    )
    order = [run.id for run in view.runs]
    assert order == ["runs0000", "paus0000", "wait1111", "wait2222", "fail0000", "done0000"]


def test_time_to_go_comes_from_the_pace_without_the_time_frozen(make_run: MakeRun) -> None:
    run = make_run(started=NOW - 1100, paused_s=100.0, progress=Progress(unit="epoch", at=25, of=100))
    assert _row(run)["left"] == "50m"
    assert _row(run)["epoch"] == "25/100"


@pytest.mark.parametrize(
    ("state", "fields", "left"),
    [
        ("paused", {}, "frozen"),
        ("held", {}, "held"),
        ("failed", {"exit_code": 1}, "exit 1"),
        ("killed", {"exit_code": 0, "started": None}, "-"),
        ("failed", {"exit_code": 137}, "ex 137"),
        ("killed", {"signal": "SIGTERM"}, "TERM"),
        ("done", {"started": NOW - 20000, "ended": NOW - 8540}, "3h11"),
        ("lost", {"last_seen": NOW - 190}, "3m"),
        ("running", {}, "-"),
    ],
)
def test_the_last_column_says_how_it_stands(make_run: MakeRun, state: str, fields: dict[str, float], left: str) -> None:
    assert _row(make_run(state=state, **fields))["left"] == left


def test_what_is_wrong_is_said_at_the_row(make_run: MakeRun) -> None:
    findings = (
        Finding(kind="overfits", severity="warning", message="rises"),
        Finding(kind="nan", severity="error", message="nan"),
    )
    assert _row(make_run(findings=findings))["remark"] == "▲ loss nan +1"


def test_an_action_under_way_is_shown_until_confirmed(make_run: MakeRun) -> None:
    asked = make_run(pending=Pending(action="kill", since=NOW - 8))
    kept = make_run(pending=Pending(action="freeze", since=NOW, away=True, until=NOW + 540), stale=True, last_seen=NOW)
    assert _row(asked)["remark"] == "killing 8s…"
    assert _row(kept)["remark"].startswith("freeze kept 9m")


def test_a_stale_run_is_dim_and_says_how_old(make_run: MakeRun) -> None:
    view = _table(make_run(stale=True, last_seen=NOW - 190))
    row = view.row(0, view.columns(120))
    assert row.dim
    assert plain(row.remark) == "seen 3m ago"


@pytest.mark.parametrize("cells", [20, 30, 39, 59, 79, 81, 119, 200])
def test_state_name_and_host_are_always_there_and_rows_fit(make_run: MakeRun, cells: int) -> None:
    view = _table(make_run(name="resnet50-imagenet-wd5e-4-cosine-warmup", host="gpu-server-number-one", user="alice"))
    columns = view.columns(cells)
    assert {"state", "name", "host"} <= {column.key for column in columns}
    assert sum(column.width + column.gap for column in columns) <= cells + 1
    row = view.row(0, columns)
    assert [width(span.text) for span in row.cells] == [column.width for column in columns]


def test_numbers_come_back_in_the_order_of_their_worth(make_run: MakeRun) -> None:
    view = _table(make_run(user="alice"))
    seen: list[str] = [column.key for cells in range(25, 120) for column in view.columns(cells)]
    first = sorted(("epoch", "loss", "left", "id", "acc", "user"), key=seen.index)
    assert first == ["epoch", "loss", "left", "id", "acc", "user"]


def test_markup_and_escapes_in_a_name_are_characters(make_run: MakeRun) -> None:
    row = _row(make_run(name="[red]x[/]\x1b]0;owned\x07\u202e"))
    assert row["name"].startswith("[red]x[/]")
    assert "\x1b" not in row["name"]
    assert "\u202e" not in row["name"]


@pytest.mark.parametrize("sort", SORT_KEYS)
@pytest.mark.parametrize("reverse", [False, True])
def test_single_changes_give_the_order_that_sorting_anew_gives(make_run: MakeRun, sort: str, reverse: bool) -> None:
    chance = random.Random(4)
    kept = RunList()
    kept.arrange(sort=sort, reverse=reverse, filter_text="!7")  # type: ignore[arg-type]
    now: dict[str, Run] = {}
    for _ in range(300):
        run_id = f"r{chance.randrange(60):02d}aaaaa"
        if chance.random() < 0.2:
            now.pop(run_id, None)
            kept.drop([run_id])
            continue
        loss = chance.choice([None, chance.random(), float("nan")])
        now[run_id] = make_run(
            run_id,
            chance.choice(list(RunState)),
            name=chance.choice("abc"),
            host=chance.choice("xyz"),
            position=chance.choice([None, 1, 2]),
            started=chance.choice([None, chance.random()]),
            metrics={} if loss is None else {"loss": Metric(last=loss)},
        )
        kept.put([now[run_id]])
    anew = RunList(sort=sort, reverse=reverse, filter_text="!7")  # type: ignore[arg-type]
    anew.put(now.values())
    assert kept.view(now=NOW).runs == anew.view(now=NOW).runs
    assert kept.view(now=NOW).right == anew.view(now=NOW).right


def test_what_is_unknown_comes_last_both_ways(make_run: MakeRun) -> None:
    runs = [
        make_run(f"{name}aaaaaaa", metrics={"loss": Metric(last=value)})
        for name, value in zip("ab", (1, 2), strict=True)
    ]
    made = RunList(sort="loss")
    made.put([*runs, make_run("zaaaaaaa")])
    assert [run.id[0] for run in made.view(now=NOW).runs] == ["a", "b", "z"]
    made.arrange(reverse=True)
    assert [run.id[0] for run in made.view(now=NOW).runs] == ["b", "a", "z"]


def test_an_empty_table_says_why(make_run: MakeRun) -> None:
    made = RunList()
    nothing = made.view(now=NOW).notice
    made.put([make_run()])
    made.arrange(filter_text="nosuch")
    filtered = made.view(now=NOW).notice
    assert nothing is not None
    assert "No runs yet" in nothing.text
    assert filtered is not None
    assert "nosuch" in filtered.text
    made.arrange(filter_text="")
    assert made.view(now=NOW).notice is None


def test_what_lives_and_what_is_in_trouble_is_at_hand(make_run: MakeRun) -> None:
    trouble = (Finding(kind="nan", severity="error", message="loss is nan"),)
    made = RunList()
    made.put([make_run("aaaaaaaa", RunState.RUNNING, findings=trouble), make_run("baaaaaaa", RunState.QUEUED)])
    assert list(made.live) == list(made.troubled) == ["aaaaaaaa"]
    made.put([make_run("aaaaaaaa", RunState.DONE)])
    assert not made.live
    assert not made.troubled
    made.put([make_run("baaaaaaa", RunState.RUNNING, findings=trouble)])
    made.drop(["baaaaaaa"])
    assert not made.live
    assert not made.troubled
