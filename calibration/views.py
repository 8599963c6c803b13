"""From views of a board to the lens: which views are still missing, and the calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from calibration.board import INNER_MM, View
from calibration.lens import Intrinsics
from models.lens import LINEAR, WIDE, Floats, Lens

Kind = Literal["left", "right", "top", "bottom", "turned", "tilted", "near", "far"]
ADVICE: dict[Kind, str] = {
    "left": "at the left edge of the picture",
    "right": "at the right edge of the picture",
    "top": "at the top edge of the picture",
    "bottom": "at the bottom edge of the picture",
    "turned": "turned to the side by a third of a right angle or more",
    "tilted": "tilted back or forward by a third of a right angle or more",
    "near": "so near that it fills a quarter of the picture",
    "far": "farther away",
}
NEEDED: tuple[Kind, ...] = ("left", "right", "top", "bottom", "turned", "tilted")
"""Without these the lens is not determined; the others make it better."""
FEWEST = 8
MOST = 40

_EDGE = 0.15
_NEAR, _FAR = 0.22, 0.12
_SLANT_DEG = 18.0
_FOCAL_SHARE, _WIDE_FOCAL_SHARE = 0.75, 0.5
_ALIKE = 0.04
_SIGNIFICANT = 3.0
_WORST_SHARE, _WORST_PX = 0.001, 0.5  # of the longer side; a flat print gives a third of that
_TERMS = (
    ([4], cv2.CALIB_FIX_K3),
    ([1], cv2.CALIB_FIX_K2),
    ([0], cv2.CALIB_FIX_K1),
    ([2, 3], cv2.CALIB_ZERO_TANGENT_DIST),
)
"""Terms of the distortion in the order in which they are left out where the views do not show them;
a radial term only after those of higher order."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """The lens, the root mean square reprojection error, and how many views it is from."""

    intrinsics: Intrinsics
    error_px: float
    views: int


def kinds(view: View) -> set[Kind]:
    """What a view contributes."""
    found: set[Kind] = set()
    low, high = view.pixels.min(axis=0) / view.size, view.pixels.max(axis=0) / view.size
    ends: tuple[tuple[Kind, bool], ...] = (
        ("left", low[0] < _EDGE),
        ("right", high[0] > 1 - _EDGE),
        ("top", low[1] < _EDGE),
        ("bottom", high[1] > 1 - _EDGE),
    )
    found |= {kind for kind, there in ends if there}
    hull = cv2.convexHull(view.pixels.astype(np.float32))
    share = cv2.contourArea(hull) / (view.size[0] * view.size[1])
    if share >= _NEAR:
        found.add("near")
    if share <= _FAR:
        found.add("far")
    sideways, upwards = np.abs(_slant_deg(view))
    if sideways >= _SLANT_DEG:
        found.add("turned")
    if upwards >= _SLANT_DEG:
        found.add("tilted")
    return found


def missing(views: Sequence[View]) -> list[Kind]:
    """The kinds of view that nobody has shown yet, in the order in which to ask for them."""
    seen: set[Kind] = set().union(*(kinds(view) for view in views))
    return [kind for kind in ADVICE if kind not in seen]


def is_new(view: View, views: Sequence[View]) -> bool:
    """Whether a view differs from all others by enough to be of use."""
    least = _ALIKE * float(np.hypot(*view.size))
    here = _outline(view)
    return all(
        other.size == view.size and np.abs(_outline(other) - here).max() > least for other in views
    )


def calibrate(views: Sequence[View]) -> Calibration:
    """The lens from views of a board. The radial terms and the tangential ones are those that the
    views determine; the others are 0. Raises ValueError, one line, for views that are too few, too
    alike, of different pictures, or that do not fit together."""
    kept: list[View] = []
    for view in views:
        if view.size != views[0].size:
            raise ValueError(
                f"views: expected pictures of one size, got {views[0].size} and {view.size}"
            )
        if len(kept) < MOST and is_new(view, kept):
            kept.append(view)
    lacking = [kind for kind in missing(kept) if kind in NEEDED]
    advice = "; ".join(f"show it {ADVICE[kind]}" for kind in lacking)
    if len(kept) < FEWEST:
        raise ValueError(
            f"board: expected at least {FEWEST} different views, got {len(kept)} of "
            f"{len(views)} pictures with it; {advice or 'move it more between them'}"
        )
    if lacking:
        raise ValueError(f"board: {len(kept)} views are too alike; {advice}")
    return _fitted(kept)


def _fitted(views: Sequence[View]) -> Calibration:
    size = views[0].size
    flags, dropped = 0, list(_TERMS)
    error, matrix, terms, spreads = _first(views)
    while dropped:
        where, flag = dropped.pop(0)
        if (np.abs(terms[where]) < _SIGNIFICANT * spreads[where]).all():
            flags |= flag
            terms = np.where(np.isin(np.arange(5), where), 0.0, terms)
            error, matrix, terms, spreads = _solved(views, matrix, terms, flags)
        elif flag != cv2.CALIB_ZERO_TANGENT_DIST:
            dropped = [each for each in dropped if each[1] == cv2.CALIB_ZERO_TANGENT_DIST]
    worst = max(_WORST_SHARE * max(size), _WORST_PX)
    if error > worst:
        raise ValueError(
            f"board: expected a reprojection error under {worst:.1f} px, got {error:.1f}; lay the "
            "board flat on a plate, hold it still, and fix the camera's zoom and focus"
        )
    k1, k2, p1, p2, k3 = terms.tolist()
    found = Intrinsics(
        size,
        (float(matrix[0, 0]), float(matrix[1, 1])),
        (float(matrix[0, 2]), float(matrix[1, 2])),
        Lens((k1, k2, p1, p2, k3)),
    )
    return Calibration(found, error, len(views))


_Solution = tuple[float, Floats, Floats, Floats]
"""Error, camera matrix (3, 3), terms (5,), and the standard errors of the terms (5,)."""


def _first(views: Sequence[View]) -> _Solution:
    """With all terms, from a usual lens and from a wide one: strong distortion misleads a start
    that knows of none, and the least squares stay in a wrong minimum."""
    width, height = views[0].size
    solutions = []
    for share, lens in ((_FOCAL_SHARE, LINEAR), (_WIDE_FOCAL_SHARE, WIDE)):
        focal = share * max(width, height)
        matrix = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
        solutions.append(_solved(views, matrix, np.array(lens.coefficients), 0))
    return min(solutions, key=lambda solution: solution[0])


def _solved(views: Sequence[View], matrix: Floats, terms: Floats, flags: int) -> _Solution:
    """The least squares from a start."""
    points = [np.pad(view.points, ((0, 0), (0, 1))).astype(np.float32) for view in views]
    pixels = [view.pixels.astype(np.float32) for view in views]
    error, found, bent, _, _, spreads, _, _ = cv2.calibrateCameraExtended(
        *(points, pixels, views[0].size, matrix.copy(), terms.copy()),
        flags=flags | cv2.CALIB_USE_INTRINSIC_GUESS,
        criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-9),
    )
    spread = np.ravel(spreads).astype(np.float64)[4:9]
    bent = np.ravel(bent).astype(np.float64)[:5]
    return float(error), np.asarray(found, np.float64), bent, spread


def _outline(view: View) -> Floats:
    """Pixels (4, 2) of four corners of the board, seen or not."""
    homography, _ = cv2.findHomography(view.points, view.pixels)
    return np.asarray(cv2.perspectiveTransform(INNER_MM[None], homography)[0], dtype=np.float64)


def _slant_deg(view: View) -> Floats:
    """How far the board is turned out of the picture's plane, sideways and upwards (2,), for a lens
    of a usual focal length. Boards in that plane say nothing of the focal length."""
    focal = _FOCAL_SHARE * max(view.size)
    matrix = np.array([[focal, 0, view.size[0] / 2], [0, focal, view.size[1] / 2], [0, 0, 1]])
    points = np.pad(view.points, ((0, 0), (0, 1)))
    _, turn, _ = cv2.solvePnP(points, view.pixels, matrix, None, flags=cv2.SOLVEPNP_IPPE)
    x, y, z = np.asarray(cv2.Rodrigues(turn)[0], dtype=np.float64)[:, 2]
    return np.degrees(np.arctan([x / z, y / z]))
