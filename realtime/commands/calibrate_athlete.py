"""`fliptally calibrate athlete`: three seconds of standing."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from calibration.athlete import Standing, standing_part, thresholds
from calibration.ground import Ground
from calibration.lens import Intrinsics, undistorted_poses
from calibration.measures import Floats
from calibration.profile import (
    AthletePart,
    Profile,
    ProfileError,
    profile_path,
    read_profile,
    update_profile,
)
from models.pose.engines import open_engine
from models.pose.protocol import estimate_one
from models.poses import Poses
from models.skeleton import BODY, Keypoints, convert
from realtime import exits
from realtime.opening import open_live, open_video
from realtime.options.pose import EngineChoice, chosen
from realtime.pictures import is_live, own_name
from realtime.sources.errors import SourceError
from realtime.sources.keypoints import read_keypoints
from realtime.sources.protocol import FrameSource

_WATCHED_S = 15.0
_ANKLE_M, _KNEE_M = 0.09, 0.5  # of an adult, above the floor; 2 cm more or less do not matter
_NOBODY: Keypoints = np.zeros((len(BODY), 3), np.float32)


def athlete(options: argparse.Namespace) -> int:
    """Measure the largest person in view and keep it in the camera's profile."""
    try:
        seen = _poses(options)
        name = options.camera or own_name(options.source)
        path = None if name is None else options.file or profile_path(name)
        profile = read_profile(path) if path is not None and path.exists() else None
        if profile is None or not all(seen.size):
            standing, leg_m = standing_part(seen.t, seen.keypoints), None
        else:
            standing, leg_m = _measured(seen, profile)
        _say(standing, leg_m)
        if name is None or path is None:
            sys.stdout.write("not kept: give --camera NAME to keep it for that camera\n")
            return exits.DONE
        update_profile(path, name, athlete=_part(standing, leg_m))
        sys.stdout.write(f"kept: {path}\n")
        return exits.DONE
    except (ValueError, ProfileError) as error:
        raise SourceError(str(error)) from None


@dataclass(frozen=True, eq=False)
class Seen:
    """Times (T,), key points (T, 17, 3) in the order of BODY, and the picture's size (width,
    height; 0: not known)."""

    t: Floats
    keypoints: Keypoints
    size: tuple[int, int]


def _poses(options: argparse.Namespace) -> Seen:
    path = Path(options.source)
    if path.suffix == ".npz":
        recording = read_keypoints(path)
        people = [_largest(poses) for poses in recording.poses]
        size = recording.width or 0, recording.height or 0
        return Seen(recording.t, np.array(people).reshape(-1, len(BODY), 3), size)
    live = is_live(options.source)
    source = open_live(options.source) if live else open_video(options.source, realtime=False)
    try:
        if live:
            sys.stderr.write("stand still, facing the camera, for three seconds\n")
        t, keypoints = estimated(source, chosen(options), _WATCHED_S)
    finally:
        source.close()
    return Seen(t, keypoints, (source.info.width, source.info.height))


def estimated(
    source: FrameSource, choice: EngineChoice, seconds: float
) -> tuple[Floats, Keypoints]:
    """Times (T,) and key points (T, 17, 3), in the order of BODY, of the largest person in the
    first `seconds`; zeros where there is nobody. Raises what the engine and the source raise."""
    choice.check()
    engine = open_engine(choice.engine, choice.options)
    t, keypoints = list[float](), list[Keypoints]()
    try:
        while (frame := source.read()) is not None and frame.t <= seconds:
            t.append(frame.t)
            keypoints.append(_largest(estimate_one(engine, frame.image)))
    finally:
        engine.close()
    return np.array(t), np.array(keypoints).reshape(-1, len(BODY), 3)


def _largest(poses: Poses) -> Keypoints:
    """Key points (17, 3) of the person who takes up most of the picture; zeros for nobody."""
    heights = [
        float(np.ptp(person[person[:, 2] > 0, 1])) if (person[:, 2] > 0).any() else 0.0
        for person in poses.keypoints
    ]
    if not heights:
        return _NOBODY
    return convert(poses.keypoints[int(np.argmax(heights))], poses.skeleton, BODY)


def _measured(seen: Seen, profile: Profile) -> tuple[Standing, float | None]:
    """Without the lens's distortion, and the leg in metres, as far as the profile knows lens and
    floor. Raises ValueError for pictures of another shape than those of the calibration."""
    keypoints = seen.keypoints
    if profile.camera is not None:
        lens = Intrinsics.of(profile.camera).scaled(seen.size)
        keypoints = undistorted_poses(Poses(BODY, keypoints), lens).keypoints
    standing = standing_part(seen.t, keypoints)
    if profile.ground is None:
        return standing, None
    ground = Ground.of(profile.ground).scaled(seen.size)
    place = ground.places(standing.ankles_px, _ANKLE_M)
    leg_m = standing.leg_m(1 / float(ground.vertical_scale(place, _KNEE_M)))
    return standing, leg_m if np.isfinite(leg_m) else None


def _say(standing: Standing, leg_m: float | None) -> None:
    limits = thresholds(standing)
    metres = "" if leg_m is None else f", {leg_m:.3f} m"
    sys.stdout.write(
        f"leg: {standing.leg_px:.1f} px ± {standing.leg_error_px:.1f}{metres}\n"
        f"sway: {standing.sway:.3f} leg lengths; key points tremble by {standing.noise_floor:.3f}\n"
        f"a step: the feet part by {limits.swing:.2f} leg lengths; off the floor: "
        f"{limits.clear:.2f}\n"
    )


def _part(standing: Standing, leg_m: float | None) -> AthletePart:
    return AthletePart(
        leg_length_m=None if leg_m is None else round(leg_m, 4),
        leg_length_px=round(standing.leg_px, 2),
        sway=round(standing.sway, 5),
        noise_floor=round(standing.noise_floor, 5),
        date=date.today().isoformat(),
    )
