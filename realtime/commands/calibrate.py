"""`fliptally calibrate camera` and `scale`: the lens, and the floor it looks at."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date
from functools import wraps
from pathlib import Path

import cv2
import numpy as np

from calibration.board import MARKER_MM, Board, View, find_marker, marker_rectangles
from calibration.ground import Ground
from calibration.lens import Intrinsics
from calibration.locate import from_near_left, locate_square, locate_standing
from calibration.page import PAPERS, Rectangle, pdf_page
from calibration.profile import (
    CameraPart,
    Profile,
    ProfileError,
    profile_path,
    read_profile,
    update_profile,
)
from calibration.views import ADVICE, MOST, Calibration, Kind, calibrate, is_new, missing
from models.lens import Floats
from models.pose import engines
from models.pose.options import PoseOptions
from models.pose.protocol import Image, estimate_one
from models.skeleton import Keypoints, Skeleton
from realtime import exits
from realtime.pictures import camera_name, is_folder, is_live, pictures
from realtime.sources.errors import SourceError

Command = Callable[[argparse.Namespace], int]

_BOARD_EVERY_S = 0.25
_ENOUGH = 20
_RULER_MM, _MARGIN_MM = 100.0, 11.0
_STANDING_S = 2.0
_CLICK_SHARE = 1 / 640  # of the picture's longer side: what a person clicks or reads off
_MARKER_SHARE, _MARKER_PX = 1 / 4000, 0.2
_JOINT_SHARE = 1 / 400


def _bad_input(command: Command) -> Command:
    """A calibration that cannot be is bad input: one line."""

    @wraps(command)
    def run(options: argparse.Namespace) -> int:
        try:
            return command(options)
        except (ProfileError, ValueError) as error:
            raise SourceError(str(error)) from None

    return run


@_bad_input
def camera(options: argparse.Namespace) -> int:
    """The lens from views of a board; or, with `--save-board`, the board."""
    board = Board(options.board)
    if options.save_board is not None:
        return _save_board(board, options.save_board, options.paper)
    name = camera_name(options.source, options.camera)
    views = _views(board, options.source)
    if not views:
        raise SourceError(
            f"{options.source}: no {options.board} board seen; print one with --save-board "
            "board.pdf, and show it whole and sharp"
        )
    found = calibrate(views)
    path = options.file or profile_path(name)
    update_profile(path, name, camera=_camera_part(found, options.board))
    focal = found.intrinsics.focal[0]
    _say(
        f"lens: focal length {focal:.0f} px, reprojection error {found.error_px:.2f} px, "
        f"{found.views} views",
        f"calibration of {name}: {path}",
    )
    return exits.DONE


@_bad_input
def scale(options: argparse.Namespace) -> int:
    """The floor from corners, from a marker, or from somebody who stands; or what that takes."""
    if options.picture is not None:
        return _save_picture(options.source, options.picture)
    if options.save_marker is not None:
        return _save_marker(options.save_marker, options.paper)
    name = camera_name(options.source, options.camera)
    path = options.file or profile_path(name)
    profile = read_profile(path) if path.exists() else None
    method, locate = next(
        (key, function) for key, function in _METHODS.items() if getattr(options, key) is not None
    )
    ground = locate(options, profile)
    update_profile(path, name, ground=ground.part(method, date.today().isoformat()))
    _say(*_described(ground, profile), f"calibration of {name}: {path}")
    return exits.DONE


def _views(board: Board, source: str) -> list[View]:
    """Different views, until there are enough or the source ends or is interrupted. What is still
    missing is said whenever it changes."""
    views: list[View] = []
    wanted: list[Kind] | None = None
    live = is_live(source)
    with suppress(*((KeyboardInterrupt,) if live else ())):
        for _, image in pictures(source, _BOARD_EVERY_S):
            view = board.find(image)
            if view is not None and is_new(view, views):
                views.append(view)
                left = missing(views)
                if live and left != wanted:
                    wanted = left
                    _say(f"{len(views)} views; {_wish(left)}")
                if len(views) == MOST or (live and not left and len(views) >= _ENOUGH):
                    break
    return views


def _wish(left: list[Kind]) -> str:
    if left:
        return f"now show the board {ADVICE[left[0]]}"
    return "every kind is there; move the board on, Ctrl-C calibrates"


def _camera_part(found: Calibration, board: str) -> CameraPart:
    lens = found.intrinsics
    return CameraPart(
        *(*lens.size, *lens.focal, *lens.centre, *lens.lens.coefficients),
        error_px=found.error_px,
        views=found.views,
        board=board,
        date=date.today().isoformat(),
    )


def _save_board(board: Board, path: Path, paper: str) -> int:
    _save_page(path, paper, board.rectangles(), board.size_mm)
    _say(f"{path}: a {board.kind} board; print it at 100 % and glue it flat on a plate")
    return exits.DONE


def _save_marker(path: Path, paper: str) -> int:
    _save_page(path, paper, marker_rectangles(), (MARKER_MM, MARKER_MM))
    _say(
        f"{path}: a marker; print it at 100 %, lay it flat on the floor and give --marker "
        f"{MARKER_MM / 1000:g}"
    )
    return exits.DONE


def _save_page(
    path: Path, paper: str, black: Sequence[Rectangle], size_mm: tuple[float, float]
) -> None:
    left, top = ((a - b) / 2 for a, b in zip(PAPERS[paper], size_mm, strict=True))
    below = PAPERS[paper][1] - _MARGIN_MM  # white around a marker belongs to it
    ruler = (left, below - 2.5, _RULER_MM, 0.5)
    moved = [(left + x, top + y, w, h) for x, y, w, h in black]
    words = "Print at 100 %: this line is 100 mm. Keep the page flat."
    path.write_bytes(pdf_page([*moved, ruler], [(left, below + 2, words)], paper))


def _save_picture(source: str, path: Path) -> int:
    if not cv2.haveImageWriter(str(path)):
        raise SourceError(f"--picture {path}: expected the name of a picture, as still.png")
    cv2.imwrite(str(path), _first(source))
    _say(f"{path}: read the corners' pixels off it in any picture viewer, for --corners")
    return exits.DONE


def _first(source: str) -> Image:
    return next(image for _, image in pictures(source))


def _lens(profile: Profile | None, image: Image) -> Intrinsics | tuple[int, int]:
    """The calibrated lens for pictures of this size; without one, the size."""
    size = (image.shape[1], image.shape[0])
    if profile is None or profile.camera is None:
        return size
    return Intrinsics.of(profile.camera).scaled(size)


def _from_corners(options: argparse.Namespace, profile: Profile | None) -> Ground:
    image = _first(options.source)
    error = _CLICK_SHARE * max(image.shape)
    corners = np.array(options.corners, dtype=np.float64)
    return locate_square(corners, options.station, _lens(profile, image), error)


def _from_marker(options: argparse.Namespace, profile: Profile | None) -> Ground:
    found: list[Floats] = []
    for t, image in pictures(options.source):
        marker = find_marker(image)
        if marker is not None:
            found.append(from_near_left(marker))
        if t > _STANDING_S or (found and is_folder(options.source)):
            break
    if not found:
        raise SourceError(f"{options.source}: no marker seen; lay it flat, whole and in the light")
    middle = np.asarray(np.median(found, axis=0), dtype=np.float64)
    sides = (options.marker, options.marker)
    error = max(_MARKER_SHARE * max(image.shape), _MARKER_PX)
    ground = locate_square(middle, sides, _lens(profile, image), error)
    return replace(ground, station=None)  # a marker lies in the station, it is none


def _from_athlete(options: argparse.Namespace, profile: Profile | None) -> Ground:
    folder = is_folder(options.source)
    with closing(engines.open_engine(engines.DEFAULT, PoseOptions())) as estimator:
        skeleton: Skeleton = estimator.skeleton
        people: list[Keypoints] = []
        for t, image in pictures(options.source):
            poses = estimate_one(estimator, image).keypoints
            people += [poses[0]] if len(poses) else []
            if folder:
                estimator.forget(0)
            elif t > _STANDING_S:
                break
    if not people:
        raise SourceError(f"{options.source}: nobody seen; let the athlete stand in full view")
    places = people if folder else [np.median(people, axis=0).astype(np.float32)]
    error = _JOINT_SHARE * max(image.shape)
    return locate_standing(places, skeleton, options.athlete, _lens(profile, image), error)


_METHODS: dict[str, Callable[[argparse.Namespace, Profile | None], Ground]] = {
    "corners": _from_corners,
    "marker": _from_marker,
    "athlete": _from_athlete,
}


def _described(ground: Ground, profile: Profile | None) -> list[str]:
    """What was found, for the person who calibrates, each with its error."""
    middle = np.zeros(2) if ground.station is None else ground.station.mean(axis=0)
    scale = ground.measured(lambda one, _: one.vertical_scale(middle), np.zeros(0))
    spread = np.sqrt(np.diag(ground.covariance))
    where = "at the athlete's place or the marker" if ground.station is None else "in its middle"
    lines = [
        f"floor: marks fit to {ground.error_px:.1f} px; camera {ground.position[2]:.2f} "
        f"± {spread[5]:.2f} m above it",
        f"scale {where}: {scale.value:.1f} ± {scale.error:.1f} px upwards for 1 m",
    ]
    if profile is None or profile.camera is None:
        lines.append("lens: not calibrated, taken as without distortion; see calibrate camera")
    return lines


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
