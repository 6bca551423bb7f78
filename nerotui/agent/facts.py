"""What a run ran on: code, interpreter, packages, host. Gathered beside the run, never before it."""

from typing import Any, Dict, List

from nerotui.agent.layout import Root, RunFolder


def gather_beside(root: Root, folder: RunFolder, spec: Dict[str, Any], gpus: List[int]) -> None:
    """To be done."""
