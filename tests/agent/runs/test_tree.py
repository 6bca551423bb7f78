"""Which processes are a run's: all of them by a search of the host, those below it at less cost."""

from nerotui.agent.processes import processes
from nerotui.agent.processes.tree import Tree
from nerotui.agent.run import attempts
from tests.agent.runs.rig import Rig, until


def test_those_below_a_run_are_found_without_a_search_of_the_host(rig: Rig) -> None:
    orphan = "sh -c 'sleep 1002 & exit'"
    run = rig.submit(f"sleep 1000 & sh -c 'sleep 1001 & wait' & {orphan}; echo up; wait")
    rig.printed(run, "up")
    rig.reach(run, "running")
    known = attempts.read(rig.root.run(run).attempts)
    tree = Tree(run, 1, known.child(known.tries[1]), rig.supervisor(run))
    words = {"1000", "1001", "1002"}
    until(lambda: words <= {processes.command_line(member.pid)[-1] for member in tree.near()})
    near, all_of_them = ({member.pid for member in found} for found in (tree.near(), tree.members()))
    assert near == all_of_them
    assert len(near) == 5
    rig.act(run, "kill", now=True)
    rig.end(run)
    assert tree.near() == []
