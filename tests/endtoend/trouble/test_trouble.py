"""Some of the runs made to fail, which need nothing special; `python -m tests.endtoend.trouble` has them all."""

from pathlib import Path

from tests.endtoend.trouble.cases import CASES, SOUND
from tests.endtoend.trouble.trial import trial

QUICK = {"missing_value", "loses_a_worker", "crashes_in_c", "warns_without_end", "diverges", "sound", "retries"}


def test_what_is_wrong_with_a_run_is_found_and_nothing_else(tmp_path: Path) -> None:
    with trial(tmp_path / "root", [case for case in (*CASES, *SOUND) if case.name in QUICK]) as outcomes:
        assert {one.case.name for one in outcomes} == QUICK
        for one in outcomes:
            assert one.wrong == [], one
            assert bool(one.right) == bool(one.case.kinds), one
            if one.case.early:
                assert one.early is not None, one
                assert one.early > 0, one
