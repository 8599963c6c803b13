"""Somebody who is followed from frame to frame: where to look next, and when to look again.

MediaPipe hands on the region that the network's alignment points give. That region lags behind a
body that turns fast (the network corrects only a part of a wrong rotation), and once it is wrong
by more than about 60 degrees the network turns the skeleton over and stays so. What tells is
neither its presence nor its visibility but the heat maps: they blur when the crop does not stand
the body upright (`bench/crops.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from models.pose.blazepose.landmarks import Landmarks
from models.pose.blazepose.region import Region, wrapped
from models.pose.blazepose.steady import SteadyBody

CORRECTED = 0.6
"""Share of a crop's rotation error that the network's trunk corrects, up to 30 degrees."""
_STEADY = math.radians(8.0)  # lean and turn of a tilted body up to which MediaPipe's region serves
_LEANS = math.radians(15.0)  # above which the crop is worth a second look
_MOST_LEAN = math.radians(40.0)
_MISFIT = 0.6
_MOST_TURN = math.radians(45.0)  # from one frame to the next
_BLURRED = 0.85  # share of the person's usual sharpness
_TILTED = math.radians(60.0)
_RISES, _SINKS = 0.2, 0.01  # how fast, per frame, the usual sharpness is learned and forgotten
_CHECK_EVERY = 4  # frames in which the body is upside down
_PATIENCE = 12  # looks that are no help, after which they become rarer


def corrected(seen: Landmarks) -> float:
    """The rotation, in radians, of the crop in which this body stands upright."""
    lean = max(-_MOST_LEAN, min(_MOST_LEAN, seen.lean))
    return wrapped(seen.region.rotation + lean / CORRECTED)


def evidence(seen: Landmarks) -> float:
    """How well this crop fits: sharp, and the body upright in it, for a crop was made so that it
    should be (a skeleton that lies across its own crop is wrong however sharp)."""
    return seen.sharpness * (1 - _MISFIT * abs(seen.lean) / math.pi)


@dataclass(slots=True)
class Person:
    """`region` is where to look in the next frame; the rest is how that was arrived at."""

    region: Region
    steady: SteadyBody | None = None
    axis: float | None = None
    usual: float = 0.0
    futile: int = 0
    waited: int = 0
    inverted: int = 0

    def doubts(self, seen: Landmarks) -> bool:
        """Whether to look again in this frame; rarer while that is no help."""
        if self.axis is None:
            return False
        inverted = abs(self.axis) > math.pi / 2
        self.inverted = self.inverted + 1 if inverted else 0
        if not self.is_doubtful(seen) and (not inverted or self.inverted % _CHECK_EVERY):
            self.futile = 0
            return False
        self.waited += 1
        return self.waited > max(self.futile - _PATIENCE, 0)

    def is_doubtful(self, seen: Landmarks) -> bool:
        """Whether the crop may have been turned wrongly."""
        return abs(seen.lean) > _LEANS or seen.sharpness < _BLURRED * self.usual

    def looked_again(self, *, helped: bool) -> None:
        self.waited = 0
        self.futile = 0 if helped else min(self.futile + 1, 2 * _PATIENCE)

    def move(self, seen: Landmarks, *, turning: bool) -> None:
        """Hand on the region of what was seen; of a `turning` body ahead of MediaPipe's."""
        if self.steady is None:
            self.steady = SteadyBody(seen.body)
            region = Region.of_body(seen.body)
        else:
            region = Region.of_body(self.steady.update(seen.body))
        axis = corrected(seen)
        turn = 0.0 if self.axis is None else wrapped(axis - self.axis)
        turn = max(-_MOST_TURN, min(_MOST_TURN, turn))
        self.axis = axis
        hurries = max(abs(seen.lean), abs(turn)) > _STEADY
        if turning and (abs(seen.lean) > _LEANS or (hurries and abs(axis) > _TILTED)):
            region = replace(region, rotation=wrapped(axis + turn))
        self.region = region
        gain = 1.0 if not self.usual else _RISES if seen.sharpness > self.usual else _SINKS
        self.usual += gain * (seen.sharpness - self.usual)
