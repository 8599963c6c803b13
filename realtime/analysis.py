"""Everything behind the pose: who, body, recognisers. A pure, causal function of the poses."""

from __future__ import annotations

from calibration.zone import Zone
from realtime.marks import Mark
from realtime.observations import Observed
from realtime.recognise.flips import FlipRule
from realtime.recognise.jumps import JumpCounter
from realtime.recognise.protocol import Recogniser
from realtime.stream.body import BodyStream
from realtime.stream.follow import FollowOne

ATHLETE = 1


class Analysis:
    """The poses of one station to the marks of its athlete.

    No clock, no input but the observations: the same poses give the same marks, live and on
    replay.
    """

    def __init__(self, zone: Zone | None = None) -> None:
        self._follow = FollowOne(zone)
        self._body: BodyStream | None = None
        self._recognisers: tuple[Recogniser, ...] = (JumpCounter(ATHLETE), FlipRule(ATHLETE))
        self.athlete_seen = False
        """Whether the athlete is in the last frame."""
        self.ever_seen = False

    def update(self, observed: Observed) -> list[Mark]:
        """Marks that this frame settles. Times must increase from call to call."""
        if self._body is None:
            self._body = BodyStream(observed.poses.skeleton)
        keypoints = self._follow.choose(observed.t, observed.poses)
        pose = self._body.update(observed.seq, observed.t, keypoints)
        self.athlete_seen = pose.seen
        self.ever_seen |= pose.seen
        return [mark for recogniser in self._recognisers for mark in recogniser.update(pose)]

    def finish(self) -> list[Mark]:
        """Marks that only waited for more frames."""
        return [mark for recogniser in self._recognisers for mark in recogniser.finish()]
