"""`nerotui --once`: on one host against `ssh HOST uptime`, and on fifty of which one is a black hole."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from statistics import median

from tests.benchmarks.family import Family
from tests.benchmarks.measure import Taken, command, paired
from tests.benchmarks.place import NEROTUI, Place
from tests.benchmarks.rows import Row, against, verdict

ONE = "--once, one SSH host"
FIFTY = "--once, 50 hosts, one a black hole"


def measure(place: Place) -> Iterator[Row]:
    """Hosts are three sshds under many names, each name with a root of its own."""
    farm = place.farm("h1", "h2", "h3")
    place.configure({"h1": {}})
    _once(place, "--host", "h1")  # brings the agent
    ours, peer = paired(
        lambda: _good(_once(place, "--host", "h1")).wall, lambda: command(place.ssh("h1", "uptime"), place.env).wall, 9
    )
    yield against(ONE, 1000 * ours, "ssh HOST uptime", 1000 * peer, "ms", 1.5)

    names = [f"n{number:02d}" for number in range(49)]
    for number, name in enumerate(names):
        farm.alias(name, farm.hosts[f"h{number % 3 + 1}"])
    with socket.create_server(("127.0.0.1", 0)) as hole:  # takes connections and never says a word
        keys: dict[str, dict[str, object]] = {name: {"root": str(place.folder / "roots" / name)} for name in names}
        keys["hole"] = {"address": "127.0.0.1", "port": hole.getsockname()[1]}
        place.configure(keys, f"[groups]\ngood = {json.dumps(names)}\nall = {json.dumps([*names, 'hole'])}\n")
        _once(place, "--host", "good", "--timeout", "60")
        good, both = [], []
        timeout = 0
        for _ in range(2):
            good.append(_good(_once(place, "--host", "good", "--timeout", "60")).wall)
            # All these hosts share this machine's cores: the time must do for the good ones.
            timeout = max(timeout, round(1.5 * good[-1]) + 1)
            taken = _once(place, "--host", "all", "--timeout", str(timeout), "--json")
            states = {host["name"]: host["state"] for host in json.loads(taken.output)["hosts"]}
            if taken.code != 3 or any(states[name] != "up" for name in names):
                raise AssertionError(f"exit code {taken.code}, {sum(s == 'up' for s in states.values())} of 49 up")
            both.append(taken.wall)
    ours, slowest = median(both), median(good)
    yield Row(
        what=FIFTY,
        ours=f"{ours:.2f} s, 49 rows",
        peer=f"slowest good {slowest:.2f} s + timeout {timeout} s",
        ratio=ours / (slowest + timeout),
        budget="≤ 1 x",
        verdict=verdict(ours <= slowest + timeout),
    )


def _once(place: Place, *arguments: str) -> Taken:
    return command([*NEROTUI, "--once", *arguments], place.env)


def _good(taken: Taken) -> Taken:
    if taken.code:
        raise AssertionError(f"nerotui --once gave exit code {taken.code}: {taken.output[-500:]!r}")
    return taken


FAMILY = Family((ONE, FIFTY), 60, measure)
