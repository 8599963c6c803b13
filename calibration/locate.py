"""From something of known size in the picture to the floor: where the camera stands.

Least squares over marks (pixels of points whose place is known) and what is likely of a camera. Of
what the marks do not determine, the likely remains, and the error says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from calibration.ground import Ground, angles_of
from calibration.lens import Intrinsics
from models.lens import Floats
from models.skeleton import Keypoints, Skeleton

_POSE = 7
_ROUNDS = 60
_FOCAL_SHARE, _FOCAL_SPREAD = 0.75, 0.3
"""Of the picture's longer side: phones and webcams see 60 to 80 degrees, linear action cameras a
little more."""
_FOCAL_SHARES = 0.65, 1.0, 1.5, 2.7
_CALIBRATED_SPREAD = 0.003
_PITCH_SPREAD, _ROLL_SPREAD = np.radians(8.0), np.radians(2.0)  # of a tripod set up by eye
_FIXED = 1e-4
_WORST_PX = 0.02  # of the picture's longer side: then the marks are not what they were said to be
_LARGEST_M = 100.0
_BEHIND_PX = 1e4

# Heights of joints as shares of stature, D. A. Winter, "Biomechanics and Motor Control of Human
# Movement", 4th ed., fig. 4.1 (after Drillis & Contini), on soles of 0.012; the nose a little below
# the eyes. The spread is of people and of where pose networks see a joint.
_SOLE = 0.012
_STANDING = {"ankle": 0.039, "knee": 0.285, "hip": 0.530, "shoulder": 0.818}
_NOSE = 0.925
_JOINT_SPREAD = 0.015


@dataclass(frozen=True, eq=False)
class _Marks:
    """`pixels` (N, 2), without distortion, of `points` (N, 3) metres; each pixel's standard error
    is `error_px` and each point's `error_m`."""

    pixels: Floats
    points: Floats
    error_px: float
    error_m: float = 0.0


def locate_square(
    corners: Floats,
    sides: tuple[float, float],
    camera: Intrinsics | tuple[int, int],
    error_px: float,
) -> Ground:
    """The floor from the pixels (4, 2) of the corners of a rectangle on it of `sides` metres (along
    x, along y), from the camera: near left, near right, far right, far left.

    `camera` is the calibrated lens, whose picture's pixels `corners` are, or only the size of the
    picture; `error_px` is the standard error of a click. The first corner is the floor's origin.
    Raises ValueError for corners that are no such rectangle.
    """
    across, along = sides
    station = np.array([[0, 0], [across, 0], [across, along], [0, along]], dtype=np.float64)
    _check_square(corners, sides)
    lens = None if isinstance(camera, tuple) else camera
    pixels = corners if lens is None else lens.undistort(corners)
    marks = _Marks(pixels, np.column_stack([station, np.zeros(4)]), error_px)
    frame = _frame(camera)
    shares = _FOCAL_SHARES if lens is None else (1.0,)
    starts = [start for share in shares for start in _square_starts(frame, share, marks)]
    if not starts:
        raise ValueError(
            f"corners {_shown(corners)}: expected a rectangle on the floor, seen from above; "
            "give near left, near right, far right, far left"
        )
    found = [_settled(frame, [marks], _likely(lens), start) for start in starts]
    return _best(found, station, f"corners {_shown(corners)}")


def locate_standing(
    people: Sequence[Keypoints],
    skeleton: Skeleton,
    stature: float,
    camera: Intrinsics | tuple[int, int],
    error_px: float,
) -> Ground:
    """The floor from somebody of `stature` metres who stands upright at one place or, better, at
    several, near and far: `people` are his key points (J, 3) at each.

    The floor's origin is his first place, +y leads away from the camera. From one place the
    camera's tilt is a guess (level, give or take 8 degrees), which the errors hold: heights there
    are good, ways towards the camera are not. Raises ValueError when too little of him is seen or
    he does not stand upright.
    """
    if not 0.5 <= stature <= 2.5:
        raise ValueError(f"stature: expected 0.5 to 2.5 m, got {stature:g}")
    if not people:
        raise ValueError("standing athlete: nobody was seen; let him stand in full view")
    lens = None if isinstance(camera, tuple) else camera
    frame = _frame(camera)
    marks = [_standing_marks(one, skeleton, stature, lens, error_px) for one in people]
    ends = marks[0].pixels[[marks[0].points[:, 2].argmin(), marks[0].points[:, 2].argmax()]]
    share = np.ptp(marks[0].points[:, 2])
    focal = frame.focal[1]
    distance = focal * share / np.linalg.norm(ends[1] - ends[0])
    x, y = ((ends[0] - frame.centre) * distance / focal).tolist()
    height = max(y + float(marks[0].points[:, 2].min()), 0.05)
    start = np.array([0, 0, 0, -x, -distance, height, 0])
    for one in marks[1:]:
        low = one.pixels[one.points[:, 2].argmin()]
        far = distance * np.linalg.norm(ends[1] - ends[0]) / max(np.ptp(one.pixels[:, 1]), 1.0)
        start = np.append(start, [(low[0] - frame.centre[0]) * far / focal - x, far - distance])
    likely = {**_likely(lens), 0: _FIXED, 1: float(_PITCH_SPREAD), 2: float(_ROLL_SPREAD)}
    return _best([_settled(frame, marks, likely, start)], None, "standing athlete")


def _standing_marks(
    keypoints: Keypoints,
    skeleton: Skeleton,
    stature: float,
    lens: Intrinsics | None,
    error_px: float,
) -> _Marks:
    pixels, heights = [], []
    for part, share in _STANDING.items():
        pair = keypoints[[skeleton.index(f"{side}_{part}") for side in ("left", "right")]]
        if (pair[:, 2] > 0).all():
            pixels.append(pair[:, :2].mean(axis=0))
            heights.append(share + _SOLE)
    nose = keypoints[skeleton.index("nose")]
    if nose[2] > 0:
        pixels.append(nose[:2])
        heights.append(_NOSE + _SOLE)
    if len(pixels) < 3 or min(heights) > 0.1:
        raise ValueError("standing athlete: expected his ankles and body in view, got parts of him")
    seen = np.array(pixels, dtype=np.float64)
    if not (np.diff(seen[:, 1]) < 0).all():
        raise ValueError("standing athlete: expected him upright, head up, in the whole recording")
    points = np.zeros((len(seen), 3))
    points[:, 2] = np.array(heights) * stature
    seen = seen if lens is None else lens.undistort(seen)
    return _Marks(seen, points, error_px, _JOINT_SPREAD * stature)


def _frame(camera: Intrinsics | tuple[int, int]) -> Ground:
    """A camera at no place yet."""
    if isinstance(camera, tuple):
        focal = _FOCAL_SHARE * max(camera)
        size, focals, centre = camera, (focal, focal), (camera[0] / 2, camera[1] / 2)
    else:
        size, focals, centre = camera.size, camera.focal, camera.centre
    return Ground(size, focals, centre, np.zeros(_POSE), np.zeros((_POSE, _POSE)))


def _likely(lens: Intrinsics | None) -> dict[int, float]:
    """Spread of the parameters about 0, where something is known of them."""
    return {6: _FOCAL_SPREAD if lens is None else _CALIBRATED_SPREAD}


def _square_starts(frame: Ground, share: float, marks: _Marks) -> list[Floats]:
    """Poses from which the floor is seen from above, for `share` of the focal length of `frame`."""
    (fx, fy), (cx, cy) = frame.focal, frame.centre
    matrix = np.array([[share * fx, 0, cx], [0, share * fy, cy], [0, 0, 1]])
    found, turns, moves, _ = cv2.solvePnPGeneric(
        marks.points, marks.pixels, matrix, None, flags=cv2.SOLVEPNP_IPPE
    )
    starts = []
    for turn, move in zip(turns[:found], moves[:found], strict=True):
        axes = np.asarray(cv2.Rodrigues(turn)[0], dtype=np.float64)
        position = -axes.T @ move[:, 0]
        if position[2] > 0:
            starts.append(np.array([*angles_of(axes), *position, np.log(share)]))
    return starts


def _check_square(corners: Floats, sides: tuple[float, float]) -> None:
    if not all(0.02 <= side <= _LARGEST_M for side in sides):
        raise ValueError(f"sides {sides}: expected 0.02 to {_LARGEST_M:g} m")
    if corners.shape != (4, 2) or not np.isfinite(corners).all():
        raise ValueError(f"corners: expected 4 x 2 pixels, got {corners.shape}")
    edges = np.roll(corners, -1, axis=0) - corners
    following = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    if not (turns < 0).all():
        raise ValueError(
            f"corners {_shown(corners)}: expected near left, near right, far right, far left of a "
            "rectangle, counter-clockwise in the picture; put them into this order"
        )


_Fit = tuple[Ground, float]


def _settled(
    frame: Ground, marks: Sequence[_Marks], likely: dict[int, float], start: Floats
) -> _Fit:
    """The pose at least cost, and the cost. All but the first of `marks` stand at unknown places,
    which are behind the pose in `start`."""

    def off(state: Floats) -> list[tuple[Floats, Floats]]:
        """Pixels (N, 2) by which marks are missed, and their spreads (N, 1)."""
        here = replace(frame, pose=state[:_POSE])
        spots = np.concatenate([np.zeros(2), state[_POSE:]]).reshape(-1, 2)
        found = []
        for each, spot in zip(marks, spots, strict=True):
            points = each.points + np.append(spot, 0.0)
            distance = np.linalg.norm(points - here.position, axis=1)
            spread = np.hypot(each.error_px, each.error_m * frame.focal[1] / distance)
            missed = np.nan_to_num(here.project(points) - each.pixels, nan=_BEHIND_PX)
            found.append((missed, spread[:, None]))
        return found

    def residuals(state: Floats) -> Floats:
        parts = [(missed / spread).ravel() for missed, spread in off(state)]
        return np.concatenate([np.array([state[i] / s for i, s in likely.items()]), *parts])

    state, covariance = _least_squares(residuals, start)
    left = residuals(state)
    cost = float(left @ left)
    scale = max(1.0, cost / max(len(left) - len(state), 1))
    missed = np.concatenate([each for each, _ in off(state)])
    error_px = float(np.sqrt((missed**2).sum(axis=1).mean()))
    covariance = scale * covariance[:_POSE, :_POSE]
    return replace(frame, pose=state[:_POSE], covariance=covariance, error_px=error_px), cost


def _least_squares(residuals: Callable[[Floats], Floats], start: Floats) -> tuple[Floats, Floats]:
    """Minimum and its covariance (Levenberg-Marquardt with numeric derivatives; K. Madsen, H. B.
    Nielsen, O. Tingleff, "Methods for non-linear least squares problems", 2004)."""
    state, damping = start.astype(np.float64), 1e-3
    now = residuals(state)
    for _ in range(_ROUNDS):
        slope = _slope(residuals, state)
        normal, pull = slope.T @ slope, slope.T @ now
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-12), -pull)
        then = residuals(state + step)
        if then @ then < now @ now:
            small = now @ now - then @ then < 1e-10 * (now @ now) + 1e-14
            state, now, damping = state + step, then, damping / 5
            if small:
                break
        else:
            damping *= 4
    slope = _slope(residuals, state)
    return state, np.asarray(np.linalg.pinv(slope.T @ slope, hermitian=True), dtype=np.float64)


def _slope(residuals: Callable[[Floats], Floats], state: Floats) -> Floats:
    steps = np.eye(len(state)) * 1e-6
    return np.stack([(residuals(state + s) - residuals(state - s)) / 2e-6 for s in steps], axis=1)


def _best(fits: Sequence[_Fit], station: Floats | None, what: str) -> Ground:
    """The fit at least cost. Raises ValueError when even that is far off."""
    ground, _ = min(fits, key=lambda fit: fit[1])
    worst = _WORST_PX * max(ground.size)
    if ground.error_px > worst or ground.position[2] <= 0:
        raise ValueError(
            f"{what}: expected marks that fit to {worst:.0f} px, got {ground.error_px:.0f} px off; "
            "check size and order"
        )
    return replace(ground, station=station)


def _shown(corners: Floats) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in corners.tolist())


def from_near_left(corners: Floats) -> Floats:
    """The corners (4, 2) of a marker on the floor, in the order of its own picture (clockwise),
    in the order that `locate_square` takes."""
    turned = corners[::-1]
    nearness = [float(turned[i, 1] + turned[(i + 1) % 4, 1]) for i in range(4)]
    near: Floats = np.roll(turned, -int(np.argmax(nearness)), axis=0)
    return near
