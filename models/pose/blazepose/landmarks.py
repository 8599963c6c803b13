"""The landmark network: 33 joints of the one person in a region, and where the body is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.pose.blazepose.network import Network, Tensor, sigmoid
from models.pose.blazepose.region import Body, Region, cut
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


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """What the network sees in a `region` of the frame.

    `presence` 0...1; `joints` (33, 3): x px, y px, visibility 0...1; `body`: the
    alignment points from which the next region is made; `sharpness` 0...1:
    mean peak of the main joints' heat maps; `lean`: direction of the trunk (hips to shoulders) in
    the crop, radians, clockwise, 0 = upright.
    """

    region: Region
    presence: float
    joints: Floats
    body: Body
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
        joints = np.empty((_USED, 3))
        joints[:, :2] = region.place(xy)
        joints[:, 2] = sigmoid(raw[:, 3])
        (x, y), (top_x, top_y) = joints[_JOINTS:, :2].tolist()
        return Landmarks(
            region=region,
            presence=float(self._network.read(_PRESENCE_OUT)[0, 0]),
            joints=joints[:_JOINTS],
            body=(x, y, top_x, top_y),
            sharpness=sum(peaks[_MAIN].tolist()) / len(_MAIN),
            lean=_lean(xy[_MAIN[:4]].tolist()),
        )


def _lean(trunk: list[list[float]]) -> float:
    """Direction of the trunk from both shoulders and both hips (x, y)."""
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = trunk
    return math.atan2(x1 + x2 - x3 - x4, y3 + y4 - y1 - y2)


_OFFSETS = np.arange(-(_REFINE // 2), _REFINE // 2 + 1)


def refine(points: Floats, heat: Tensor) -> tuple[Floats, Tensor]:
    """Move (n, 2) points (0...1) to the centre of mass of their heat map in a 9 x 9 window.

    `heat` is (h, w, at least n) logits. Points outside the map, or with a weak peak, stay
    (MediaPipe's RefineLandmarksFromHeatmap). Also returns each window's peak (n,), 0...1.
    """
    height, width, maps = heat.shape
    columns = (points[:, 0] * width).astype(np.intp)
    rows = (points[:, 1] * height).astype(np.intp)
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    column = columns[:, None] + _OFFSETS
    row = rows[:, None] + _OFFSETS
    cells = np.clip(row, 0, height - 1)[:, :, None] * width + np.clip(column, 0, width - 1)[:, None]
    weight = sigmoid(heat.ravel().take(cells * maps + np.arange(len(points))[:, None, None]))
    weight *= ((row >= 0) & (row < height))[:, :, None]
    weight *= ((column >= 0) & (column < width))[:, None]
    peaks = weight.max(axis=(1, 2))
    by_row, by_column = weight.sum(axis=2, dtype=np.float64), weight.sum(axis=1, dtype=np.float64)
    total = by_row.sum(axis=1)
    strong = inside & (peaks >= _MIN_HEAT)
    total[~strong] = 1
    centre = np.empty_like(points)
    centre[:, 0] = (by_column * column).sum(axis=1) / (width * total)
    centre[:, 1] = (by_row * row).sum(axis=1) / (height * total)
    return np.where(strong[:, None], centre, points), peaks
