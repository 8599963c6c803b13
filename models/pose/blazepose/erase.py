"""Takes people out of a crop: who is known is painted over with what is around him.

The networks find whom they see foremost. Of two who stand close together they find one, unless the
other is not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from models.pose.blazepose.region import Region
from models.pose.protocol import Image
from models.skeleton import BLAZEPOSE_33

_AROUND = 0.2  # of the crop's side: how far away the colour is taken from
# Widths in lengths of the box from head to feet.
_LIMB, _ARM, _HEAD = 0.1, 0.06, 0.09
_NOSE = BLAZEPOSE_33.index("nose")
_TRUNK = [
    BLAZEPOSE_33.index(joint)
    for joint in ("left_shoulder", "right_shoulder", "right_hip", "left_hip")
]
_LIMBS = {
    tuple(BLAZEPOSE_33.index(f"{side}_{part}") for part in parts): width
    for side in ("left", "right")
    for parts, width in (
        (("shoulder", "hip", "knee", "ankle", "toe"), _LIMB),
        (("shoulder", "elbow", "wrist"), _ARM),
    )
}

Floats = NDArray[np.float64]
Mask = NDArray[np.uint8]


def erase(crop: Image, region: Region, people: Iterable[Floats]) -> Mask | None:
    """Paint over in `crop`, the picture of `region`, everybody with joints (33, 2 or more), px.

    Returns where that is, not 0; None: nowhere.
    """
    inside = [
        p for p in (_in_crop(crop, region, joints) for joints in people) if _overlaps(p, crop)
    ]
    if not inside:
        return None
    mask: Mask = np.zeros(crop.shape[:2], np.uint8)
    for points in inside:
        _draw(mask, points)
    size = round(_AROUND * len(crop)) | 1
    kept = (mask == 0).astype(np.float32)
    colours = cv2.blur(crop * kept[..., None], (size, size))
    share = np.maximum(cv2.blur(kept, (size, size)), 1e-3)
    hidden = mask > 0
    crop[hidden] = (colours[hidden] / share[hidden, None]).astype(np.uint8)
    return mask


def share_in(mask: Mask | None, points: Floats) -> float:
    """Share of points (n, 2), 0...1 in the crop, where it was painted over."""
    if mask is None:
        return 0.0
    x, y = np.clip((points * len(mask)).astype(np.intp), 0, len(mask) - 1).T
    return float(np.count_nonzero(mask[y, x])) / len(points)


def _in_crop(crop: Image, region: Region, joints: Floats) -> Floats:
    matrix = region.to_frame()
    within = np.linalg.solve(matrix[:, :2], (joints[:, :2] - matrix[:, 2]).T)
    return cast(Floats, within.T * len(crop))


def _overlaps(points: Floats, crop: Image) -> bool:
    low, high = points.min(axis=0), points.max(axis=0)
    return bool((high > 0).all() and (low < len(crop)).all())


def _draw(mask: Mask, points: Floats) -> None:
    size = float(np.ptp(points, axis=0).max())
    pixels: NDArray[np.int32] = np.clip(points, -4000, 4000).round().astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(pixels[_TRUNK]), 255)
    for joints, width in _LIMBS.items():
        thickness = max(round(width * size), 1)
        cv2.polylines(mask, [pixels[[*joints]]], isClosed=False, color=255, thickness=thickness)
    cv2.circle(mask, pixels[_NOSE].tolist(), max(round(_HEAD * size), 1), 255, cv2.FILLED)
