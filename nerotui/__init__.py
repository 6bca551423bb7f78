"""nerotui: the console for training runs, and the Python API under it.

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nerotui.agent.states import RunState as RunState
    from nerotui.agent.wire import VERSION as __version__
    from nerotui.core.records import Host as Host
    from nerotui.core.records import Run as Run
    from nerotui.core.spec import RunSpec as RunSpec
    from nerotui.errors import AmbiguousRun as AmbiguousRun
    from nerotui.errors import ConfigError as ConfigError
    from nerotui.errors import Disconnected as Disconnected
    from nerotui.errors import HostError as HostError
    from nerotui.errors import HostKeyError as HostKeyError
    from nerotui.errors import IllegalAction as IllegalAction
    from nerotui.errors import LoginError as LoginError
    from nerotui.errors import NerotuiError as NerotuiError
    from nerotui.errors import NoAgent as NoAgent
    from nerotui.errors import NoSuchRun as NoSuchRun
    from nerotui.errors import Refused as Refused
    from nerotui.errors import RunError as RunError
    from nerotui.errors import Unreachable as Unreachable
    from nerotui.errors import UsageError as UsageError
    from nerotui.fleet import Fleet as Fleet
    from nerotui.fleet.sync import SyncFleet as SyncFleet
    from nerotui.fleet.sync import connect as connect

_HOMES = {
    "Fleet": "nerotui.fleet",
    "SyncFleet": "nerotui.fleet.sync",
    "connect": "nerotui.fleet.sync",
    "RunSpec": "nerotui.core.spec",
    "Run": "nerotui.core.records",
    "Host": "nerotui.core.records",
    "RunState": "nerotui.agent.states",
    "AmbiguousRun": "nerotui.errors",
    "ConfigError": "nerotui.errors",
    "Disconnected": "nerotui.errors",
    "HostError": "nerotui.errors",
    "HostKeyError": "nerotui.errors",
    "IllegalAction": "nerotui.errors",
    "LoginError": "nerotui.errors",
    "NerotuiError": "nerotui.errors",
    "NoAgent": "nerotui.errors",
    "NoSuchRun": "nerotui.errors",
    "Refused": "nerotui.errors",
    "RunError": "nerotui.errors",
    "Unreachable": "nerotui.errors",
    "UsageError": "nerotui.errors",
}

__all__ = [
    "AmbiguousRun",
    "ConfigError",
    "Disconnected",
    "Fleet",
    "Host",
    "HostError",
    "HostKeyError",
    "IllegalAction",
    "LoginError",
    "NerotuiError",
    "NoAgent",
    "NoSuchRun",
    "Refused",
    "Run",
    "RunError",
    "RunSpec",
    "RunState",
    "SyncFleet",
    "Unreachable",
    "UsageError",
    "__version__",
    "connect",
]


def __getattr__(name: str) -> object:
    """A public name, from where it lives."""
    import importlib

    if name == "__version__":
        value: object = importlib.import_module("nerotui.agent.wire").VERSION
    elif name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'nerotui' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
