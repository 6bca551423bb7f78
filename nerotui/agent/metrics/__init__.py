"""Points out of what a program prints or reports. Each family of formats is a file of its own.

A point is a dict: "t" (seconds since the epoch), "step" and "epoch" where they are known, one entry a metric, "source"
("log" or "reported") and "offset", the byte at which its line begins.
"""

from nerotui.agent.metrics.jsonlines import JsonReader
from nerotui.agent.metrics.reader import Reader

__all__ = ["JsonReader", "Reader"]
