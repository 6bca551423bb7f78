"""The one layer with tasks and time: connect, follow, reconnect, submit, act. It is the Python API."""

from nerotui.core.spec import RunSpec
from nerotui.fleet.change import Change
from nerotui.fleet.fleet import Fleet
from nerotui.fleet.follow import LogChunk, LogFollower
from nerotui.fleet.points import PointBatch, PointFollower
from nerotui.fleet.reading import LogLine

__all__ = ["Change", "Fleet", "LogChunk", "LogFollower", "LogLine", "PointBatch", "PointFollower", "RunSpec"]
