"""Square, rotated regions of interest and the warps that cut them out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from models.pose.protocol import Image

Points = NDArray[np.float64]

_MARGIN = 1.25  # MediaPipe's RectTransformation: scale_x = scale_y = 1.25, square_long


def wrapped(angle: float) -> float:
    """The same direction in -pi...pi radians."""
    return (angle + math.pi) % (2 * math.pi) - math.pi


@dataclass(frozen=True, slots=True)
class Region:
    """A square: centre in px, side in px, rotation in radians (clockwise in the image, so that
    the body axis, hips to head, points up in the crop)."""

    x: float
    y: float
    side: float
    rotation: float

    @classmethod
    def of_body(cls, body: Points) -> Region:
        """From MediaPipe's two alignment points, (2, 2) px: the mid-hip and a point of the circle
        round the whole body, whose direction is the body axis.
        """
        hips = body[0]
        dx, dy = body[1] - hips
        rotation = wrapped(float(np.pi / 2 - np.arctan2(-dy, dx)))
        side = 2 * float(np.hypot(dx, dy)) * _MARGIN
        return cls(float(hips[0]), float(hips[1]), side, rotation)

    @classmethod
    def of_frame(cls, width: int, height: int) -> Region:
        """The whole frame, letterboxed."""
        return cls(width / 2, height / 2, float(max(width, height)), 0.0)

    def to_frame(self) -> NDArray[np.float64]:
        """(2, 3) affine map from crop coordinates (0...1, x right, y down) to frame pixels."""
        c, s = np.cos(self.rotation) * self.side, np.sin(self.rotation) * self.side
        return np.array(
            [[c, -s, self.x - (c - s) / 2], [s, c, self.y - (s + c) / 2]], dtype=np.float64
        )

    def place(self, points: Points) -> Points:
        """Map (n, 2) crop coordinates (0...1) to frame pixels."""
        matrix = self.to_frame()
        placed: Points = points @ matrix[:, :2].T + matrix[:, 2]
        return placed


def cut(image: Image, region: Region, size: int, border: int) -> Image:
    """The region as a (size, size, 3) picture, bilinear, in one warp straight from the frame.

    `border` is OpenCV's border type for what lies outside the frame.
    """
    matrix = region.to_frame()
    matrix[:, :2] /= size
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(image, matrix, (size, size), flags=flags, borderMode=border)
    return cast(Image, crop)
