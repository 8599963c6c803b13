"""The person detector: anchors, decoding, weighted non-maximum suppression."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.pose.blazepose.network import Network, Tensor, sigmoid
from models.pose.blazepose.region import Region, cut
from models.pose.protocol import Image

SIZE = 224
MIN_SCORE = 0.5
_MIN_OVERLAP = 0.3  # intersection over union from which boxes are one person
_LAYERS = ((8, 2), (16, 2), (32, 6))  # stride, anchors per cell (three layers share stride 32)
_BOXES_OUT, _SCORES_OUT = (1, 2254, 12), (1, 2254, 1)
_HIPS, _CIRCLE = 4, 6  # columns of the two alignment points behind the box


@dataclass(frozen=True, slots=True)
class Detection:
    score: float
    region: Region


def anchors() -> Tensor:
    """(2254, 2) anchor centres, 0...1: one unit-sized anchor set per cell of each layer."""
    rows = []
    for stride, count in _LAYERS:
        cells = SIZE // stride
        centres = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(centres, centres, indexing="ij")
        rows.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), count, axis=0))
    return np.concatenate(rows).astype(np.float32)


class Detector:
    """Finds people in a part of a frame or the whole."""

    def __init__(self, path: Path, threads: int) -> None:
        self._network = Network(
            path,
            input_shape=(1, SIZE, SIZE, 3),
            output_shapes=(_BOXES_OUT, _SCORES_OUT),
            threads=threads,
        )
        self._anchors = np.tile(anchors(), 6)  # x, y for the box centre, its size, four points
        self._anchors[:, 2:4] = 0

    def detect(self, image: Image, window: Region) -> list[Detection]:
        """People in an upright `window` of `image`, best first."""
        crop = cut(image, window, SIZE, cv2.BORDER_CONSTANT)
        cv2.cvtColor(crop, cv2.COLOR_BGR2RGB, dst=crop)
        np.divide(crop, np.float32(127.5), out=self._network.input[0])
        self._network.input[0] -= 1
        self._network.run()
        scores = sigmoid(self._network.read(_SCORES_OUT).ravel())
        likely = scores >= MIN_SCORE
        rows = self._network.read(_BOXES_OUT)[0, likely] / np.float32(SIZE)
        rows += self._anchors[likely]
        return [
            Detection(score, self._region(window, row))
            for score, row in merge_overlapping(scores[likely], rows)
        ]

    @staticmethod
    def _region(window: Region, row: Tensor) -> Region:
        points = row[[_HIPS, _HIPS + 1, _CIRCLE, _CIRCLE + 1]].astype(np.float64).reshape(2, 2)
        x, y, top_x, top_y = window.place(points).ravel().tolist()
        return Region.of_body((x, y, top_x, top_y))


def merge_overlapping(scores: Tensor, rows: Tensor) -> list[tuple[float, Tensor]]:
    """Weighted non-maximum suppression: boxes that overlap the best one become their
    score-weighted mean. `rows` is (n, 12): centre x, y, width, height, four points.
    """
    order = np.argsort(-scores, kind="stable")
    scores, rows = scores[order], rows[order]
    merged = []
    while len(scores):
        same = _overlap(rows[0], rows) > _MIN_OVERLAP
        same[0] = True
        weights = scores[same, None]
        merged.append((float(scores[0]), (rows[same] * weights).sum(axis=0) / weights.sum()))
        scores, rows = scores[~same], rows[~same]
    return merged


def _overlap(box: Tensor, boxes: Tensor) -> Tensor:
    """Intersection over union of one box with (n, 12) boxes."""
    low = np.maximum(box[:2] - box[2:4] / 2, boxes[:, :2] - boxes[:, 2:4] / 2)
    high = np.minimum(box[:2] + box[2:4] / 2, boxes[:, :2] + boxes[:, 2:4] / 2)
    intersection = np.clip(high - low, 0, None).prod(axis=1)
    union = box[2:4].prod() + boxes[:, 2:4].prod(axis=1) - intersection
    result: Tensor = intersection / np.maximum(union, np.finfo(np.float32).eps)
    return result
