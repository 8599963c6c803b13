"""Key points of a whole recording, whatever they were read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.poses import Poses
from models.recordings.errors import KeypointsError
from models.skeleton import Keypoints, Skeleton


@dataclass(frozen=True, eq=False)
class KeypointRecording:
    """Key points of a whole recording; a missing joint is 0, 0 with confidence 0.

    `t` is float64 (frames,), seconds, increasing; `poses` has one entry per frame, without people
    where nobody was seen. `fps` is None where the recording gives times instead of a rate; `width`
    and `height` are in pixels, None where the recording does not say.
    """

    skeleton: Skeleton
    t: NDArray[np.float64]
    poses: list[Poses]
    fps: float | None
    width: int | None = None
    height: int | None = None
    label: str | None = None
    subject: str | None = None


def clean(keypoints: NDArray[np.floating]) -> Keypoints:
    """A float32 copy of (..., 3) key points, all zero where a value is not finite or unseen."""
    points = keypoints.astype(np.float32)
    points[~(np.isfinite(points).all(axis=-1) & (points[..., 2] > 0))] = 0
    return points


def check_rate(what: str, number: float | None, mend: str) -> None:
    """Raises KeypointsError when `number` is no frame rate."""
    if number is not None and not (np.isfinite(number) and number > 0):
        raise KeypointsError(f"{what} {number:g}: expected a positive number; {mend}")


def regular_times(shown: str, fps: float | None, frames: int) -> NDArray[np.float64]:
    """(frames,) seconds at a fixed rate. Raises KeypointsError when there is none."""
    if fps is None:
        raise KeypointsError(
            f"{shown}: neither fps nor t; expected one of them; pass the frame rate with --fps"
        )
    return np.arange(frames) / fps
