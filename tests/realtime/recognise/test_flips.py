"""The flip recogniser: simulated athletes with exact truth, then real gymnasts, also reversed."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.simulation.scene import Scene
from models.simulation.script import Script
from models.simulation.staging import build_scene
from models.skeleton import BODY, COCO_17, Keypoints, Skeleton, convert
from realtime.marks import Event, Expected, Mark
from realtime.recognise.flip_kinds import Evidence
from realtime.recognise.flips import CONFIRM_S, FlipRecogniser
from realtime.sources.keypoints import read_keypoints
from realtime.stream.body import BodyStream

FPS = 60.0


def joints(scene: Scene) -> Keypoints:
    """The scene's exact key points, (frames, 17, 3)."""
    points = np.ones((scene.frames, len(BODY), 3), np.float32)
    points[:, :, :2] = [scene.joints(i) for i in range(scene.frames)]
    return points


def marks(
    points: Iterable[Keypoints],
    t: Iterable[float],
    skeleton: Skeleton = BODY,
    *,
    ends: bool = False,
    evidence: Evidence = "both",
) -> list[Mark]:
    """What is said about (frames, joints, 3); with `ends`, also what the end of the stream adds."""
    body, recogniser = BodyStream(skeleton), FlipRecogniser(evidence=evidence)
    said = []
    for frame, (keypoints, time) in enumerate(zip(points, t, strict=True)):
        seen = keypoints[:, 2].any()
        said += recogniser.update(body.update(frame, float(time), keypoints if seen else None))
    if ends:
        said += recogniser.finish()
    return said


def events(
    points: Iterable[Keypoints],
    t: Iterable[float],
    skeleton: Skeleton = BODY,
    *,
    ends: bool = False,
    evidence: Evidence = "both",
) -> list[Event]:
    """The confirmed ones of `marks`."""
    said = marks(points, t, skeleton, ends=ends, evidence=evidence)
    return [mark for mark in said if isinstance(mark, Event)]


def series(*skills: str, fps: float = FPS) -> Scene:
    """Backward elements in a row."""
    return staged([{"move": "series", "skills": list(skills)}], fps, 4.0 + 2.0 * len(skills))


def staged(moves: list[dict[str, object]], fps: float, seconds: float, seed: int = 3) -> Scene:
    """Somebody who does `moves` one after the other, seen from the side."""
    script = {
        "title": "staged",
        "seconds": seconds,
        "seed": seed,
        "camera": {"fps": fps, "distance_m": 10.0},
        "person": [{"facing_deg": 90.0, "do": [{"move": "stand", "seconds": 0.8}, *moves]}],
    }
    return build_scene(msgspec.convert(script, Script))


def times(scene: Scene) -> list[float]:
    return [scene.time(i) for i in range(scene.frames)]


def clock(points: Keypoints, fps: float = FPS) -> list[float]:
    return [i / fps for i in range(len(points))]


@pytest.fixture(scope="module")
def backflip() -> Keypoints:
    return joints(build_scene("backflip", fps=FPS))


@pytest.fixture(scope="module")
def handspring() -> Keypoints:
    return joints(build_scene("handspring", fps=FPS))


EVIDENCE: tuple[Evidence, ...] = ("both", "kinematics", "network")


@pytest.mark.parametrize("name", ["backflip", "handspring", "mixed"])
@pytest.mark.parametrize("fps", [25.0, 60.0, 120.0])
def test_simulated_elements_are_said_once_at_the_landing(name: str, fps: float) -> None:
    scene = build_scene(name, fps=fps)
    said = events(joints(scene), times(scene))
    assert [event.kind for event in said] == [truth.kind for truth in scene.truth.events]
    for event, truth in zip(said, scene.truth.events, strict=True):
        assert truth.start_s < event.start_s < event.takeoff_s
        assert event.takeoff_s == pytest.approx(truth.takeoff_s, abs=0.05)
        assert event.end_s == pytest.approx(truth.landing_s, abs=0.06)
        assert 0 <= event.emitted_s - event.end_s < 0.15
        assert event.confidence > 0.7


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_each_evidence_alone_finds_them_and_nothing_in_what_is_neither(evidence: Evidence) -> None:
    scene = build_scene("mixed", fps=30.0)
    said = events(joints(scene), times(scene), evidence=evidence)
    assert [event.kind for event in said] == [truth.kind for truth in scene.truth.events]
    neither = build_scene("neither", fps=30.0)
    assert events(joints(neither), times(neither), ends=True, evidence=evidence) == []


@pytest.mark.parametrize("fps", [25.0, 60.0])
def test_a_series_gives_one_event_each(fps: float) -> None:
    for skills in (
        ("round_off", "handspring", "handspring", "backflip"),
        ("backflip", "backflip", "backflip"),
    ):
        scene = series(*skills, fps=fps)
        said = events(joints(scene), times(scene))
        assert [event.kind for event in said] == [s for s in skills if s != "round_off"]
        late = [event.emitted_s - event.end_s for event in said]
        assert max(late) < CONFIRM_S + 1.5 / fps


@pytest.mark.parametrize("name", ["backflip", "handspring"])
def test_it_is_expected_in_the_air_and_confirmed_once(name: str) -> None:
    scene = build_scene(name, fps=FPS)
    said = marks(joints(scene), times(scene), ends=True)
    truth = scene.truth.events[0]
    first, last = said[0], said[1]
    assert isinstance(first, Expected)
    assert isinstance(last, Event)
    assert first.kind == last.kind == name
    assert truth.takeoff_s < first.emitted_s < truth.landing_s - 0.1
    assert first.start_s == last.start_s


@pytest.mark.parametrize("onto", ["seat", "hands"])
def test_a_fall_may_be_expected_but_is_not_said(onto: str) -> None:
    for seed in range(3):
        scene = staged([{"move": "fall", "onto": onto}], FPS, 7.0, seed)
        assert events(joints(scene), times(scene), ends=True) == []


def test_the_measures_are_those_of_the_truth(backflip: Keypoints, handspring: Keypoints) -> None:
    for name, points in (("backflip", backflip), ("handspring", handspring)):
        (said,) = events(points, clock(points))
        truth = build_scene(name, fps=FPS).truth.events[0]
        assert said.airtime_s == pytest.approx(truth.airtime_s, abs=0.12)
        in_the_air = truth.landing_s - truth.takeoff_s
        assert 180 < said.rotation_deg_s * in_the_air < 360
        assert said.rotation_deg_s * in_the_air < truth.rotation_deg
    (high,), (low,) = events(backflip, clock(backflip)), events(handspring, clock(handspring))
    assert (high.clearance > 1, low.clearance < 0.7) == (True, True)
    assert (high.hands_down_s < 0.05, low.hands_down_s > 0.15) == (True, True)
    assert high.hip_rise > low.hip_rise > 0.1
    assert low.travel > high.travel > 0
    assert low.takeoff_angle_deg < high.takeoff_angle_deg < 120


def test_mirrored_and_smaller_is_the_same(backflip: Keypoints) -> None:
    (plain,) = events(backflip, clock(backflip))
    for scale in ((-1, 1, 1), (0.25, 0.25, 1), (-4, 4, 1)):
        (other,) = events(backflip * np.array(scale, np.float32), clock(backflip))
        assert (other.kind, other.emitted_s) == (plain.kind, plain.emitted_s)
        assert other.end_s == pytest.approx(plain.end_s, abs=1e-3)
        assert other.travel == pytest.approx(plain.travel, abs=0.01)


def test_turning_forward_is_no_backflip(backflip: Keypoints, handspring: Keypoints) -> None:
    """Played backward, both are forward elements of the same height and speed."""
    for points in (backflip, handspring):
        assert events(points[::-1], clock(points), ends=True) == []


def test_too_slow_or_too_fast_is_none(backflip: Keypoints, handspring: Keypoints) -> None:
    for points in (backflip, handspring):
        assert events(points, clock(points, FPS / 3), ends=True) == []
        assert events(points, clock(points, FPS * 4), ends=True) == []


def test_speed_steps_are_none() -> None:
    points = joints(build_scene("speed", seconds=6, fps=FPS))
    assert events(points, clock(points), ends=True) == []


@pytest.mark.parametrize("every", [1, 2])
def test_200_ms_lost_at_the_top_are_bridged(
    backflip: Keypoints, handspring: Keypoints, every: int
) -> None:
    """At 60 and at 30 frames/s."""
    for points in (backflip[::every], handspring[::every]):
        t = clock(points, FPS / every)
        (whole,) = events(points, t)
        top = (whole.takeoff_s + whole.end_s) / 2
        gapped = points.copy()
        gapped[np.abs(np.array(t) - top) < 0.1] = 0
        (event,) = events(gapped, t)
        assert event.kind == whole.kind
        assert event.takeoff_s == pytest.approx(whole.takeoff_s, abs=0.02)
        assert event.end_s == pytest.approx(whole.end_s, abs=0.02)
        assert event.clearance == pytest.approx(whole.clearance, abs=0.3)


def test_without_feet(backflip: Keypoints, handspring: Keypoints) -> None:
    for kind, points in (("backflip", backflip), ("handspring", handspring)):
        coco = convert(points, BODY, COCO_17)
        assert [event.kind for event in events(coco, clock(points), COCO_17)] == [kind]


def test_skeleton_turned_over_while_upside_down(backflip: Keypoints) -> None:
    """Pose networks swap shoulders with hips there: the axis stays, its direction is lost."""
    turned = backflip.copy()
    upper = [BODY.index(f"{s}_{j}") for j in ("shoulder", "elbow") for s in ("left", "right")]
    lower = [BODY.index(f"{s}_{j}") for j in ("hip", "knee") for s in ("left", "right")]
    inverted = turned[:, upper[0], 1] > turned[:, lower[0], 1] + 5
    assert inverted.sum() > 5
    flipped = np.flatnonzero(inverted)[:, None]
    turned[flipped, upper + lower] = turned[flipped, lower + upper]
    assert [event.kind for event in events(turned, clock(turned))] == ["backflip"]


@settings(max_examples=5, deadline=None)
@given(cut=st.integers(1, 359))
def test_the_future_changes_nothing(cut: int) -> None:
    points = joints(build_scene("backflip", fps=FPS))
    times = clock(points)
    whole = events(points, times)
    assert events(points[:cut], times[:cut]) == [e for e in whole if e.emitted_s <= times[cut - 1]]


def test_a_third_of_the_joints_missing_is_survived(backflip: Keypoints) -> None:
    rng = np.random.default_rng(1)
    damaged = backflip.copy()
    damaged[rng.random(damaged.shape[:2]) < 0.3] = np.nan
    damaged[::17] = 0
    assert [event.kind for event in events(damaged, clock(backflip))] == ["backflip"]


def test_gym_recordings(data: Path) -> None:
    """Real gymnasts, raw OpenPose: none of the wrong kind, hardly any missed, none forward."""
    with (data / "gym/index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    missed: list[str] = []
    for row in rows:
        recording = read_keypoints(data / "gym/clips" / f"{row['clip']}.npz")
        nobody = np.zeros((len(recording.skeleton), 3), np.float32)
        frames = [p.keypoints[0] if len(p.keypoints) else nobody for p in recording.poses]
        said = events(frames, recording.t, recording.skeleton, ends=True)
        assert {event.kind for event in said} <= {row["label"]}, row["clip"]
        assert events(frames[::-1], recording.t, recording.skeleton, ends=True) == [], row["clip"]
        missed += [row["clip"]] * (len(said) != 1)
        for event in said:
            assert event.takeoff_s == pytest.approx(int(row["takeoff"]) / 60, abs=0.15)
            assert event.end_s == pytest.approx(int(row["landing"]) / 60, abs=0.15)
    assert len(missed) <= 0.02 * len(rows), missed
