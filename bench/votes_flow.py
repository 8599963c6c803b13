"""Jumps from the optical flow around the legs: no left and right to be mistaken.

Dense inverse search (Kroeger et al., ECCV 2016) between consecutive frames, both cut to the box
around the legs in the newer one. Steps: how much faster the left half of the picture goes up than
the right one. Jumps with both feet: how fast all of it goes up. Decoded like the counter's own
signals; nothing asks whether this is rope jumping at all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.clips import Picture
from realtime.recognise.resample import Resampler
from realtime.recognise.stride import LAG, STEP_S, CycleDecoder, HalfCycles
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

WIDTH, HEIGHT = 1.2, 1.3
"""The box in leg lengths, down from the hips."""
LEG_PX = 80
"""A leg's length in the picture whose flow is taken."""
USUAL_S = 1.2
"""Trailing window by which the flow is centred and scaled, as in `recognise/switching.py`."""
LEAST = 0.01
"""Leg lengths per frame: a smaller flow counts as this much."""

_SATURATION = 1.5
_NO_GUESS = cast(NDArray[np.float32], None)  # the stubs know of no call without one
_STEPS, _BOTH = (2, 10), (2, 8)  # half cycles per second: steps, and jumps with both feet
_SIZE = (round(WIDTH * LEG_PX), round(HEIGHT * LEG_PX))

Timed = Iterable[tuple[Picture, tuple[int, int], float]]


def flows(pictures: Timed, seen: Sequence[BodyPose], begin_s: float, end_s: float) -> Floats:
    """(N, 3) of each frame between `begin_s` and `end_s` in which hips are known: time, and the
    flow up in leg lengths per frame of the left and the right half of the box."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    times = np.array([pose.t for pose in seen])
    last: Picture | None = None
    rows = []
    for picture, corner, t in pictures:
        if t > end_s:
            break
        grey = cast(Picture, cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)) if t >= begin_s else None
        pose = seen[int(np.abs(times - t).argmin())]
        if grey is not None and last is not None and pose.leg_length > 0:
            old, new = (_box(one, pose, corner) for one in (last, grey))
            up = -dis.calc(old, new, _NO_GUESS)[..., 1] / LEG_PX
            half = _SIZE[0] // 2
            rows.append((t, float(up[:, :half].mean()), float(up[:, half:].mean())))
        last = grey
    return np.array(rows).reshape(-1, 3)


def beats(flow: Floats, both: bool) -> Floats:
    """Times (M,) of the steps, or of the jumps with both feet, in a flow (N, 3)."""
    if len(flow) < 2:
        return np.zeros(0)
    frame_s = float(np.median(np.diff(flow[:, 0])))
    decoder = CycleDecoder(*(_BOTH if both else _STEPS), change_steps=round(frame_s / STEP_S))
    resampler, cycles, found = Resampler(STEP_S), HalfCycles(), []
    recent: deque[float] = deque(maxlen=round(USUAL_S / STEP_S))
    times: deque[float] = deque(maxlen=LAG + 1)
    for frame_t, left, right in flow.tolist():
        for t, row in resampler.push(frame_t, np.array([left + right if both else left - right])):
            recent.append(float(row[0]))
            times.append(t)
            phase = decoder.update(_scaled(np.array(recent)))
            new = phase is not None and cycles.update(phase, going=True)
            if new and (not both or cycles.halves % 2):
                found.append(times[0])
    return np.array(found)


def _scaled(recent: Floats) -> float:
    """The newest of the trailing values, centred and scaled to -1 ... 1."""
    centred = recent - np.median(recent)
    spread = max(float(np.percentile(np.abs(centred), 80)), LEAST)
    return float(np.tanh(_SATURATION * centred[-1] / spread))


def _box(grey: Picture, pose: BodyPose, corner: tuple[int, int]) -> NDArray[np.uint8]:
    """The legs (HEIGHT, WIDTH) x `LEG_PX`, hips in the middle of the upper edge."""
    scale = LEG_PX / pose.leg_length
    x, y = pose.hip - corner
    move = np.array([[scale, 0, _SIZE[0] / 2 - scale * x], [0, scale, -scale * y]])
    return cast(
        NDArray[np.uint8],
        cv2.warpAffine(grey, move, _SIZE, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE),
    )
