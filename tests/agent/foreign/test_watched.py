"""Logs of programs that somebody started by hand are runs: found, followed, and true about whether they live."""

import os
import signal
import time
from pathlib import Path

from tests.agent.foreign.hand import Hand, told, until, watch
from tests.agent.serve.far import Far


def test_a_program_in_the_background_is_a_running_run_with_its_curve(far: Far, hand: Hand) -> None:
    log = hand.train("lr-0.1")
    (run,) = watch(far, hand.folder / "**/log.txt")
    assert (run["name"], run["state"], run["foreign"], run["log_path"]) == ("lr-0.1", "running", True, str(log))
    assert run["pid"] in hand.processes()
    assert run["dir"] == str(hand.folder)
    assert run["command"][1] == "-c"
    assert abs(run["started"] - time.time()) < 20
    later = told(far, lambda one: one["metrics"].get("loss", {}).get("x", 0) >= 20)
    assert later["metrics"]["loss"]["max"] == 1.0
    assert later["id"] == run["id"]
    far.ok("points", stream=1, run=run["id"])
    assert far.push("points")["series"][0]["name"] == "loss"
    assert far.ok("show", run=run["id"])["run"]["pid"] == run["pid"]
    assert [one["pid"] for one in far.ok("tree", run=run["id"])["processes"]] == [run["pid"]]
    assert "nerotui did not start it" in far.ok("why", run=run["id"])["why"]
    assert far.ok("diagnose", run=run["id"])["points"] >= 20
    assert far.ok("log_find", run=run["id"], pattern="step 7 ", offset=0)["match"]
    assert far.ok("load", run=run["id"])["times"] == []


def test_one_that_is_gone_is_lost_and_one_that_comes_is_found(far: Far, hand: Hand) -> None:
    hand.train("a")
    (run,) = watch(far, hand.folder / "*/log.txt")
    os.kill(run["pid"], signal.SIGKILL)
    gone = told(far, lambda one: one["state"] != "running")
    assert (gone["state"], gone["pid"], gone["exit_code"]) == ("lost", None, None)
    assert "not known" in gone["reason"]
    assert abs(gone["last_seen"] - time.time()) < 10
    # The same log again, by another process: another attempt, never the old one's pid.
    hand.train("a")
    again = told(far, lambda one: one["state"] == "running")
    assert (again["id"], again["attempt"]) == (run["id"], 2)
    assert again["pid"] != run["pid"]


def test_the_end_of_a_log_may_prove_how_it_ended(far: Far, hand: Hand) -> None:
    hand.log("bad"), hand.log("full"), hand.log("stopped"), hand.log("done")
    line = '"$PYTHON" -c "print(1)\nraise ValueError(7)" > bad/log.txt 2>&1; '
    line += '"$PYTHON" -c "raise RuntimeError(\'CUDA out of memory. Tried to allocate 2 GiB\')" > full/log.txt 2>&1; '
    line += '"$PYTHON" -c "raise KeyboardInterrupt" > stopped/log.txt 2>&1; echo Training finished > done/log.txt'
    hand.shell(line).wait(20)
    runs = {run["name"]: run for run in watch(far, hand.folder / "*/log.txt")}
    assert {name: run["state"] for name, run in runs.items()} == {
        "bad": "failed",
        "full": "oom",
        "stopped": "killed",
        "done": "lost",
    }
    assert "ValueError: 7" in runs["bad"]["reason"]
    assert runs["stopped"]["signal"] == "SIGINT"


def test_who_only_reads_a_log_is_nobody(far: Far, hand: Hand) -> None:
    log = hand.log("a")
    log.write_text("loss 1\n")
    hand.shell("tail -f a/log.txt")
    until(lambda: len(hand.processes()) >= 1)
    (run,) = watch(far, hand.folder / "*/log.txt")
    assert run["state"] == "lost"


def test_the_program_before_tee_is_the_run(far: Far, hand: Hand) -> None:
    hand.log("a")
    hand.shell('"$PYTHON" -c "$TRAIN" 2>&1 | tee a/log.txt')
    until(lambda: hand.log("a").exists())
    (run,) = watch(far, hand.folder / "*/log.txt")
    if run["command"][1:2] != ["-c"]:
        run = told(far, lambda one: one["command"][1:2] == ["-c"])
    assert [one["command"].split()[0].split("/")[-1][:6] for one in far.ok("tree", run=run["id"])["processes"]] == [
        "python",
        "tee",
    ]


def test_a_launcher_of_several_is_not_the_run_of_each(far: Far, hand: Hand) -> None:
    hand.log("a"), hand.log("b")
    launcher = (
        "import os, subprocess, sys\n"
        "logs = [open(n + '/log.txt', 'w') for n in 'ab']\n"
        "runs = [subprocess.Popen([sys.executable, '-c', os.environ['TRAIN']], stdout=log) for log in logs]\n"
        "[run.wait() for run in runs]\n"
    )
    shell = hand.shell('exec "$PYTHON" -c "$LAUNCHER"', LAUNCHER=launcher)
    until(lambda: all(hand.log(name).exists() and hand.log(name).stat().st_size for name in "ab"))
    runs = watch(far, hand.folder / "*/log.txt")
    assert sorted(run["name"] for run in runs) == ["a", "b"]
    pids = {run["pid"] for run in runs}
    assert len(pids) == 2
    assert shell.pid not in pids


def test_a_log_that_is_emptied_is_read_anew_and_says_so(far: Far, hand: Hand) -> None:
    log = hand.log("a")
    log.write_text("".join(f"step {n} loss {n}\n" for n in range(1, 50)))
    (run,) = watch(far, hand.folder / "*/log.txt")
    assert run["metrics"]["loss"]["max"] == 49
    log.write_text("step 1 loss 0.5\n")
    anew = told(far, lambda one: one["metrics"].get("loss", {}).get("max") == 0.5)
    assert anew["attempt"] == 2
    assert "read anew" in anew["reason"]
    other = log.with_name("other")
    other.write_text("step 1 loss 0.25\nstep 2 loss 0.125\n")
    other.rename(log)
    anew = told(far, lambda one: one["metrics"].get("loss", {}).get("max") == 0.25)
    assert (anew["attempt"], "another file" in anew["reason"]) == (3, True)


def test_one_that_cannot_be_read_says_so(far: Far, hand: Hand) -> None:
    (hand.log("a").parent / "log.txt").mkdir()
    hand.log("b").symlink_to("/dev/null")
    runs = watch(far, hand.folder / "*/log.txt")
    assert [(run["name"], run["reason"]) for run in runs] == [("b", f"{hand.folder}/b/log.txt is no file")]


def test_what_nobody_asks_for_is_not_looked_at(far: Far, hand: Hand) -> None:
    hand.train("a")
    watch(far, hand.folder / "*/log.txt")
    far.ok("foreign", logs=[], watch=[])
    gone = far.push("runs")
    assert len(gone["gone"]) == 1
    far.before.clear()
    assert far.quiet(2.5)


def test_a_deleted_log_does_not_hide_the_process_that_writes_it(far: Far, hand: Hand) -> None:
    log = hand.train("a")
    (run,) = watch(far, hand.folder / "*/log.txt")
    log.unlink()
    later = told(far, lambda one: one["reason"])
    assert (later["state"], later["pid"]) == ("running", run["pid"])
    assert "not there any more" in later["reason"]
    far.ok("act", run=run["id"], action="kill", who="me", attempt=1, args={"pid": run["pid"], "now": True})
    assert told(far, lambda one: one["pid"] is None)["state"] == "killed"


def test_nerotui_s_own_runs_are_not_foreign(far: Far, hand: Hand, tmp_path: Path) -> None:
    log = hand.log("a")
    hand.shell('"$PYTHON" -c "$TRAIN" > a/log.txt', NEROTUI_RUN_ID="aaaaaaaa")
    until(lambda: log.exists() and log.stat().st_size)
    assert watch(far, hand.folder / "*/log.txt") == []


def test_one_that_somebody_elsewhere_writes_is_followed_and_never_called_running(far: Far, hand: Hand) -> None:
    log = hand.log("a")
    log.write_text("step 1 loss 4\nstep 2 loss nan\n")
    (run,) = watch(far, hand.folder / "*/log.txt")
    assert (run["state"], "can be seen here" in run["reason"]) == ("lost", True)
    for step in (3, 4):
        # As a file server shows what a node wrote: no process of this host has it open.
        with log.open("a") as file:
            file.write(f"step {step} loss nan\n")
        run = told(far, lambda one, step=step: one["metrics"]["loss"]["x"] == step)  # type: ignore[misc]
        assert (run["state"], run["attempt"], run["metrics"]["loss"]["max"]) == ("lost", 1, 4)
    assert run["findings"][0]["kind"] == "nan"
