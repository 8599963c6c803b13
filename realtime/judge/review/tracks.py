"""Where everybody was in every frame, and how high his feet and hips, from a session's poses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from models.poses import Poses
from models.skeleton import BODY, Keypoints, Skeleton, shared_joints
from realtime.analysis import counted
from realtime.lenses import undistortion
from realtime.observations import Observed
from realtime.record.session import RecordedSession
from realtime.runs.view import replay_view
from realtime.stream.body import BodyPose, BodyStream
from realtime.stream.ring import Floats
from realtime.stream.standing import tracker_for

NOT_SEEN = np.iinfo(np.int16).min
MOST = 12
"""So many athletes are shown: those who have marks, then those who were seen longest."""
_SEEN = 0.05  # confidence
_FEET = [
    [BODY.index(f"{side}_{part}") for part in ("ankle", "heel", "toe")]
    for side in ("left", "right")
]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One athlete over the frames of a film.

    `heights` is float32 (3, frames): left foot, right foot and mid-hip over the floor, in leg
    lengths, NaN where they are not known. `joints` is int16 (frames, 17, 2): px of the picture in
    the order of `models.skeleton.BODY`, `NOT_SEEN` where a joint is not.
    """

    heights: NDArray[np.float32]
    joints: NDArray[np.int16]


def pose_times(session: RecordedSession) -> list[float]:
    """When each frame that was looked at was captured, seconds."""
    return [each.t for each in _observed(session)]


def tracks(
    session: RecordedSession, times: Sequence[float], athletes: Sequence[int]
) -> dict[int, Track]:
    """The tracks by number; `times` are the frames', in capture time and in order. The numbers are
    those of the marks: the same poses make the same identities. Raises SourceError for poses that
    do not fit their skeleton."""
    view = replay_view(str(session.path), None, None, session.info)
    undistort = undistortion(view.lens)
    moments = np.array(times)
    near_s = _near_s(times)
    tracker, bodies = None, dict[int, BodyStream]()
    found, seen = dict[int, Track](), Counter[int]()
    for observed in _observed(session):
        skeleton = observed.poses.skeleton
        tracker = tracker or tracker_for(skeleton, view.zone)
        followed = counted(observed.poses, view.zone, undistort)
        people = {p.id: p.keypoints for p in tracker.update(observed.t, followed)}
        at = int(np.abs(moments - observed.t).argmin()) if len(moments) else 0
        there = len(moments) > 0 and abs(moments[at] - observed.t) <= near_s
        for number in people.keys() - bodies.keys():
            bodies[number] = BodyStream(skeleton)
            found[number] = _empty(len(times))
        for number, body in bodies.items():
            keypoints = people.get(number)
            pose = body.update(observed.seq, observed.t, keypoints)
            seen[number] += pose.seen
            if there and keypoints is not None:
                found[number].heights[:, at] = _heights(pose)
                raw = _as_seen(keypoints, followed, observed.poses)
                found[number].joints[at] = _pixels(raw, skeleton)
    order = sorted(found, key=lambda number: (number not in athletes, -seen[number]))
    return {number: found[number] for number in sorted(order[:MOST])}


def _observed(session: RecordedSession) -> Iterator[Observed]:
    return (each for each in session.observations() if isinstance(each, Observed))


def _near_s(times: Sequence[float]) -> float:
    """A pose belongs to a frame that is no further from it than this."""
    steps = np.diff(times).tolist()
    return 0.5 * median(steps) + 0.001 if steps else 0.001


def _empty(frames: int) -> Track:
    heights = np.full((3, frames), np.nan, np.float32)
    return Track(heights, np.full((frames, len(BODY), 2), NOT_SEEN, np.int16))


def _heights(pose: BodyPose) -> Floats:
    with np.errstate(invalid="ignore"):
        feet = [_mean(pose.points[foot, 1]) - pose.floor for foot in _FEET]
    return np.array([*feet, -pose.floor])


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _as_seen(keypoints: Keypoints, followed: Poses, poses: Poses) -> Keypoints:
    """Somebody's key points in the picture as it is, from those that were followed. A lens moves
    nobody to another's place: whoever is nearest is he."""
    if followed is poses:
        return keypoints
    off = np.abs(poses.keypoints[..., :2] - keypoints[:, :2]).sum(axis=(1, 2))
    nearest: Keypoints = poses.keypoints[int(np.nan_to_num(off, nan=np.inf).argmin())]
    return nearest


def _pixels(keypoints: Keypoints, skeleton: Skeleton) -> NDArray[np.int16]:
    to, origin = shared_joints(skeleton, BODY)
    pixels = np.full((len(BODY), 2), NOT_SEEN, np.int16)
    joints = keypoints[origin]
    known = (joints[:, 2] > _SEEN) & np.isfinite(joints).all(axis=1)
    limit = np.iinfo(np.int16).max
    pixels[to[known]] = np.clip(np.round(joints[known, :2]), -limit, limit).astype(np.int16)
    return pixels
