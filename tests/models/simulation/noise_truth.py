"""A flat figure that turns over: true joints for the tests of the noise models."""

import numpy as np
from numpy.typing import NDArray

from models.skeleton import BODY

LEG_PX = 200.0

# Ahead and up of the mid-hip in leg lengths, standing with bent knees and the arms ahead; the left
# side a little further ahead.
_PLACES = {
    "nose": (0.12, 0.85),
    "shoulder": (0.0, 0.62),
    "elbow": (0.15, 0.35),
    "wrist": (0.40, 0.30),
    "hip": (0.0, 0.0),
    "knee": (0.15, -0.47),
    "ankle": (0.0, -0.94),
    "heel": (-0.06, -1.0),
    "toe": (0.23, -1.0),
}
_APART = 0.06


def figure() -> NDArray[np.float64]:
    """(17, 2) ahead and up, leg lengths."""
    joints = []
    for name in BODY.joints:
        part = name.removeprefix("left_").removeprefix("right_")
        side = _APART * (name.startswith("left_") - name.startswith("right_"))
        joints.append(np.add(_PLACES[part], (side, 0.0)))
    return np.array(joints)


def turning(t: NDArray[np.float64], degrees_s: float) -> NDArray[np.float64]:
    """True pixels (T, 17, 2) of the figure, facing left, that turns backward by `degrees_s`."""
    angle = np.radians(degrees_s * t)[:, None]
    ahead, up = figure().T * LEG_PX
    x = -ahead * np.cos(angle) + up * np.sin(angle)
    y = -ahead * np.sin(angle) - up * np.cos(angle)
    return np.stack([x + 960.0, y + 540.0], axis=-1)
