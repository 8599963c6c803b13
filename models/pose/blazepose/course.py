"""Where somebody is going in the picture: what tells his own skeleton from a passer's."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.pose.blazepose.region import Body, Region

_STEADY = 0.3  # share of the newest frame in the velocity
_SLOWLY = 0.05  # the same for the size, which tells how far away somebody is
_COAST = 10  # frames that somebody who is not seen is expected to go on moving
_GROWTH = 0.25  # what e times as large weighs, in sides


@dataclass(slots=True)
class Course:
    """Mid-hip in px, its velocity in px per frame, and the side of the region around him."""

    x: float
    y: float
    size: float
    vx: float = 0.0
    vy: float = 0.0
    unseen: int = 0

    @classmethod
    def begin(cls, body: Body) -> Course:
        region = Region.of_body(body)
        return cls(region.x, region.y, max(region.side, 1.0))

    def follow(self, body: Body) -> None:
        """He was seen there."""
        region = Region.of_body(body)
        share = _STEADY / (1 + self.unseen)
        self.vx += share * (region.x - self.x - self.vx)
        self.vy += share * (region.y - self.y - self.vy)
        self.size += _SLOWLY * (region.side - self.size)
        self.x, self.y, self.unseen = region.x, region.y, 0

    def wait(self) -> None:
        """He was not seen in this frame."""
        self.unseen += 1
        if self.unseen <= _COAST:
            self.x += self.vx
            self.y += self.vy

    def astray(self, body: Body) -> float:
        """How far `body` is from where he is expected next, in sides of his region."""
        coasts = self.unseen < _COAST
        x, y = self.x + coasts * self.vx, self.y + coasts * self.vy
        return math.hypot(body[0] - x, body[1] - y) / self.size

    def unlike(self, body: Body) -> float:
        """The same with what the body's size says."""
        growth = abs(math.log(max(Region.of_body(body).side, 1.0) / self.size))
        return self.astray(body) + _GROWTH * growth
