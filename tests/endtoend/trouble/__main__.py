"""`python -m tests.endtoend.trouble`: real runs made to fail each way that can be made here, and what was said."""

import sys
import tempfile
from pathlib import Path

from tests.endtoend.trouble.trial import Outcome, everything


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="nerotui-trouble-") as folder:
        outcomes = everything(Path(folder))
    sick = [one for one in outcomes if one.case.kinds]
    sound = [one for one in outcomes if not one.case.kinds]
    print(f"{'made to fail':<20} {'found':<18} {'after':>7} {'before its end':>14}  wrong")
    for one in sorted(sick, key=lambda one: one.case.name):
        print(row(one))
    found = [one for one in sick if one.right]
    late = [one for one in found if one.case.early and one.early is not None and one.early <= 0]
    accused = [one for one in sound if one.wrong]
    wrong = sum(bool(one.wrong) for one in sick)
    missed = len(sick) - len(found)
    print(f"\nfound {len(found)} of {len(sick)}, missed {missed}, too late {len(late)}, with a wrong word {wrong}")
    said = ", ".join(f"{one.case.name} ({', '.join(kind for kind, _, _ in one.wrong)})" for one in accused)
    print(f"sound runs {len(sound)}, wrongly accused {len(accused)}{': ' + said if said else ''}")
    return int(len(found) < len(sick) or bool(late) or bool(accused))


def row(one: Outcome) -> str:
    kind, _, after = one.right or ("MISSED", "", None)
    early = "-" if one.early is None else f"{one.early:.1f} s"
    wrong = ", ".join(f"{kind} ({severity})" for kind, severity, _ in one.wrong)
    return f"{one.case.name:<20} {kind:<18} {'-' if after is None else f'{after:.1f} s':>7} {early:>14}  {wrong}"


if __name__ == "__main__":
    sys.exit(main())
