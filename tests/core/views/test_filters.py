"""The filter finds what a user means while it is still being typed."""

from collections.abc import Callable

import pytest

from nerotui.core.records import Run
from nerotui.core.views.filters import matcher, run_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", True),
        ("WD5E", True),
        ("wd1e", False),
        ("!wd1e", True),
        ("!resnet", False),
        ("/wd[0-9]e-4$/", True),
        ("/wd[0-9]e-5/", False),
        ("/(unfinished", True),
        ("/(e+)+$/", True),
        ("!", True),
        ("!/", True),
        ("resnet !vit", True),
        ("resnet vit", False),
    ],
)
def test_a_filter(typed: str, kept: bool) -> None:
    assert matcher(typed)("resnet50-wd5e-4") is kept


def test_a_run_is_found_by_state_host_and_parameter(make_run: Callable[..., Run]) -> None:
    text = run_text(make_run(state="failed", host="gpu7", params={"lr": 0.1}))
    assert all(matcher(word)(text) for word in ("fail", "gpu7", "lr=0.1"))
