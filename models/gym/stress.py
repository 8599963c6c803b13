"""What a classifier of elements has to bear, done to recordings before they are prepared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.gym.dataset import Recording
from models.skeleton import Keypoints


class Stress(NamedTuple):
    """One thing to bear."""

    disturb: Callable[[Recording, np.random.Generator], Recording]
    """The same recording, disturbed; the second argument gives the draws."""
    filled: bool = True
    """Whether joints that are missing are filled where the preparation says so."""


_RATE = 30  # frames per second, that of most telephones
_DELAY = 30  # frames
_MISSING = 0.3


def mirrored(recording: Recording) -> Recording:
    """Seen from the other side: left is right in the picture and of the body."""
    names = recording.skeleton.joints
    other = {"left": "right", "right": "left"}
    swapped = ["_".join(other.get(word, word) for word in name.split("_")) for name in names]
    keypoints = recording.keypoints[:, [names.index(name) for name in swapped]].copy()
    seen = keypoints[..., 2] > 0
    if seen.any():
        x = keypoints[..., 0]
        keypoints[..., 0] = np.where(seen, x[seen].min() + x[seen].max() - x, 0)
    return replace(recording, keypoints=keypoints)


def delayed(recording: Recording, frames: int) -> Recording:
    """The athlete stands for `frames` frames, as in the first one, before he begins."""
    step = 1 / recording.fps if recording.fps else 0.0
    before = recording.t[0] - step * np.arange(frames, 0, -1)
    standing = np.repeat(recording.keypoints[:1], frames, axis=0)
    return _of_frames(
        recording, np.concatenate([standing, recording.keypoints]), np.append(before, recording.t)
    )


def at_rate(recording: Recording, fps: float) -> Recording:
    """By a camera of (about) `fps`: frames are left out evenly, none where it has fewer."""
    step = max(1, round(recording.fps / fps))
    return _of_frames(recording, recording.keypoints[::step], recording.t[::step])


def with_joints_missing(recording: Recording, share: float, rng: np.random.Generator) -> Recording:
    """Of all joints in all frames `share` (0 to 1) was not seen."""
    keypoints = recording.keypoints.copy()
    keypoints[rng.random(keypoints.shape[:2]) < share] = 0
    return replace(recording, keypoints=keypoints)


def _of_frames(recording: Recording, keypoints: Keypoints, t: NDArray[np.float64]) -> Recording:
    return replace(recording, keypoints=keypoints, t=t, takeoff=None, landing=None)


def _without_some(recording: Recording, rng: np.random.Generator) -> Recording:
    return with_joints_missing(recording, _MISSING, rng)


STRESSES = {
    "mirrored": Stress(lambda recording, _: mirrored(recording)),
    f"{_DELAY} frames late": Stress(lambda recording, _: delayed(recording, _DELAY)),
    f"{_RATE} fps": Stress(lambda recording, _: at_rate(recording, _RATE)),
    f"{100 * _MISSING:.0f} % missing, filled": Stress(_without_some),
    f"{100 * _MISSING:.0f} % missing, zeros": Stress(_without_some, filled=False),
}
"""By name; of joints in the last two."""
