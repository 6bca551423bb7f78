"""Names, comments and paths with spaces, quotes, bars, newlines and more: they come back whole, or are refused."""

from __future__ import annotations

import contextlib

import pytest

from nerotui.agent.states import RunState
from nerotui.errors import NerotuiError
from tests.endtoend.clusters.site import Site
from tests.rigs.cluster.fixtures import EACH

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]

NAMES = (
    "two words",
    'quo\'te "double"',
    "bar|bar",
    "größe λ=0.1 日本",
    "$(touch pwned) `touch pwned` ; touch pwned",
    "-n --help",
    "@at/slash\\back*star?",
    "percent %j %A",
    "12345",
)
#: A line's end in a name, and an escape sequence: shown as something harmless.
UNPRINTABLE = "line\nend \x1b[31mred"


@pytest.mark.parametrize("cluster", ["process", *EACH], indirect=True)
def test_names_of_runs(site: Site) -> None:
    """The name that was given is the name that is shown, whatever the scheduler calls the job."""
    runs = {name: site.submit(name, "sh", "-c", 'printf "%s\\n" "$1"', "sh", name) for name in NAMES}
    for name, run in runs.items():
        shown = site.until(run, RunState.DONE, 90)
        assert shown.name == name
        assert shown.command[-1] == name
        assert site.log(run) == f"{name}\n"
    listed = site.listed()
    assert {listed[run]["name"] for run in runs.values()} == set(NAMES)
    assert not list(site.cluster.home.rglob("pwned"))


@pytest.mark.parametrize("cluster", ["process", *EACH], indirect=True)
def test_what_cannot_be_printed(site: Site) -> None:
    """In a name it is refused or shown as something harmless; in an argument it is kept."""
    name = UNPRINTABLE
    with contextlib.suppress(NerotuiError):
        site.submit(name, "true")
    run = site.submit("plain", "printf", "%s", UNPRINTABLE)
    site.until(run, RunState.DONE)
    assert site.log(run) == UNPRINTABLE
    for shown in [run for run in site.fleet.runs.values() if not run.foreign]:
        site.until(shown.id, RunState.DONE)
        assert shown.name.isprintable()


@pytest.mark.parametrize("cluster", ["process", *EACH], indirect=True)
def test_paths(site: Site) -> None:
    """A folder whose name has everything in it, as the run's folder, and in its arguments and environment."""
    name = "a 'b' \"c\" |d| $e; ü λ\nf*"
    site.cluster.put(f"{site.dir.name}/{name}/here", "it is here\n", 0o600)
    folder = str(site.dir / name)
    run = site.submit("paths", "sh", "-c", 'cat here; printf "%s" "$P"', dir=folder, env={"P": folder})
    site.until(run, RunState.DONE)
    assert site.log(run) == f"it is here\n{folder}"
    assert site.fleet.show(run).spec["dir"] == folder


@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_names_and_comments_of_foreign_jobs(site: Site) -> None:
    """What others called a job reaches the screen as text, its files are found, and its comment claims no run."""
    name, out = "x | y 'z' \"q\" é\\n$(id)", site.dir / "out | of 'it'.txt"
    comment = 'nerotui:abcdefgh | "nerotui:'
    job = site.cluster.submit(
        "#!/bin/sh\nwhile :; do echo loss 0.25; sleep 0.2; done\n", "-J", name, "--comment", comment, "-o", str(out)
    )
    site.until(site.foreign(job), RunState.RUNNING)
    shown = site.fleet.runs[site.foreign(job)]
    assert shown.name == name
    assert shown.foreign
    site.until(shown.id, lambda run: run.log_path == str(out))
    site.until(shown.id, lambda _: "loss 0.25" in site.log(shown.id))
    site.fleet.act(shown.id, "kill")
    site.until(shown.id, RunState.KILLED)


@pytest.mark.parametrize("cluster", EACH, indirect=True)
def test_options_reach_no_shell(site: Site) -> None:
    """Whatever is passed through to the scheduler is one word of an argument list."""
    options = ("--comment=a b; touch pwned $(touch pwned)",)
    more = {"gridengine": ("-N", "x;touch$IFS'pwned'")} if site.cluster.kind == "gridengine" else {"slurm": options}
    with contextlib.suppress(NerotuiError):
        site.until(site.submit("options", "true", **more), RunState.DONE)
    assert not list(site.cluster.home.rglob("*pwned*"))
