"""Stands in for the runs of a root while there are none to be read."""

from typing import Any, Dict, List, Tuple

from nerotui.agent.errors import AgentError


class Store:
    """No runs."""

    def __init__(self, root: str) -> None:
        self.root = root

    def writable(self) -> Tuple[bool, str]:
        """Whether runs can be kept here."""
        return True, ""

    def list(self) -> List[str]:
        """No runs."""
        return []

    def changed(self) -> Tuple[List[str], List[str]]:
        """Nothing."""
        return [], []

    def contact(self) -> None:
        """Does nothing."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_arguments: Any) -> Dict[str, Any]:
            raise AgentError("unsupported", "this agent keeps no runs")

        return refuse
