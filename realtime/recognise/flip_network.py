"""The learned recogniser of backflips and handsprings, frame by frame."""

from __future__ import annotations

import numpy as np

from models.gym.live.features import COLUMNS, GAP_S, STEP_S, features, row
from models.gym.live.inference import LiveNetwork, Probabilities
from models.skeleton import BODY, Keypoints
from realtime.recognise.resample import Resampler
from realtime.stream.body import BodyPose, BodyStream
from realtime.stream.ring import Floats


class FlipNetwork:
    """Probabilities of neither, backflip and handspring for what one athlete is doing or did in the
    last 0.3 s. It steps through time at a fixed pace whatever the camera's rate."""

    def __init__(self) -> None:
        self._network = LiveNetwork.shipped()
        self.forget()

    def forget(self) -> None:
        """Begin anew, as if nothing had been seen."""
        self._grid = Resampler(STEP_S)
        self._last: Floats | None = None
        self._last_t = -np.inf
        self._state = self._network.start()
        self._said: Probabilities = np.array([1, 0, 0], np.float32)

    def update(self, pose: BodyPose) -> Probabilities:
        """Probabilities (3,) after this frame, of `models.gym.live.streams.KINDS`. A gap of more
        than GAP_S is a new beginning."""
        if pose.t - self._last_t > GAP_S:
            self.forget()
        self._last_t = pose.t
        for _, now in self._grid.push(pose.t, pose_row(pose)):
            before = now if self._last is None else self._last
            seen = features(before, now)
            self._said, self._state = self._network.step(seen, self._state)
            self._last = now
        return self._said


def pose_row(pose: BodyPose) -> Floats:
    """What the network uses of a pose (COLUMNS,)."""
    levels = pose.lowest, pose.floor
    return row(pose.points, pose.hip, (pose.leg_length, pose.turn, *levels, pose.facing, pose.seen))


def body_rows(keypoints: Keypoints, t: Floats) -> Floats:
    """Rows (T, COLUMNS) of one person's key points (T, 17, 3) in the order of BODY at times (T,):
    what `FlipNetwork` would see of them, to train and to test with."""
    body, rows = BodyStream(BODY), np.empty((len(t), COLUMNS))
    for frame, (at, seen) in enumerate(zip(t.tolist(), keypoints, strict=True)):
        rows[frame] = pose_row(body.update(frame, at, seen))
    return rows
