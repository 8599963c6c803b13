"""The landmark network: 33 joints of the one person in a region, and where the body is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.pose.blazepose.network import Network, Tensor, sigmoid
from models.pose.blazepose.region import Region, cut
from models.pose.protocol import Image

SIZE = 256
_POINTS = 39  # 33 joints, 2 alignment points, 4 that MediaPipe leaves unused
_USED = 35
_JOINTS = 33
_HEAT = 64
_PLACES_OUT, _PRESENCE_OUT, _HEAT_OUT = (1, _POINTS * 5), (1, 1), (1, _HEAT, _HEAT, _POINTS)
_REFINE = 9  # side of the heat-map window, cells
_MIN_HEAT = 0.5  # a weaker peak does not refine

_TO_UNIT = np.float32(1 / 255)

Floats = NDArray[np.float64]


# Joints by which a crop is judged: shoulders, hips, knees, ankles.
_MAIN = [11, 12, 23, 24, 25, 26, 27, 28]
_SHOULDERS, _HIPS = [11, 12], [23, 24]


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """What the network sees in a `region` of the frame.

    `presence` 0...1; `joints` (33, 3): x px, y px, visibility 0...1; `body` (2, 2): mid-hip and a
    point of the circle round the body, px, from which the next region is made; `sharpness` 0...1:
    mean peak of the main joints' heat maps; `lean`: direction of the trunk (hips to shoulders) in
    the crop, radians, clockwise, 0 = upright.
    """

    region: Region
    presence: float
    joints: Floats
    body: Floats
    sharpness: float
    lean: float


class LandmarkNetwork:
    """Reads one person's joints from a region of the frame."""

    def __init__(self, path: Path, threads: int) -> None:
        self._network = Network(
            path,
            input_shape=(1, SIZE, SIZE, 3),
            output_shapes=(_PLACES_OUT, _PRESENCE_OUT, _HEAT_OUT),
            threads=threads,
        )

    def read(self, image: Image, region: Region) -> Landmarks:
        """Landmarks of the person in `region`; look at `presence` before you trust them."""
        crop = cut(image, region, SIZE, cv2.BORDER_REPLICATE)
        cv2.cvtColor(crop, cv2.COLOR_BGR2RGB, dst=crop)
        np.multiply(crop, _TO_UNIT, out=self._network.input[0])
        self._network.run()
        raw = self._network.read(_PLACES_OUT)[0, : _USED * 5].reshape(_USED, 5)
        xy, peaks = refine(raw[:, :2] / np.float64(SIZE), self._network.read(_HEAT_OUT)[0])
        placed = region.place(xy)
        visibility = sigmoid(raw[:_JOINTS, 3:4])
        trunk = xy[_SHOULDERS].sum(axis=0) - xy[_HIPS].sum(axis=0)
        return Landmarks(
            region=region,
            presence=float(self._network.read(_PRESENCE_OUT)[0, 0]),
            joints=np.hstack([placed[:_JOINTS], visibility]),
            body=placed[_JOINTS:],
            sharpness=float(peaks[_MAIN].mean()),
            lean=math.atan2(trunk[0], -trunk[1]),
        )


_OFFSETS = np.arange(-(_REFINE // 2), _REFINE // 2 + 1)


def refine(points: Floats, heat: Tensor) -> tuple[Floats, Tensor]:
    """Move (n, 2) points (0...1) to the centre of mass of their heat map in a 9 x 9 window.

    `heat` is (h, w, at least n) logits. Points outside the map, or with a weak peak, stay
    (MediaPipe's RefineLandmarksFromHeatmap). Also returns each window's peak (n,), 0...1.
    """
    height, width = heat.shape[:2]
    n = np.arange(len(points))
    columns = (points[:, 0] * width).astype(int)
    rows = (points[:, 1] * height).astype(int)
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    column = columns[:, None] + _OFFSETS
    row = rows[:, None] + _OFFSETS
    valid = ((row >= 0) & (row < height))[:, :, None] & ((column >= 0) & (column < width))[:, None]
    logits = heat[
        np.clip(row, 0, height - 1)[:, :, None],
        np.clip(column, 0, width - 1)[:, None, :],
        n[:, None, None],
    ]
    weight = sigmoid(logits) * valid
    peaks = weight.max(axis=(1, 2))
    total = weight.sum(axis=(1, 2), dtype=np.float64)
    strong = inside & (peaks >= _MIN_HEAT)
    total[~strong] = 1
    x = (weight.sum(axis=1, dtype=np.float64) * column).sum(axis=1) / (width * total)
    y = (weight.sum(axis=2, dtype=np.float64) * row).sum(axis=1) / (height * total)
    return np.where(strong[:, None], np.stack([x, y], axis=1), points), peaks
