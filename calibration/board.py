"""The printed board that a lens is calibrated with: its picture, its page, and finding it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.page import Rectangle
from models.lens import Floats

BoardKind = Literal["charuco", "chessboard"]
Image = NDArray[np.uint8]

_COLUMNS, _ROWS = 7, 10
_SQUARE_MM = 24.0  # 168 x 240 mm: with white around it on A4 and on Letter
INNER_MM = _SQUARE_MM * np.array(
    [[1, 1], [_COLUMNS - 1, 1], [_COLUMNS - 1, _ROWS - 1], [1, _ROWS - 1]]
)
"""The outermost corners of squares that are found (4, 2)."""
MARKER_MM = 168.0
_MARKER_MODULES = 6
_MODULES = 8  # of a square; the marker in it has 6: 18 mm
_DICTIONARY = cv2.aruco.DICT_4X4_50
_FEWEST = 12
_CENTRE = 0.5  # OpenCV counts from the middle of the first pixel, we from the picture's corner


@dataclass(frozen=True, eq=False)
class View:
    """A board as seen in a picture of `size` (width, height): `pixels` (N, 2), counted from the
    picture's corner, of the board's `points` (N, 2) millimetres."""

    size: tuple[int, int]
    points: Floats
    pixels: Floats


@dataclass(frozen=True)
class Board:
    """A ChArUco board, which may be seen in part, or a chessboard, which is seen whole."""

    kind: BoardKind = "charuco"

    @property
    def size_mm(self) -> tuple[float, float]:
        return _COLUMNS * _SQUARE_MM, _ROWS * _SQUARE_MM

    @property
    def black(self) -> NDArray[np.bool_]:
        """The board in modules of `size_mm[0] / width` mm, (height, width)."""
        if self.kind == "charuco":
            size = (_COLUMNS * _MODULES, _ROWS * _MODULES)
            picture = self._charuco.generateImage(size, marginSize=0, borderBits=1)
            return np.asarray(picture == 0, dtype=np.bool_)
        rows, columns = np.indices((_ROWS, _COLUMNS))
        return np.asarray((rows + columns) % 2 == 0)

    def rectangles(self) -> list[Rectangle]:
        """What is black, in mm from the upper left corner."""
        return _rectangles(self.black, self.size_mm[0] / self.black.shape[1])

    def find(self, image: Image) -> View | None:
        """The board in a BGR or grey picture; None where too little of it is seen."""
        grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        size = (grey.shape[1], grey.shape[0])
        found = self._find_charuco(grey) if self.kind == "charuco" else self._find_chessboard(grey)
        if found is None:
            return None
        points, pixels = found
        spread = np.linalg.matrix_rank(points - points.mean(axis=0), tol=_SQUARE_MM)
        return View(size, points, pixels + _CENTRE) if spread == 2 else None

    def _find_charuco(self, grey: Any) -> tuple[Floats, Floats] | None:
        corners, ids, _, _ = self._detector.detectBoard(grey)
        if ids is None or len(ids) < _FEWEST:
            return None
        points = np.asarray(self._charuco.getChessboardCorners(), dtype=np.float64)
        return points[ids.ravel(), :2], corners.reshape(-1, 2).astype(np.float64)

    def _find_chessboard(self, grey: Any) -> tuple[Floats, Floats] | None:
        shape = (_COLUMNS - 1, _ROWS - 1)
        flags = cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_ACCURACY
        found, corners = cv2.findChessboardCornersSB(grey, shape, flags=flags)
        if not found:
            return None
        rows, columns = np.indices(shape[::-1])
        points = np.stack([columns, rows], axis=-1).reshape(-1, 2) * _SQUARE_MM + _SQUARE_MM
        return points, corners.reshape(-1, 2).astype(np.float64)

    @cached_property
    def _charuco(self) -> Any:
        markers = cv2.aruco.getPredefinedDictionary(_DICTIONARY)
        side = _SQUARE_MM * _MARKER_MODULES / _MODULES
        return cast(Any, cv2.aruco.CharucoBoard((_COLUMNS, _ROWS), _SQUARE_MM, side, markers))

    @cached_property
    def _detector(self) -> Any:
        return cast(Any, cv2.aruco.CharucoDetector(self._charuco))


def marker_rectangles() -> list[Rectangle]:
    """What is black of the marker for the floor, `MARKER_MM` wide, in mm from its corner."""
    picture = cv2.aruco.getPredefinedDictionary(_DICTIONARY).generateImageMarker(0, _MARKER_MODULES)
    return _rectangles(np.asarray(picture == 0, dtype=np.bool_), MARKER_MM / _MARKER_MODULES)


def find_marker(image: Image) -> Floats | None:
    """The corners (4, 2) of the largest marker in a picture, in the order of its own picture
    (clockwise), in pixels from the picture's corner; None without one."""
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(_DICTIONARY))
    corners, _, _ = detector.detectMarkers(image)
    markers = [np.asarray(each, dtype=np.float64).reshape(4, 2) for each in corners]
    largest = max(markers, key=lambda each: cv2.contourArea(each.astype(np.float32)), default=None)
    return None if largest is None else largest + _CENTRE


def _rectangles(black: NDArray[np.bool_], module: float) -> list[Rectangle]:
    """Runs of black modules (rows, columns), as high as they stay the same; none overlap."""
    left, found = black.copy(), []
    for row, column in zip(*np.nonzero(black), strict=True):
        if not left[row, column]:
            continue
        run = left[row, column:]
        width = len(run) if run.all() else int(np.argmin(run))
        height = 1
        while row + height < len(left) and left[row + height, column : column + width].all():
            height += 1
        left[row : row + height, column : column + width] = False
        found.append((column * module, row * module, width * module, height * module))
    return found
