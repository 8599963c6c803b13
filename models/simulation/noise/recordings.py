"""Recordings of a pose network beside the truth, and what is left when the truth is taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.noise.aspect import ROWS, aspect_of
from models.simulation.noise.joints import TURNED_OVER, anchors, expected
from models.simulation.noise.model import motion_of
from models.simulation.noise.states import states_of
from models.skeleton import BODY, SKELETONS, Keypoints, Skeleton, convert


@dataclass(frozen=True, eq=False)
class Recording:
    """What a network said of somebody, (T, J, 3) at times `t` (T,) s, whose joints in the order of
    `BODY` were at `true` (T, 17, 2) px. `subject` is the person, or the seed that drew one."""

    name: str
    subject: str
    skeleton: Skeleton
    keypoints: Keypoints
    true: Floats
    t: Floats


def read_recordings(folder: Path) -> list[Recording]:
    """All recordings (`.npz`, key-point files with `true` and `subject`) of a folder, by name.
    Raises ValueError when there is none."""
    found = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as file:
            found.append(
                Recording(
                    *(path.stem, str(file["subject"]), SKELETONS[str(file["skeleton"])]),
                    *(file["keypoints"], file["true"], file["t"]),
                )
            )
    if not found:
        raise ValueError(f"recordings: expected .npz files in {folder}, got none; make them first")
    return found


@dataclass(frozen=True, eq=False)
class Residuals:
    """What is left of recordings: N frames, one after the other; `begin` (N,) marks the first ones.

    `off` (N, J, 2) leg lengths from the anchor of the frame's `state`, along the image's axes; NaN
    where not seen. `confidence` (N, J), 0 where lost; `far` (N, J) 1 on the hidden side. `row` (N,)
    is `body_row`, but `ROWS` where turned over; `present` (N,) whether anything was seen; `motion`
    (N, J, 2) as in `motion_of`. The others are those of `Aspect`, of the true body.
    """

    off: Floats
    confidence: Floats
    far: NDArray[np.intp]
    row: NDArray[np.intp]
    state: NDArray[np.intp]
    present: NDArray[np.bool_]
    begin: NDArray[np.bool_]
    t: Floats
    up: Floats
    profile: Floats
    motion: Floats
    bin: NDArray[np.intp]
    body_row: NDArray[np.intp]
    side_on: NDArray[np.intp]


def residuals(recordings: Sequence[Recording], offset: Floats | None = None) -> Residuals:
    """Of recordings of one skeleton; `offset` as in `KeypointNoise`."""
    parts = [_residuals(one, offset) for one in recordings]
    names = Residuals.__dataclass_fields__
    return Residuals(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))


def _residuals(one: Recording, offset: Floats | None) -> Residuals:
    body, aspect = anchors(one.skeleton), aspect_of(one.true, one.t)
    state = states_of(one.true, convert(one.keypoints, one.skeleton, BODY), aspect.leg)
    points = expected(one.true, state, body)
    if offset is not None:
        points += aspect.off(offset)
    confidence = np.minimum(one.keypoints[..., 2], 1.0).astype(np.float64)
    off = (one.keypoints[..., :2] - points) / aspect.leg
    return Residuals(
        off=np.where(confidence[..., None] > 0, off, np.nan),
        confidence=confidence,
        far=aspect.far(body.side),
        row=np.where(state & TURNED_OVER, ROWS, aspect.row),
        state=state,
        present=np.asarray((confidence > 0).any(axis=1)),
        begin=np.arange(len(one.t)) == 0,
        t=one.t,
        up=aspect.up,
        profile=aspect.profile,
        motion=motion_of(one.true, one.t, aspect, body),
        bin=aspect.bin,
        body_row=aspect.row,
        side_on=aspect.side_on,
    )
