"""What the thesis does to key points before a network sees them, step by step.

"Recognition of gymnastics elements with deep learning networks" (TalTech, 2020),
sections 4.2 and 5.1.1. Where its text and what its author published differ, both are offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.gym.dataset import LABELS, Recording
from models.skeleton import BODY_25, convert

Points = NDArray[np.float32]
"""(T, joints, 2): x, y px, y down."""

JOINTS = BODY_25.joints[:15]
"""Those the thesis keeps: head, trunk and limbs, without face, heels and toes."""

_WINDOW = 3  # frames, n of its equation 4.1
_MID_HIP = BODY_25.index("mid_hip")

Smoothing = Literal["centred", "trailing"]


@dataclass(frozen=True)
class Preparation:
    """Which steps are taken, in this order; each can be left out.

    `fill`: a key point that was not seen is the mean of the one before, itself perhaps filled, and
    of the next that was seen; before the first and after the last, that one. `smooth`: moving
    average of three, "centred" as the thesis's equation 4.1, or "trailing" as its published data
    are: a frame with the two before, the first two as they are. `drop`: recordings with a joint
    that was never seen are left out. `centre`: joint 8, the mid-hip, of the first frame is the
    origin of all frames, so that travel is kept. `joints15`: `JOINTS` instead of all 25.
    A key point of which the network was no surer than `low` was not seen.
    """

    fill: bool = True
    smooth: Smoothing | None = "centred"
    drop: bool = True
    centre: bool = True
    joints15: bool = True
    low: float = 0.0


@dataclass(frozen=True, eq=False)
class Clip:
    """A prepared recording: `points` float32 (T, 15 or 25, 2) px, (0, 0) where not known."""

    points: Points
    label: str
    subject: str
    name: str


class Prepared(NamedTuple):
    """Clips, and by name why others were left out."""

    clips: list[Clip]
    dropped: list[tuple[str, str]]


class Padded(NamedTuple):
    """Clips of one length: `inputs` float32 (N, T, 2 x joints), zeros after each clip's end;
    `labels` int64 (N,), places in `LABELS`; `lengths` int64 (N,), frames before the zeros."""

    inputs: NDArray[np.float32]
    labels: NDArray[np.int64]
    lengths: NDArray[np.int64]


def prepare(recordings: Sequence[Recording], preparation: Preparation) -> Prepared:
    """Each recording by itself: nothing is learned from one for another."""
    prepared = Prepared([], [])
    for recording in recordings:
        never = never_seen(recording, preparation)
        if never and preparation.drop:
            prepared.dropped.append((recording.name, f"never seen: {', '.join(never)}"))
        else:
            points = steps(recording, preparation)[-1].points
            prepared.clips.append(Clip(points, recording.label, recording.subject, recording.name))
    return prepared


def never_seen(recording: Recording, preparation: Preparation) -> list[str]:
    """The joints, of those that are kept, without which no skeleton can be made."""
    body = convert(recording.keypoints, recording.skeleton, BODY_25)
    best = body[..., 2].max(axis=0)
    kept = JOINTS if preparation.joints15 else BODY_25.joints
    return [
        name.replace("_", " ")
        for name, one in zip(kept, best, strict=False)
        if one <= preparation.low
    ]


class Step(NamedTuple):
    """The key points after a step of this name."""

    name: str
    points: Points


def steps(recording: Recording, preparation: Preparation) -> list[Step]:
    """The key points as recorded, in the order of BODY_25, and after each step that is taken."""
    body = convert(recording.keypoints, recording.skeleton, BODY_25)
    seen = np.asarray(body[..., 2] > preparation.low)
    points = np.where(seen[..., None], body[..., :2], np.float32(0))
    done = [Step("as recorded", points)]
    if preparation.fill:
        points = filled(points, seen)
        seen = np.broadcast_to(seen.any(axis=0), seen.shape)
        done.append(Step("filled", points))
    if preparation.smooth:
        points = smoothed(points, seen, preparation.smooth)
        done.append(Step(f"{preparation.smooth} mean", points))
    if preparation.centre:
        points = centred(points, seen)
        done.append(Step("centred", points))
    if preparation.joints15:
        points = points[:, : len(JOINTS)]
        done.append(Step("15 joints", points))
    return done


def filled(points: Points, seen: NDArray[np.bool_]) -> Points:
    """Joints that were not `seen` (T, J) between those that were; one never seen stays."""
    t: NDArray[np.intp] = np.arange(len(seen))[:, None]
    following = np.minimum.accumulate(np.where(seen, t, len(seen) - 1)[::-1], axis=0)[::-1]
    last = len(seen) - 1 - np.argmax(seen[::-1], axis=0)
    begun, coming = np.asarray(t > np.argmax(seen, axis=0)), np.asarray(t <= last)
    never = (~seen).all(axis=0, keepdims=True).T
    target = np.take_along_axis(points, np.where(coming, following, last)[..., None], axis=0)
    result = points.copy()
    for i, frame in enumerate(result):
        before = result[i - 1] if i else target[0]
        middle = (before + target[i]) / 2
        one_side = ~(begun[i] & coming[i])[:, None]
        frame[...] = np.where(seen[i][:, None], frame, np.where(one_side, target[i], middle))
    return np.where(never, points, result)


def smoothed(points: Points, seen: NDArray[np.bool_], kind: Smoothing) -> Points:
    """Moving average of three frames of what was `seen` (T, J). "centred" takes the two frames that
    there are at either end; "trailing" leaves the first two frames."""
    weight = seen[..., None].astype(np.float32)
    before, after = (1, 1) if kind == "centred" else (2, 0)
    padding = ((before, after), (0, 0), (0, 0))
    total, count = (
        sum(np.pad(a, padding)[i : i + len(points)] for i in range(_WINDOW))
        for a in (points * weight, weight)
    )
    means = np.where(weight > 0, total / np.maximum(count, 1), points).astype(np.float32)
    if kind == "trailing":
        means[: _WINDOW - 1] = points[: _WINDOW - 1]
    return means


def centred(points: Points, seen: NDArray[np.bool_]) -> Points:
    """The first mid-hip that was seen becomes (0, 0); what was not seen stays (0, 0)."""
    first = int(np.argmax(seen[:, _MID_HIP]))
    return np.where(seen[..., None], points - points[first, _MID_HIP], np.float32(0))


def padded(
    clips: Sequence[Clip], frames: int | None = None, labels: Sequence[str] = LABELS
) -> Padded:
    """Clips as one array, zeros after the end of each up to `frames` (None: the longest).

    Raises ValueError when one is longer, there is none, or its label is not one of `labels`.
    """
    if not clips:
        raise ValueError("clips: expected at least one, got none; check what was dropped, and why")
    lengths = np.array([len(clip.points) for clip in clips], np.int64)
    frames = int(lengths.max()) if frames is None else frames
    for clip in clips:
        if len(clip.points) > frames:
            raise ValueError(
                f"{clip.name}: {len(clip.points)} frames; expected at most {frames}; pad to more"
            )
        if clip.label not in labels:
            raise ValueError(
                f"{clip.name}: label {clip.label!r}; expected one of {', '.join(labels)}"
            )
    inputs = np.zeros((len(clips), frames, 2 * clips[0].points.shape[1]), np.float32)
    for row, clip in zip(inputs, clips, strict=True):
        row[: len(clip.points)] = clip.points.reshape(len(clip.points), -1)
    return Padded(inputs, np.array([labels.index(clip.label) for clip in clips], np.int64), lengths)
