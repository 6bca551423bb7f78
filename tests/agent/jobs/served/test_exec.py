"""Programs of a host that are run for a link: what they say, when they are ended, and that they keep nothing back."""

import base64
import json
import os
import sys
import time
import zlib
from pathlib import Path

from tests.agent.jobs.served.site import Site
from tests.agent.serve.far import Far, Message


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-E", "-c", code]


def unpacked(answer: Message) -> Message:
    assert list(answer) == ["packed"]
    found: Message = json.loads(zlib.decompress(base64.b64decode(answer["packed"])))
    return found


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def test_it_reads_nothing_unless_it_is_given_something(site: Site) -> None:
    assert site.far.ok("exec", argv=["cat"]) == {"code": 0, "out": "", "err": ""}
    assert site.far.ok("exec", argv=["cat"], stdin="")["out"] == ""
    long = "loss — 0.5\n" * 20_000
    assert unpacked(site.far.ok("exec", argv=["cat"], stdin=long))["out"] == long


def test_what_it_does_not_read_is_no_failure(site: Site) -> None:
    assert site.far.ok("exec", argv=["true"], stdin="x" * 500_000) == {"code": 0, "out": "", "err": ""}


def test_its_exit_code_and_its_errors_are_told(site: Site) -> None:
    answer = site.far.ok("exec", argv=["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert answer == {"code": 7, "out": "out\n", "err": "err\n"}
    assert site.far.ok("exec", argv=["sh", "-c", "kill -9 $$"])["code"] == -9


def test_it_has_the_variables_that_it_is_given_and_none_of_a_runs(site: Site) -> None:
    answer = site.far.ok("exec", argv=["sh", "-c", 'echo "$TZ,$NEROTUI_RUN_ID,$PWD"'], env={"TZ": "UTC"})
    assert answer["out"] == "UTC,,{}\n".format(os.environ["HOME"])


def test_a_program_that_is_not_there_is_named(site: Site) -> None:
    answer = site.far.ok("exec", argv=["no-such-program", "--version"])
    assert answer["code"] is None
    assert "there is no program no-such-program on " in answer["err"]
    answer = site.far.ok("exec", argv=["/etc/passwd"])
    assert answer["code"] is None
    assert "/etc/passwd cannot be run" in answer["err"]


def test_a_list_of_arguments_must_be_one(site: Site) -> None:
    for argv in ([], "true", [1], ["a\0b"], [""], None):
        assert site.far.refused("exec", argv=argv)["code"] == "bad_request"
    assert site.far.refused("exec", argv=["true"], env={"A": 1})["code"] == "bad_request"
    assert site.far.refused("exec", argv=["true"], run="aaaa2222")["code"] == "bad_request"
    assert site.far.refused("exec", argv=["touch", str(site.root / "x")], run="aaaa2222", attempt=1)["code"] == (
        "no_such_run"
    )
    assert not (site.root / "x").exists()


def test_bytes_that_are_no_text_come_back_as_they_are(site: Site) -> None:
    answer = site.far.ok("exec", argv=["printf", r"a\377\n"])
    assert answer["out"].encode("utf-8", "surrogateescape") == b"a\xff\n"
    answer = unpacked(site.far.ok("exec", argv=python(r"import os; os.write(1, b'\xc3\xa4\xff' * 50000)")))
    assert answer["out"].encode("utf-8", "surrogateescape") == b"\xc3\xa4\xff" * 50000


def test_a_long_answer_is_packed(site: Site) -> None:
    answer = unpacked(site.far.ok("exec", argv=python('print(\'"name": "run | job", \' * 200000)'), timeout=20))
    assert answer["code"] == 0
    assert answer["out"] == '"name": "run | job", ' * 200000 + "\n"


def test_nothing_may_say_more_than_there_is_room_for(site: Site) -> None:
    answer = unpacked(site.far.ok("exec", argv=["yes"], timeout=20))
    assert answer["code"] is None
    assert "more than 64 MiB" in answer["err"]
    assert set(answer["out"]) == {"y", "\n"}
    answer = site.far.ok("exec", argv=python("import os\nwhile 1: os.write(2, b'e' * 65536)"), timeout=20)
    assert len(answer["err"]) < 70_000
    assert "more than 64 MiB" in answer["err"]


def test_a_program_that_takes_too_long_is_killed_with_all_that_it_started(site: Site, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"trap '' TERM; sh -c 'trap \"\" TERM; echo $$ >> {pids}; sleep 60' & echo $$ >> {pids}; echo so far; wait"
    began = time.monotonic()
    answer = site.far.ok("exec", argv=["sh", "-c", script], timeout=1)
    assert time.monotonic() < began + 5
    assert (answer["code"], answer["out"]) == (None, "so far\n")
    assert "longer than 1 s" in answer["err"]
    for pid in map(int, pids.read_text().split()):
        site.until(lambda pid=pid: gone(pid), f"the end of {pid}")  # type: ignore[misc]


def test_what_a_program_leaves_behind_is_not_waited_for(site: Site) -> None:
    began = time.monotonic()
    answer = site.far.ok("exec", argv=["sh", "-c", "setsid sleep 20 & echo done"], timeout=15)
    assert answer == {"code": 0, "out": "done\n", "err": ""}
    assert time.monotonic() < began + 6
    answer = site.far.ok("exec", argv=["sh", "-c", "exec >&- 2>&-; sleep 0.3; exit 4"], timeout=15)
    assert answer == {"code": 4, "out": "", "err": ""}


def test_nothing_else_waits_for_a_program(site: Site) -> None:
    site.submit("aaaa2222")
    slow = site.far.ask("exec", argv=["sleep", "2"], timeout=10)
    began = time.monotonic()
    assert site.record("aaaa2222")["state"] == "queued"
    assert site.act("aaaa2222", "hold")["state"] == "held"
    site.far.ok("stats")
    assert site.far.ok("exec", argv=["echo", "meanwhile"])["out"] == "meanwhile\n"
    assert time.monotonic() < began + 1.8
    assert site.far.reply(slow)["ok"]["code"] == 0


def test_a_link_that_goes_loses_no_submission(site: Site, tmp_path: Path) -> None:
    site.submit("aaaa2222")
    begun = tmp_path / "begun"
    submitting = f"touch {begun}; sleep 1; echo 4711"
    site.far.ask("exec", argv=["sh", "-c", submitting], run="aaaa2222", attempt=1, timeout=10)
    site.until(begun.exists, "the submission")
    for _ in range(5):
        site.far.ask("exec", argv=["sleep", "20"], timeout=30)
    site.far.ask("exec", argv=["touch", str(tmp_path / "next")], run="aaaa2222", attempt=1, timeout=10)
    leave(site.far)
    answer = site.folder("aaaa2222") / "job.answer"
    assert json.loads(answer.read_text())["out"] == "4711\n"
    assert not (tmp_path / "next").exists()


def test_a_link_that_goes_ends_what_only_told_it_something(site: Site, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    site.far.ask("exec", argv=["sh", "-c", f"echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 60"], timeout=60)
    site.until(pid.exists, "the program")
    began = time.monotonic()
    leave(site.far)
    assert time.monotonic() < began + 3
    site.until(lambda: gone(int(pid.read_text())), "its end")


def test_an_answer_that_cannot_be_kept_is_told_all_the_same(site: Site) -> None:
    site.submit("aaaa2222")
    (site.folder("aaaa2222") / "job.answer").mkdir()
    answer = site.far.ok("exec", argv=["echo", "4711"], run="aaaa2222", attempt=1)
    assert (answer["code"], answer["out"]) == (0, "4711\n")
    assert "cannot be kept" in answer["unkept"]


def leave(far: Far) -> None:
    """Cuts the link and waits until the agent is gone."""
    assert far.process.stdin
    far.process.stdin.close()
    far.process.wait(20)
