#!/usr/bin/env python3
"""An agent that only tells: as many runs and as much change as its command line says, over the real channel and wire.

    python3 -S -E fakeagent.py HOST RUNS LIVE EVERY

HOST is its hostname, RUNS how many runs it has, LIVE how many of them run, and EVERY the seconds between two new values
of each of those (0: nothing ever changes, its load neither). Standard library only; started like the real agent, whose
arguments follow its own and are ignored.
"""

import json
import os
import random
import select
import sys
import time
from typing import Any

HOST, RUNS, LIVE, EVERY = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
RNG = random.Random(HOST)
GIB = 1 << 30
START = time.time()
held = b""


def read_frame() -> bytes | None:
    """The next whole frame's body, or None if the channel ended."""
    global held
    while True:
        if len(held) >= 4:
            length = int.from_bytes(held[:4], "big")
            if len(held) >= 4 + length:
                body, held = held[4 : 4 + length], held[4 + length :]
                return body
        data = os.read(0, 1 << 16)
        if not data:
            return None
        held += data


def send(message: dict[str, Any]) -> None:
    """Writes an object as a frame."""
    body = b"\1" + json.dumps(message, separators=(",", ":")).encode()
    data = len(body).to_bytes(4, "big") + body
    while data:
        data = data[os.write(1, data) :]


def run(index: int) -> dict[str, Any]:
    """One run as the real agent reports it."""
    live = index < LIVE
    loss = 2 * RNG.random()
    metric = {"last": loss, "x": 10.0, "min": loss, "max": 2.5}
    created = START - 86400 - 60 * index
    return {
        "id": "".join(RNG.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(8)),
        "name": f"resnet50-lr{index % 7}-wd{index}",
        "state": "running" if live else "done",
        "attempt": 1,
        "exit_code": None if live else 0,
        "created": created,
        "started": created + 5,
        "ended": None if live else created + 3605,
        "command": ["python", "train.py", "--lr", f"0.{index % 7}", "--wd", str(index)],
        "params": {},
        "metrics": {"loss": metric, "acc": dict(metric)},
        "progress": {"unit": "epoch", "at": 10, "of": 90},
        "findings": [],
        "dir": "/home/alice/exp/resnet50",
        "gpus": [index % 4] if live else [],
        "user": "alice",
        "hostname": HOST,
        "pid": 4000 + index if live else None,
        "log_size": 123456,
        "log_time": created + 3600,
        "last_seen": created + 3600,
        "paused_s": 0.0,
    }


def stats() -> dict[str, Any]:
    """A sample of a host with four GPUs."""
    busy = RNG.random() if EVERY else 0.5
    gpu = {"name": "NVIDIA A100", "memory_used": int(31 * GIB * busy), "memory_total": 40 * GIB, "power": 300.0}
    return {
        "time": time.time(),
        "cpu_percent": 100 * busy,
        "cores": 32,
        "load": [4.0, 4.0, 4.0],
        "memory": {"used": int(100 * GIB * busy), "total": 256 * GIB},
        "swap": {"used": 0, "total": 8 * GIB},
        "disks": [{"path": "/home", "free": 400 * GIB, "total": 1000 * GIB}],
        "net_sent": 1e6 * busy,
        "net_received": 1e6 * busy,
        "gpus": [dict(gpu, index=index, utilization=100 * busy, temperature=70.0) for index in range(4)],
        "source": {"cpu": "/proc"},
        "errors": {},
    }


def main() -> None:
    """Serves until the channel ends."""
    os.write(1, b"\0nerotui 1\n")
    ask = json.loads((read_frame() or b" {}")[1:].decode())
    send({"have": sorted(ask["bundles"].values())[0]})
    send({
        "push": "hello", "protocol": 1, "version": "0.1.0", "hostname": HOST, "machine_id": HOST, "boot_id": HOST,
        "user": "alice", "uid": 1000, "home": "/home/alice", "root": "/home/alice/.nerotui", "writable": True,
        "root_error": None, "python": "3.11.2", "pid": os.getpid(), "cores": 32, "gpus": 4, "time": time.time(),
        "slots": 4, "platform": "linux-x86_64", "backends": ["process"],
    })  # fmt: skip
    runs = [run(index) for index in range(RUNS)]
    interval, next_stats = 0.0, 0.0
    turn, next_change = 0, time.monotonic() + RNG.random() * (EVERY or 1)
    while True:
        now = time.monotonic()
        due = [at for at, wanted in ((next_stats, interval), (next_change, EVERY and LIVE)) if wanted]
        wait = max(0.0, min(due) - now) if due else None
        if not select.select([0], [], [], wait)[0]:
            now = time.monotonic()
            if interval and now >= next_stats:
                next_stats = now + interval
                send({"push": "stats", "stats": stats()})
            if EVERY and LIVE and now >= next_change:
                next_change = now + EVERY / LIVE
                turn += 1
                changed = runs[turn % LIVE]
                changed["metrics"]["loss"] = {"last": RNG.random(), "x": float(turn), "min": 0.0, "max": 2.5}
                changed["last_seen"] = changed["log_time"] = time.time()
                send({"push": "runs", "runs": [changed], "gone": [], "full": False})
            continue
        body = read_frame()
        if body is None:
            return
        asked = json.loads(body[1:].decode())
        if asked.get("op") == "watch":
            send({"id": asked["id"], "ok": {}})
            first, interval = not interval, float(asked.get("stats") or 0)
            next_stats = time.monotonic() + interval * RNG.random()
            send({"push": "stats", "stats": stats()})
            if first:
                for at in range(0, max(1, RUNS), 1000):
                    send({"push": "runs", "runs": runs[at : at + 1000], "gone": [], "full": not at})
        elif asked.get("op") == "stats":
            send({"id": asked["id"], "ok": {"stats": stats()}})
        elif asked.get("op") == "log":
            send({"id": asked["id"], "ok": {"offset": 0, "size": 0, "inode": 1, "reset": False}})
        elif "id" in asked:
            error = {"code": "unsupported", "message": "this agent only tells", "hint": ""}
            send({"id": asked["id"], "error": error})


main()
