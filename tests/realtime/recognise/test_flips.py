"""The flip rule: simulated athletes with exact truth, then real gymnasts and real negatives."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BODY, COCO_17, Keypoints, Skeleton, convert
from realtime.marks import Event
from realtime.recognise.flips import FlipRule
from realtime.sources.keypoints import read_keypoints
from realtime.stream.body import BodyStream

FPS = 60.0


def joints(scene: Scene) -> Keypoints:
    """The scene's exact key points, (frames, 17, 3)."""
    points = np.ones((scene.frames, len(BODY), 3), np.float32)
    points[:, :, :2] = [scene.joints(i) for i in range(scene.frames)]
    return points


def events(
    points: Iterable[Keypoints],
    t: Iterable[float],
    skeleton: Skeleton = BODY,
    *,
    ends: bool = False,
) -> list[Event]:
    """What is said about (frames, joints, 3); with `ends`, also what the end of the stream adds."""
    body, rule = BodyStream(skeleton), FlipRule()
    marks = []
    for frame, (keypoints, time) in enumerate(zip(points, t, strict=True)):
        seen = keypoints[:, 2].any()
        marks += rule.update(body.update(frame, float(time), keypoints if seen else None))
    if ends:
        marks += rule.finish()
    return [mark for mark in marks if isinstance(mark, Event)]


def clock(points: Keypoints, fps: float = FPS) -> list[float]:
    return [i / fps for i in range(len(points))]


@pytest.fixture(scope="module")
def backflip() -> Keypoints:
    return joints(build_scene("backflip", fps=FPS))


@pytest.fixture(scope="module")
def handspring() -> Keypoints:
    return joints(build_scene("handspring", fps=FPS))


@pytest.mark.parametrize("name", ["backflip", "handspring", "mixed"])
@pytest.mark.parametrize("fps", [25.0, 60.0, 120.0])
def test_simulated_elements_are_said_once_at_the_landing(name: str, fps: float) -> None:
    scene = build_scene(name, fps=fps)
    points = joints(scene)
    said = events(points, [scene.time(i) for i in range(scene.frames)])
    assert [event.kind for event in said] == [truth.kind for truth in scene.truth.events]
    for event, truth in zip(said, scene.truth.events, strict=True):
        assert event.start_s == pytest.approx(truth.takeoff_s, abs=0.06)
        assert event.end_s == pytest.approx(truth.landing_s, abs=0.06)
        assert 0 <= event.emitted_s - event.end_s < 0.1
        assert event.confidence > 0.7


def test_mirrored_and_smaller_is_the_same(backflip: Keypoints) -> None:
    plain = events(backflip, clock(backflip))
    for scale in ((-1, 1, 1), (0.25, 0.25, 1), (-4, 4, 1)):
        assert events(backflip * np.array(scale, np.float32), clock(backflip)) == plain


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


def test_gap_at_the_top_is_bridged(backflip: Keypoints) -> None:
    (whole,) = events(backflip, clock(backflip))
    top = round((whole.start_s + whole.end_s) / 2 * FPS)
    gapped = backflip.copy()
    gapped[top - 6 : top + 6] = 0
    (event,) = events(gapped, clock(backflip))
    assert (event.kind, event.start_s, event.end_s) == ("backflip", whole.start_s, whole.end_s)


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


@settings(max_examples=15, deadline=None)
@given(cut=st.integers(1, 359))
def test_the_future_changes_nothing(cut: int) -> None:
    points = joints(build_scene("backflip", fps=FPS))
    times = clock(points)
    whole = events(points, times)
    assert events(points[:cut], times[:cut]) == [e for e in whole if e.emitted_s <= times[cut - 1]]


def test_damaged_frames_are_survived(backflip: Keypoints) -> None:
    rng = np.random.default_rng(1)
    damaged = backflip.copy()
    damaged[rng.random(damaged.shape[:2]) < 0.2] = np.nan
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
            assert event.start_s == pytest.approx(int(row["takeoff"]) / 60, abs=0.1)
            assert event.end_s == pytest.approx(int(row["landing"]) / 60, abs=0.16)
    assert len(missed) <= 0.05 * len(rows), missed
