"""The landmark network: 33 joints of the one person in a region, and where the body is."""

from __future__ import annotations

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
_JOINTS = 33
_HEAT = 64
_PLACES_OUT, _PRESENCE_OUT, _HEAT_OUT = (1, _POINTS * 5), (1, 1), (1, _HEAT, _HEAT, _POINTS)
_REFINE = 9  # side of the heat-map window, cells
_MIN_HEAT = 0.5  # a weaker peak does not refine

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """`presence` 0...1; `joints` (33, 3): x px, y px, visibility 0...1; `body` (2, 2): mid-hip
    and a point of the circle round the body, px, from which the next region is made."""

    presence: float
    joints: Floats
    body: Floats


class LandmarkNetwork:
    """Reads one person's joints from a region of the frame."""

    def __init__(self, path: Path, threads: int) -> None:
        self._network = Network(
            path,
            input_shape=(1, SIZE, SIZE, 3),
            output_shapes=(_PLACES_OUT, _PRESENCE_OUT, _HEAT_OUT),
            threads=threads,
        )
        self._tensor = np.empty((1, SIZE, SIZE, 3), np.float32)

    def read(self, image: Image, region: Region) -> Landmarks:
        """Landmarks of the person in `region`; look at `presence` before you trust them."""
        crop = cut(image, region, SIZE, cv2.BORDER_REPLICATE)
        cv2.cvtColor(crop, cv2.COLOR_BGR2RGB, dst=crop)
        np.multiply(crop, np.float32(1 / 255), out=self._tensor[0])
        self._network.run(self._tensor)
        raw = self._network.read(_PLACES_OUT).reshape(_POINTS, 5)
        xy = refine(raw[:, :2] / np.float64(SIZE), self._network.read(_HEAT_OUT)[0])
        placed = region.place(xy)
        visibility = sigmoid(raw[:_JOINTS, 3:4])
        return Landmarks(
            presence=float(self._network.read(_PRESENCE_OUT)[0, 0]),
            joints=np.hstack([placed[:_JOINTS], visibility]),
            body=placed[_JOINTS : _JOINTS + 2],
        )


def refine(points: Floats, heat: Tensor) -> Floats:
    """Move (n, 2) points (0...1) to the centre of mass of their heat map in a 9 x 9 window.

    `heat` is (h, w, n) logits. Points outside the map, or with a weak peak, stay (MediaPipe's
    RefineLandmarksFromHeatmap).
    """
    height, width = heat.shape[:2]
    reach = _REFINE // 2
    offsets = np.arange(-reach, reach + 1)
    n = np.arange(len(points))
    columns = (points[:, 0] * width).astype(int)
    rows = (points[:, 1] * height).astype(int)
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    column = columns[:, None] + offsets
    row = rows[:, None] + offsets
    valid = ((row >= 0) & (row < height))[:, :, None] & ((column >= 0) & (column < width))[:, None]
    logits = heat[
        np.clip(row, 0, height - 1)[:, :, None],
        np.clip(column, 0, width - 1)[:, None, :],
        n[:, None, None],
    ]
    weight = np.where(valid, sigmoid(logits), 0).astype(np.float64)
    total = weight.sum(axis=(1, 2))
    strong = inside & (weight.max(axis=(1, 2)) >= _MIN_HEAT) & (total > 0)
    centre = (
        np.stack(
            [
                (weight.sum(axis=1) * column).sum(axis=1) / width,
                (weight.sum(axis=2) * row).sum(axis=1) / height,
            ],
            axis=1,
        )
        / np.where(total > 0, total, 1)[:, None]
    )
    return np.where(strong[:, None], centre, points)
