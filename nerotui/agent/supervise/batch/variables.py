"""The environment of a command inside a scheduler's job: the job's own stands over that of whoever submitted it."""

import os
from typing import Any, Dict

from nerotui.agent.run.command import OWN


def surround(variables: Dict[bytes, bytes], spec: Dict[str, Any]) -> None:
    """Puts the job's variables over the submitter's; what was asked for the run, and what nerotui tells it, stays.

    Programs that only the submitter's PATH leads to are found too: some schedulers give their jobs next to none.

    Args:
        variables: the command's environment as on a plain host, changed in place.
        spec: the run's run.json.
    """
    kept = {os.fsencode(str(name)) for name in spec.get("env") or {}} | {name.encode() for name in OWN}
    before = variables.get(b"PATH", b"")
    for name, value in os.environb.items():
        if name not in kept:
            variables[name] = value
    if b"PATH" not in kept and before:
        parts = variables.get(b"PATH", b"").split(b":")
        further = [part for part in before.split(b":") if part and part not in parts]
        variables[b"PATH"] = b":".join(parts + further)
