"""The one protocol of all recognisers."""

from __future__ import annotations

from typing import Protocol

from realtime.marks import Mark
from realtime.stream.body import BodyPose


class Recogniser(Protocol):
    """Reads one athlete's body frame by frame and says what it saw.

    The answer depends on the poses so far and on nothing else: no clock, no randomness, no look
    ahead. `contracts/` in the tests checks it for every implementation.
    """

    def update(self, pose: BodyPose) -> list[Mark]:
        """Take the next frame (times increase) and return the marks it settles, oldest first.

        A frame in which nobody is seen is given too: its points are NaN after a short hold.
        """
        ...

    def finish(self) -> list[Mark]:
        """The stream has ended: return the marks that were only waiting for more frames."""
        ...
