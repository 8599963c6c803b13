"""`fliptally calibrate athlete` on recorded key points."""

from __future__ import annotations

import numpy as np
import pytest

from bench.measures import scene_of
from calibration.ground import Ground
from calibration.profile import profile_path, read_profile, update_profile
from models.skeleton import BLAZEPOSE_33, BODY, shared_joints
from realtime import exits
from realtime.cli import main
from tests.calibration.test_athlete import LEG_PX, standing


def write(path, t, body, **size):
    keypoints = np.zeros((len(t), len(BLAZEPOSE_33), 3), np.float32)
    to, origin = shared_joints(BODY, BLAZEPOSE_33)
    keypoints[:, to] = body[:, origin]
    np.savez(path, keypoints=keypoints, skeleton="blazepose_33", t=t, **size)


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def test_the_leg_is_printed_and_kept(kept, capsys):
    write(kept / "stand.npz", *standing(noise=0.01))
    arguments = ["calibrate", "athlete", str(kept / "stand.npz"), "--camera", "hall"]
    assert main(arguments) == exits.DONE
    assert "leg: " in capsys.readouterr().out
    athlete = read_profile(profile_path("hall")).athlete
    assert athlete.leg_length_px == pytest.approx(LEG_PX, rel=0.03)
    assert athlete.noise_floor == pytest.approx(0.01, rel=0.2)


def test_somebody_who_moves_is_one_clear_line_and_nothing_is_kept(kept, capsys):
    t, points = standing()
    points[..., 0] += (0.2 * LEG_PX * t)[:, None].astype(np.float32)
    write(kept / "walk.npz", t, points)
    arguments = ["calibrate", "athlete", str(kept / "walk.npz"), "--camera", "hall"]
    assert main(arguments) == exits.BAD_INPUT
    assert "stand still for 3 s" in capsys.readouterr().err
    assert not profile_path("hall").exists()


def test_where_the_floor_is_known_the_leg_is_in_metres(kept):
    scene = scene_of("straight_jump", 60.0, 0)
    camera = scene.camera
    (width, height), down = camera.size, camera.target - camera.position
    pitch = np.arctan2(down[2], np.hypot(*down[:2]))
    pose = np.array([0, pitch, 0, *camera.position, 0])
    focal, centre = (camera.focal, camera.focal), (width / 2, height / 2)
    ground = Ground(camera.size, focal, centre, pose, np.zeros((7, 7)))
    update_profile(profile_path("hall"), "hall", ground=ground.part("marker", "2026-01-01"))
    true = np.concatenate([np.stack([scene.joints(i) for i in range(70)])] * 3)
    body = np.concatenate([true, np.ones((*true.shape[:2], 1))], axis=2).astype(np.float32)
    write(kept / "stand.npz", np.arange(len(body)) / 60, body, width=width, height=height)
    assert main(["calibrate", "athlete", str(kept / "stand.npz"), "--camera", "hall"]) == exits.DONE
    athlete = read_profile(profile_path("hall")).athlete
    assert athlete.leg_length_m == pytest.approx(scene.cast[0].build.leg, rel=0.02)
