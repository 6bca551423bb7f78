"""Run as a program by each interpreter: drives a few runs through their lives and prints how they ended, as JSON."""

import json
import os
import sys
import time

sys.path[0] = sys.argv[1]

from nerotui.agent.run.runs import Store  # noqa: E402


def main() -> None:
    root = sys.argv[2]
    os.makedirs(root)
    store = Store(root)
    commands = {
        "aaaaaaaa": "echo step 1 loss 0.5; exit 0",
        "aaaaaaab": "exit 3",
        "aaaaaaac": "echo here; while :; do sleep 0.05; done",
        "aaaaaaad": "echo $NEROTUI_ATTEMPT",
        "aaaaaaae": "trap 'echo term; exit 0' TERM; while :; do sleep 0.05; done",
    }
    for run, command in commands.items():
        limit = 0.7 if run == "aaaaaaae" else None
        spec = {"id": run, "name": run, "command": ["sh", "-c", command], "dir": root, "time": limit}
        store.submit(spec, "me", run == "aaaaaaad")
    reach(store, "aaaaaaac", "running")
    for action, state in (("freeze", "paused"), ("thaw", "running"), ("kill", "killed")):
        store.act("aaaaaaac", action, "me", 1, {})
        reach(store, "aaaaaaac", state)
    store.act("aaaaaaad", "release", "me", None, {})
    reach(store, "aaaaaaad", "done")
    store.act("aaaaaaad", "retry", "me", None, {})
    reach(store, "aaaaaaad", "done", 2)
    reach(store, "aaaaaaae", "timeout")
    for run in commands:
        store.show(run)
    print(json.dumps({run: store.record(run) for run in commands}))


def reach(store: Store, run: str, state: str, attempt: int = 1) -> None:
    deadline = time.time() + 30
    while True:
        store.contact()
        store.changed()
        record = store.record(run)
        if record["state"] == state and record["attempt"] == attempt:
            return
        if time.time() > deadline:
            raise SystemExit(f"{run} is {record}")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
