"""The agent's command line: `serve`, `dispatch` and `supervise RUN [--queue @SCHEDULER]`, each with `--root DIR`."""

import os
import sys
from typing import List, Optional

if not __package__:
    # Run as a file, as process lists show it. Python then puts this very folder first on the path, where
    # modules named like the standard library's lie; the bundle's own folder belongs there instead.
    sys.path[0] = __file__.rsplit("/nerotui/agent/", 1)[0]


def main(argv: Optional[List[str]] = None) -> int:
    """Runs one kind of the agent's processes and returns its exit code; 2 where the arguments make no sense."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    given = {"--root": "~/.nerotui", "--queue": ""}
    for option in given:
        if option in arguments:
            at = arguments.index(option)
            if at + 1 == len(arguments):
                sys.stderr.write("nerotui agent: {} needs a value\n".format(option))
                return 2
            given[option] = arguments[at + 1]
            del arguments[at : at + 2]
    root = given["--root"]
    if arguments == ["serve"]:
        from nerotui.agent.host import procfs

        # All the importing lies inside the window of the first reading, and the interpreter's start too where the
        # shell before it has read the processors' times.
        began = procfs.moment(os.environ.pop("NEROTUI_STAT", ""))
        if sys.argv[:1] == ["-c"]:
            _name(root)
        from nerotui.agent.serve import serve

        return serve.main(root, began)
    if arguments == ["dispatch"]:
        from nerotui.agent.queue import dispatch

        return dispatch.main(root)
    if len(arguments) == 2 and arguments[0] == "supervise" and given["--queue"].startswith("@"):
        try:
            from nerotui.agent.supervise.batch import main as batch
        except (ImportError, SyntaxError) as error:
            what = "{}: {}; look at its files below {}".format(type(error).__name__, error, os.path.dirname(__file__))
            who = "the agent cannot run on {} by {}".format(os.uname().nodename, sys.executable)
            sys.stderr.write("nerotui: {}: {}, then submit again\n".format(who, what))
            return 127
        return batch.main(root, arguments[1], given["--queue"])
    if len(arguments) == 2 and arguments[0] == "supervise":
        from nerotui.agent.supervise import supervise

        return supervise.main(root, arguments[1])
    sys.stderr.write(
        "usage: python3 -S -E {} serve | dispatch | supervise RUN [--queue @SCHEDULER] [--root DIR]\n".format(__file__)
    )
    return 2


def _name(root: str) -> None:
    """Has process lists say what this is: the bootstrap's own words say neither kind nor root."""
    from nerotui.agent.processes.system import program, rename_process

    file = program()
    place = [file] if os.path.isfile(file) else [root, "(from memory)"]
    rename_process([os.path.basename(sys.executable) or "python3"] + place + ["serve"])


if __name__ == "__main__":
    sys.exit(main())
