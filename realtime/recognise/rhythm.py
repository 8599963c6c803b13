"""What all counters of a regular movement have in common: frames in, beats out, jumps said in runs.

Frames become rows of what is followed, on the decoder's fixed step of time. A beat (a change of
the supporting foot, a landing) counts when it lies within a run of several that look like rope
jumping: the first ones of a run are said together, each with its own time, and later ones as soon
as they are settled.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from typing import Generic, Protocol, TypeVar

from realtime.marks import Jump
from realtime.recognise.detector import CycleDetector
from realtime.recognise.resample import Resampler
from realtime.recognise.stride import STEP_S
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

LONGEST_GAP_S = 0.25
"""Frames further apart than this are not interpolated: whatever went on has ended."""
LARGEST_LEAP = 0.7
"""Hips that move further than this (leg lengths) at once are misplaced, or somebody else's: ..."""
ASTRAY_S = 0.1
"""... somebody else's when they stay there for this long."""
_FRAMES_KEPT_S = 4.0  # beats may wait for as long until a run is believed, each with its frame


class Beat(Protocol):
    """A beat at decoder step `step` and time `t` (seconds)."""

    @property
    def step(self) -> int: ...
    @property
    def t(self) -> float: ...


B = TypeVar("B", bound=Beat)


class RhythmCounter(ABC, Generic[B]):
    """Counts one kind of jump of one athlete. Stateful, causal, deterministic."""

    def __init__(self, athlete: int) -> None:
        self.athlete = athlete
        self._now = -math.inf
        self._last: BodyPose | None = None
        self._restart()

    def update(self, pose: BodyPose) -> list[Jump]:
        """Take the next frame; returns the jumps it settles, oldest first."""
        self._now = pose.t
        row = self._row(pose)
        jumps: list[Jump] = []
        if self._last is not None:
            leapt = _leapt(self._last, pose)
            if pose.t - self._last.t > (ASTRAY_S if leapt else LONGEST_GAP_S):
                jumps = self.finish()
            elif leapt:
                row = None
        if row is None:
            return jumps
        if self._last is None:
            self._restart()
        self._last = pose
        self._frames.append((pose.t, pose.frame))
        while pose.t - self._frames[0][0] > _FRAMES_KEPT_S:
            self._frames.popleft()
        for t, resampled in self._resampler.push(pose.t, row):
            beat = self._detector.update(t, resampled)
            if beat is not None:
                jumps += self._judge(beat)
        return jumps

    def finish(self) -> list[Jump]:
        """The movement has ended: the jumps that only waited for more frames."""
        if self._last is None:
            return []
        self._last = None
        return [jump for beat in self._detector.flush() for jump in self._judge(beat)]

    def _restart(self) -> None:
        """What came before has nothing to do with the next pose."""
        self._resampler = Resampler(STEP_S)
        self._detector = self._new_detector()
        self._frames: deque[tuple[float, int]] = deque()
        self._break_run()

    def _nearest_frame(self, t: float) -> tuple[float, int]:
        """Time and number of the frame nearest to `t` seconds."""
        nearest = self._frames[-1]
        for known in reversed(self._frames):
            if abs(known[0] - t) > abs(nearest[0] - t):
                break
            nearest = known
        return nearest

    @abstractmethod
    def _row(self, pose: BodyPose) -> Floats | None:
        """What is followed of this frame; None when the movement cannot be seen in it."""

    @abstractmethod
    def _new_detector(self) -> CycleDetector[B]: ...

    @abstractmethod
    def _break_run(self) -> None:
        """Forget the beats so far: what comes is another run."""

    @abstractmethod
    def _judge(self, beat: B) -> list[Jump]:
        """Add the beat to the run and say whatever is now known to be jumps."""


def _leapt(last: BodyPose, pose: BodyPose) -> bool:
    """Whether the hips are where they cannot have come from `last`."""
    here, there = pose.hip.tolist(), last.hip.tolist()
    return math.dist(here, there) > LARGEST_LEAP * pose.leg_length
