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
Body = tuple[float, float, float, float]
"""MediaPipe's two alignment points, px: x, y of the mid-hip, and of a point of the circle round the
whole body, whose direction is the body axis (hips to head)."""

# What the network hardly notices: of a rotation, radians; of the side, shares.
_SAME_TURN, _SAME_PLACE, _SAME_SIDE = math.radians(12.0), 0.1, 0.15
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
    def of_body(cls, body: Body) -> Region:
        """The region whose middle is the mid-hip, and that stands the body upright."""
        x, y, top_x, top_y = body
        dx, dy = top_x - x, top_y - y
        return cls(x, y, 2 * math.hypot(dx, dy) * _MARGIN, wrapped(math.atan2(dx, -dy)))

    @classmethod
    def of_frame(cls, width: int, height: int) -> Region:
        """The whole frame, letterboxed."""
        return cls(width / 2, height / 2, float(max(width, height)), 0.0)

    def to_frame(self) -> NDArray[np.float64]:
        """(2, 3) affine map from crop coordinates (0...1, x right, y down) to frame pixels."""
        c, s = math.cos(self.rotation) * self.side, math.sin(self.rotation) * self.side
        return np.array([[c, -s, self.x - (c - s) / 2], [s, c, self.y - (s + c) / 2]])

    def place(self, points: Points) -> Points:
        """Map (n, 2) crop coordinates (0...1) to frame pixels."""
        matrix = self.to_frame()
        placed: Points = points @ matrix[:, :2].T + matrix[:, 2]
        return placed


def alike(a: Region, b: Region) -> bool:
    """Whether the network would see much the same in both."""
    side = max(a.side, b.side)
    return (
        abs(wrapped(a.rotation - b.rotation)) < _SAME_TURN
        and math.hypot(a.x - b.x, a.y - b.y) < _SAME_PLACE * side
        and min(a.side, b.side) > (1 - _SAME_SIDE) * side
    )


def cut(image: Image, region: Region, size: int, border: int) -> Image:
    """The region as a (size, size, 3) picture, bilinear, in one warp straight from the frame.

    `border` is OpenCV's border type for what lies outside the frame.
    """
    matrix = region.to_frame()
    matrix[:, :2] /= size
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(image, matrix, (size, size), flags=flags, borderMode=border)
    return cast(Image, crop)
