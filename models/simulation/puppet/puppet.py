"""The drawn figure moved by key points of a real athlete: real motion with exact truth.

A puppet takes the directions of all segments and the path of the hips from the recording, and the
lengths and the distances between left and right from the figure. So a lost or wrong joint neither
stretches nor folds it. The truth is where the puppet's joints are, not where the recording says:
limbs that a recording has wrong for long are wrong in the puppet too, and drawn so.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from models.simulation.curves import Floats
from models.simulation.figure import POINT, SIDES, Build, centre_of_mass
from models.simulation.film.backdrop import draw_backdrop
from models.simulation.film.camera import Camera, place_camera
from models.simulation.film.settings import CameraSettings
from models.simulation.motion import Placement, Recorded
from models.simulation.moves.move import heading_of
from models.simulation.people import BodySettings, draw_person
from models.simulation.puppet.body import as_seen, body_points
from models.simulation.puppet.cleaning import evenly, slowly
from models.simulation.puppet.recording import Recording
from models.simulation.puppet.track import Track
from models.simulation.puppet.view import View, heading_of_track
from models.simulation.scene import Actor, Scene
from models.simulation.truth import NOTHING, Skill, TrueEvent, Truth
from models.skeleton import BODY, Keypoints, Skeleton, convert

_SIZE = (1280, 720)
_FLOOR_PERCENTILE = 20.0
_FLOOR_S = 1.5
_OFF_FLOOR_M = 0.04
_STANDING = 0.95  # of the standing height of the shoulders
_SUPPORTS = [POINT[f"{side}_{part}"] for side in SIDES for part in ("heel", "toe", "hand")]


def build_puppet(
    keypoints: Keypoints,
    skeleton: Skeleton,
    fps: float,
    size: tuple[int, int] = _SIZE,
    seed: int = 0,
    *,
    t: Floats | None = None,
    facing_deg: ArrayLike | None = None,
) -> Scene:
    """A scene in which a figure moves as the athlete of a recording does, seen as he was.

    `keypoints` is (T, J, 3) as in `models.skeleton`, of one person who begins and ends on his
    feet. `t` (T,) are the times of the frames in seconds where they are not `fps` apart. From which
    side he is seen is estimated, unless `facing_deg`, one number or (T,), says it: 0 towards the
    camera, 90 to the right of the picture, 180 away. `seed` draws the figure's body and colours
    and the gym. The scene has T frames and an empty `truth` of events. Raises ValueError when hips
    and shoulders are seen in less than half of the frames, or the legs in none.
    """
    times = np.arange(len(keypoints)) / fps if t is None else np.asarray(t, np.float64)
    recording = Recording(keypoints, skeleton, times - times[:1])
    rng = np.random.default_rng(seed)
    build, look = draw_person(BodySettings(), rng)
    camera = place_camera(CameraSettings(), size, build.stature)
    motion = Recorded(*drive(recording, build, camera, facing_deg))
    actor = Actor("athlete", build, look, motion, NOTHING)
    backdrop = draw_backdrop(camera, rng)
    return Scene("puppet", fps, recording.t, size, camera, [actor], backdrop)


def perform(recording: Recording, build: Build, place: Placement) -> tuple[Recorded, Truth]:
    """The motion of a figure as the recording's athlete for a scene file, and what it truly is;
    as seen by a camera that has not been moved when `place` is the origin with heading 0."""
    camera = place_camera(CameraSettings(), _SIZE, build.stature)
    t, points = drive(recording, build, camera)
    truth = truth_of(recording, Recorded(t, points))
    return Recorded(t, place.place(points)), truth


def drive(
    recording: Recording, build: Build, camera: Camera, facing_deg: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Times (N,) and points (N, len(POINTS), 3) of a figure that `camera` sees as the recording
    shows the athlete, in the middle of its way at the origin, on the floor. Raises ValueError as
    `build_puppet`."""
    body, t = evenly(convert(recording.keypoints, recording.skeleton, BODY), recording.t)
    fps = (len(t) - 1) / (t[-1] - t[0]) if len(t) > 1 else 1.0
    track = Track(body, float(fps))
    if facing_deg is None:
        heading = heading_of_track(track)
    else:
        given = np.broadcast_to(np.asarray(facing_deg, np.float64), recording.t.shape)
        heading = heading_of(0.0) + np.radians(np.interp(t, recording.t, given))
    view = View.of(track, build, heading)
    path = build.leg * track.hip_path(view.leg_px)
    points = body_points(view)
    points += np.stack([path.real, np.zeros(len(path)), path.imag], axis=1)[:, None]
    points[..., 0] -= (path.real.min() + path.real.max()) / 2
    points = _on_the_floor(points, track.fps)
    return t, _on_the_floor(as_seen(points, camera, view.counts), track.fps)


def _on_the_floor(points: Floats, fps: float) -> Floats:
    """Points (T, len(POINTS), 3) lifted so that what supports the athlete is at z = 0: the low
    percentile in time of the lowest part, slowly varying as a camera that moves makes it."""
    lowest = points[:, _SUPPORTS, 2].min(axis=1)
    floor = slowly(lowest, _FLOOR_PERCENTILE, _FLOOR_S, fps)
    lifted: Floats = points - floor[:, None, None] * (0.0, 0.0, 1.0)
    return lifted


def truth_of(recording: Recording, motion: Recorded) -> Truth:
    """The element that a recording is labelled with, as the puppet does it; none for a label that
    is no gymnastics element."""
    label, takeoff, landing = recording.label, recording.takeoff, recording.landing
    if takeoff is None or landing is None:
        return NOTHING
    for skill in get_args(Skill):
        if skill == label:
            return Truth(events=(_event(skill, recording.t, takeoff, landing, motion),))
    return NOTHING


def _event(kind: Skill, t: Floats, takeoff: int, landing: int, motion: Recorded) -> TrueEvent:
    points = motion.at(t).points
    height = points[:, POINT["neck"], 2]
    standing = height >= _STANDING * np.median(height[: max(takeoff // 4, 1)])
    crouch = int(np.argmin(height[: takeoff + 1]))
    before, after = np.flatnonzero(standing[:crouch]), np.flatnonzero(standing[landing:])
    start = int(before[-1]) if len(before) else 0
    end = landing + int(after[0]) if len(after) else len(t) - 1
    off = points[takeoff:landing, _SUPPORTS, 2].min(axis=1) > _OFF_FLOOR_M
    mass = centre_of_mass(points)[:, 2]
    up = points[start : end + 1, POINT["neck"]] - points[start : end + 1, POINT["pelvis"]]
    ahead = np.cross(
        points[start, POINT["left_hip"]] - points[start, POINT["right_hip"]], (0.0, 0.0, 1.0)
    )
    ahead /= np.linalg.norm(ahead)
    turn = np.unwrap(np.arctan2(-up @ ahead, up[:, 2]))
    return TrueEvent(
        kind=kind,
        start_s=float(t[start]),
        takeoff_s=float(t[takeoff]),
        landing_s=float(t[landing]),
        end_s=float(t[end]),
        airtime_s=float(np.sum(np.diff(t[takeoff : landing + 1])[off])),
        rise_m=float(mass[takeoff : landing + 1].max() - mass[start]),
        rotation_deg=float(np.degrees(turn[-1] - turn[0])),
    )
