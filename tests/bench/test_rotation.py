"""What the rotation benchmark measures."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from bench.compare import (
    BINS,
    Comparison,
    by_rotation,
    compare,
    kept_rotation,
    largest_step,
    rotation_of,
    score,
    trunk_axis,
    turned,
)
from bench.rotation import (
    around_events,
    backflips,
    follow,
    gym_puppets,
    rotation_table,
    seen_from,
    thinned,
    turns_once,
)
from models.pose.weights import BlazePoseWeights
from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BODY, BODY_25, Keypoints, convert

SCENE = build_scene("backflip", fps=30.0)
LEGS = [
    BODY.index(f"{side}_{part}") for part in ("hip", "knee", "ankle") for side in ("left", "right")
]


def figure(*degrees: float, width: float = 30.0) -> np.ndarray:
    """True joints (T, 17, 2) of a body with a trunk of 100 px turned clockwise by `degrees`; left
    and right are `width` px apart."""
    upright = np.zeros((len(BODY), 2))
    for i, joint in enumerate(BODY.joints):
        height = {"nose": 130, "shoulder": 100, "hip": 0, "knee": -80, "ankle": -160}
        upright[i, 1] = -height.get(joint.split("_")[-1], 50)
        upright[i, 0] = {"left": -width / 2, "right": width / 2}.get(joint.split("_")[0], 0)
    a = np.radians(degrees)
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]).transpose(2, 0, 1)
    return upright @ turn.transpose(0, 2, 1) + 500


def estimate(truth: np.ndarray) -> Keypoints:
    return np.concatenate([truth, np.ones((*truth.shape[:2], 1))], axis=2).astype(np.float32)


def test_rotation_is_clockwise_from_up() -> None:
    angles = np.arange(0.0, 360, 15)
    np.testing.assert_allclose(rotation_of(trunk_axis(figure(*angles))), angles, atol=1e-9)


def test_turned_adds_the_nearest_steps() -> None:
    assert turned(np.array([350.0, 10, 100, 190, 280, 350])) == 360
    assert turned(np.array([10.0, 350])) == -20
    upside_down = np.array([0.0, 60, 120, 0, 60, 300, 360])
    assert turned(upside_down, period=180) == 360
    assert turned(np.array([40.0])) == 0


def test_a_right_estimate_is_usable_without_error() -> None:
    truth = figure(0, 100, 200, 300)
    rows = compare(truth, estimate(truth))
    assert rows.usable.all()
    np.testing.assert_allclose(rows.error, 0, atol=1e-5)
    assert (rows.swapped == 0).all()
    np.testing.assert_allclose(rows.rotation, [0, 100, 200, 300])


def test_overturned_is_more_than_a_right_angle_off() -> None:
    truth = figure(180, 180, 180, 180)
    rows = compare(truth, estimate(figure(0, 85, 95, 180)))
    assert rows.overturned.tolist() == [True, True, False, False]
    assert rows.usable.tolist() == [False, False, True, True]
    assert np.isnan(rows.swapped[:2]).all()  # what is overturned has no sides


def test_errors_are_in_trunk_lengths_and_only_where_joints_are_given() -> None:
    truth = figure(0, 0, 0)
    given = estimate(truth)
    given[:, 0, 0] += 25  # the nose
    given[1, BODY.index("left_wrist")] = 0
    given[2] = 0
    rows = compare(truth, given)
    assert rows.detected.tolist() == [True, True, False]
    assert rows.error.shape == (3, 13)
    np.testing.assert_allclose(rows.error[:2, 0], 0.25)
    assert np.isnan(rows.error[1, BODY.index("left_wrist")])
    assert np.isnan(rows.error[2]).all()
    assert not rows.overturned[2]


def test_without_hips_or_shoulders_nobody_is_detected() -> None:
    given = estimate(figure(0))
    given[0, BODY.index("right_hip")] = 0
    assert not compare(figure(0), given).detected[0]


def test_sides_are_swapped_when_most_of_the_legs_are() -> None:
    truth = figure(0, 0, 0)
    given = estimate(truth)
    given[1:, LEGS[:4]] = given[1:, [LEGS[i] for i in (1, 0, 3, 2)]]  # hips and knees
    given[2, LEGS[:2]] = given[2, [LEGS[1], LEGS[0]]]  # but not the hips
    assert compare(truth, given).swapped.tolist() == [0, 1, 0]
    narrow = figure(0, width=14.0)
    assert np.isnan(compare(narrow, estimate(narrow)).swapped).all()


def test_a_trunk_that_points_at_the_camera_has_no_rotation() -> None:
    truth = figure(0, 0, 0)
    truth[1, :, 1] = 500 + 0.3 * (truth[1, :, 1] - 500)
    upside_down = estimate(truth)
    upside_down[1, :, 1] = 1000 - upside_down[1, :, 1]
    rows = compare(truth, upside_down)
    assert np.isnan(rows.rotation).tolist() == [False, True, False]
    assert rows.usable.all()
    assert [one.frames for one in by_rotation(rows)] == [2, *[0] * (BINS - 1), 1]


def test_each_bin_has_its_own_score() -> None:
    truth = figure(10, 20, 190, 200, 350)
    given = estimate(truth)
    given[0] = 0
    given[2] = estimate(figure(20))[0]
    bins = by_rotation(compare(truth, given))
    assert (bins[0].frames, bins[0].detected, bins[0].usable) == (2, 0.5, 0.5)
    assert (bins[6].frames, bins[6].detected, bins[6].overturned) == (2, 1, 0.5)
    assert (bins[11].frames, bins[11].usable, bins[11].told) == (1, 1, 1)
    assert np.isnan(bins[3].usable)


def test_scores_of_parts_joined_are_those_of_the_whole() -> None:
    truth = figure(*range(0, 360, 7))
    given = estimate(truth)
    given[::5] = 0
    given[..., 0] += np.arange(len(given))[:, None]
    whole = compare(truth, given)
    first = np.arange(len(truth)) < 20
    assert score(Comparison.joined([whole.part(first), whole.part(~first)])) == score(whole)


def test_rotation_kept_over_lost_frames() -> None:
    given = estimate(figure(*range(0, 361, 20)))
    given[5:9] = 0
    assert kept_rotation(given) == pytest.approx(360)
    assert largest_step(given) == pytest.approx(100)
    assert kept_rotation(given, period=180.0) == pytest.approx(180)  # too far for an axis


def test_rotation_kept_over_frames_that_are_turned_over() -> None:
    given = estimate(figure(*range(0, 361, 20)))
    given[10:12] = estimate(figure(20, 40))
    assert largest_step(given) == pytest.approx(160)
    assert kept_rotation(given, period=180.0) == pytest.approx(360)


def test_the_athlete_turned_to_the_camera_shows_his_face() -> None:
    def width(degrees: float) -> float:
        joints = seen_from(SCENE, degrees).joints(0)
        left, right = (joints[BODY.index(f"{side}_shoulder"), 0] for side in ("left", "right"))
        return float(left - right)

    assert abs(width(0)) < 10
    assert width(90) > 50  # his left is on the right of the picture
    assert width(-90) < -50
    assert seen_from(SCENE, 360).joints(9) == pytest.approx(SCENE.joints(9))


def test_the_frames_around_an_event_are_those_of_the_flip() -> None:
    event, frames = SCENE.truth.events[0], around_events(SCENE)
    assert frames[0] / 30 == pytest.approx(event.start_s - 0.5, abs=0.02)
    assert frames[-1] / 30 == pytest.approx(event.landing_s + 0.3, abs=0.04)
    late = replace(SCENE, t=SCENE.t[: frames[-1] - 3])
    assert around_events(late)[-1] == late.frames - 1


def test_every_second_frame_is_the_scene_at_half_the_rate() -> None:
    half = thinned(SCENE, 2)
    assert half.fps == 15
    assert half.frames == SCENE.frames // 2
    np.testing.assert_array_equal(half.joints(20), SCENE.joints(40))
    assert half.time(20) == SCENE.time(40)


def first(frames: int, scene: Scene = SCENE) -> Scene:
    return replace(scene, t=scene.t[:frames])


def test_a_flip_turns_once_and_standing_does_not() -> None:
    landed = round(SCENE.truth.events[0].landing_s * 30) + 2
    assert turns_once(first(landed))
    assert not turns_once(first(40))
    assert not turns_once(SCENE)  # upright again: no recording ends like that
    mirrored = seen_from(first(landed), 180)
    assert not turns_once(mirrored)
    assert not turns_once(replace(first(landed), fps=120.0))


def test_the_real_engine_finds_who_stands(pose_weights: BlazePoseWeights) -> None:
    rows = follow(SCENE, range(4), threads=1)
    assert rows.usable.tolist() == [True] * 4
    assert np.nanmedian(rows.error) < 0.1


def test_clips_of_every_athlete_and_skill_are_taken(tmp_path: Path) -> None:
    landed = round(SCENE.truth.events[0].landing_s * 30) + 2
    (tmp_path / "clips").mkdir()
    rows = ["clip,label,subject"]
    lengths = {"a": landed, "b": landed, "c": 40, "d": landed + 1, "e": landed, "f": landed + 2}
    for clip, subject in zip(lengths, ["ann", "ben", "ann", "ann", "ann", "ben"], strict=True):
        joints = np.array([SCENE.joints(i) for i in range(lengths[clip])])
        keypoints = convert(estimate(joints), BODY, BODY_25)
        np.savez(
            tmp_path / "clips" / f"{clip}.npz", keypoints=keypoints, skeleton="body_25", fps=30.0
        )
        rows.append(f"{clip},backflip,{subject}")
    (tmp_path / "index.csv").write_text("\n".join(rows))
    # Two of each; the one who only stands is left out.
    assert [p.frames - landed for p in gym_puppets(tmp_path)] == [0, 0, 1, 2]


def test_only_backflips_on_the_ground_are_followed(tmp_path: Path) -> None:
    labels = {
        "one.mp4": {
            "events": [
                {"skill": "backflip", "takeoff": 3, "landing": 9},
                {"skill": "handspring", "takeoff": 20, "landing": 29},
            ]
        },
        "two.mp4": {"events": [{"skill": "front_flip", "takeoff": 1, "landing": 8}]},
    }
    (tmp_path / "flips").mkdir()
    (tmp_path / "flips" / "labels.json").write_text(json.dumps(labels))
    assert [(Path(video).name, at) for video, at in backflips(tmp_path)] == [("one.mp4", [(3, 9)])]


def test_the_table_names_the_bins_that_have_frames() -> None:
    truth = figure(10, 190)
    page = StringIO()
    Console(width=120, file=page).print(rotation_table("title", compare(truth, estimate(truth))))
    text = page.getvalue()
    assert "0-30°" in text
    assert "180-210°" in text
    assert "30-60°" not in text
    assert "end-on" not in text
