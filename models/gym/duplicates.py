"""The same recording twice in a data set.

Two that are one would stand on both sides of a split and make a network look better than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from models.gym.dataset import Recording

_SHARE = 0.5  # of the shorter one's frames
_TELLING = 5  # different confidences in a frame, or it could be any


class Pair(NamedTuple):
    """Two recordings that are one, and how that was seen."""

    first: str
    second: str
    how: str


def duplicates(recordings: Sequence[Recording]) -> list[Pair]:
    """Every pair of which the shorter one is at least half in the other, in their order.

    Frames are compared by their key points, and by how sure the network was of each joint, in order
    of size: that stays when somebody moves, scales, mirrors, fills or smooths a recording, and no
    two pictures give the same 25 numbers.
    """
    points = [_points(recording) for recording in recordings]
    sure = [_confidences(recording) for recording in recordings]
    found = []
    for i, k in combinations(range(len(recordings)), 2):
        how = _how(points[i], points[k], "the same") or _how(sure[i], sure[k], "the same pictures")
        if how:
            found.append(Pair(recordings[i].name, recordings[k].name, how))
    return found


def _how(a: set[bytes], b: set[bytes], what: str) -> str:
    common, fewer = len(a & b), min(len(a), len(b))
    if not fewer or common < _SHARE * fewer:
        return ""
    return f"{common} of {fewer} frames are {what}"


def _points(recording: Recording) -> set[bytes]:
    """One entry for each different frame in which somebody is seen."""
    points = np.round(recording.keypoints, 2)
    return {frame.tobytes() for frame in points if frame[:, 2].any()}


def _confidences(recording: Recording) -> set[bytes]:
    sure = np.sort(np.round(recording.keypoints[..., 2], 3), axis=1)
    return {frame.tobytes() for frame in sure if len(np.unique(frame)) > _TELLING}
