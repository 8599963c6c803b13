"""The learned recogniser with the shipped weights: simulated athletes with exact truth."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from models.gym.live.features import COLUMNS, GAP_S, STEP_S, on_grid
from models.gym.live.inference import WEIGHTS, LiveNetwork
from models.gym.live.streams import KINDS
from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BODY, COCO_17, Keypoints, Skeleton, convert
from realtime.recognise.flip_network import FlipNetwork, body_rows
from realtime.recognise.resample import Resampler
from realtime.stream.body import BodyPose, BodyStream


@lru_cache
def film(name: str, fps: float) -> tuple[Scene, Keypoints]:
    """A built-in scene and its exact key points (frames, 17, 3)."""
    scene = build_scene(name, fps=fps)
    points = np.ones((scene.frames, len(BODY), 3), np.float32)
    points[:, :, :2] = [scene.joints(i) for i in range(scene.frames)]
    return scene, points


def poses(scene: Scene, points: Keypoints, skeleton: Skeleton = BODY) -> list[BodyPose]:
    body = BodyStream(skeleton)
    return [
        body.update(i, scene.time(i), one if one[:, 2].any() else None)
        for i, one in enumerate(points)
    ]


def said(seen: list[BodyPose]) -> np.ndarray:
    network = FlipNetwork()
    return np.array([network.update(pose) for pose in seen])


def named(scene: Scene, answers: np.ndarray) -> list[str]:
    """What is most likely 100 ms after each landing of a backflip or handspring."""
    flips = [e for e in scene.truth.events if e.kind in KINDS]
    at = np.searchsorted(scene.t, [e.landing_s + 0.1 for e in flips])
    return [KINDS[i] for i in answers[at].argmax(axis=1)]


@pytest.mark.parametrize("fps", [25.0, 60.0, 120.0])
@pytest.mark.parametrize("kind", ["backflip", "handspring"])
def test_an_element_is_named_at_its_landing_at_any_rate(kind: str, fps: float) -> None:
    scene, points = film(kind, fps)
    answers = said(poses(scene, points))
    assert named(scene, answers) == [kind] * len(scene.truth.events)
    assert answers[scene.t < scene.truth.events[0].start_s, 0].min() > 0.9
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)


def test_each_of_a_series_is_named() -> None:
    scene, points = film("tumbling", 60.0)
    assert named(scene, said(poses(scene, points))) == ["handspring", "backflip"]


def test_jumping_rope_is_neither() -> None:
    scene, points = film("bounce", 30.0)
    assert said(poses(scene, points))[:, 0].min() > 0.9


@pytest.mark.parametrize("change", ["mirrored", "COCO-17", "30 % of joints missing", "swapped"])
def test_it_does_not_matter_how_it_is_seen(change: str) -> None:
    scene, points = film("tumbling", 60.0)
    skeleton, changed = BODY, points.copy()
    if change == "mirrored":
        changed[..., 0] = scene.size[0] - changed[..., 0]
    elif change == "COCO-17":
        skeleton, changed = COCO_17, convert(points, BODY, COCO_17)
    elif change == "swapped":
        sides = [[i for i, name in enumerate(BODY.joints) if s in name] for s in ("left", "right")]
        changed[::2, sides[0] + sides[1]] = points[::2, sides[1] + sides[0]]
    else:
        changed[np.random.default_rng(0).random(changed.shape[:2]) < 0.3] = 0
    assert named(scene, said(poses(scene, changed, skeleton))) == ["handspring", "backflip"]


def test_a_mirrored_view_gives_the_same_probabilities() -> None:
    scene, points = film("tumbling", 60.0)
    mirrored = points.copy()
    mirrored[..., 0] = scene.size[0] - mirrored[..., 0]
    np.testing.assert_allclose(said(poses(scene, mirrored)), said(poses(scene, points)), atol=1e-3)


def test_athletes_do_not_touch_each_other() -> None:
    scene, points = film("tumbling", 60.0)
    seen = poses(scene, points)
    alone = said(seen)
    one, other = FlipNetwork(), FlipNetwork()
    both = []
    for i, pose in enumerate(seen):
        both.append(one.update(pose))
        other.update(seen[i // 2])
    np.testing.assert_array_equal(both, alone)


def test_a_gap_and_forgetting_are_a_new_beginning() -> None:
    scene, points = film("backflip", 60.0)
    seen = poses(scene, points)
    fresh, used, gone = FlipNetwork(), FlipNetwork(), FlipNetwork()
    at = int(np.searchsorted(scene.t, scene.truth.events[0].takeoff_s))
    for pose in seen[:at]:
        used.update(pose)
        if pose.t < seen[at].t - GAP_S - 0.1:
            gone.update(pose)
    used.forget()
    for pose in seen[at:]:
        expected = fresh.update(pose)
        np.testing.assert_array_equal(used.update(pose), expected)
        np.testing.assert_array_equal(gone.update(pose), expected)


def test_nobody_is_neither() -> None:
    scene, points = film("backflip", 60.0)
    assert said(poses(scene, np.zeros_like(points)))[:, 0].min() > 0.9


def test_training_sees_what_the_live_network_sees() -> None:
    rng = np.random.default_rng(0)
    t = np.cumsum(rng.uniform(0.01, 0.05, 80))
    rows = rng.normal(size=(80, COLUMNS))
    grid = Resampler(STEP_S)
    live = [pair for at, one in zip(t.tolist(), rows, strict=True) for pair in grid.push(at, one)]
    steps, trained = on_grid(t, rows)
    np.testing.assert_allclose([at for at, _ in live], steps, atol=1e-9)
    np.testing.assert_allclose([one for _, one in live], trained, atol=1e-9)
    scene, points = film("backflip", 60.0)
    assert body_rows(points, scene.t).shape == (scene.frames, COLUMNS)


def test_the_flatbuffer_is_the_keras_network() -> None:
    pytest.importorskip("jax")
    network = pytest.importorskip("models.gym.live.network")
    model = network.sequences()
    model.set_weights(network.load(WEIGHTS.with_suffix(".npz")))
    seen = np.random.default_rng(0).normal(0, 0.7, (1, 90, 34)).astype(np.float32)
    lite = LiveNetwork.shipped()
    state, steps = lite.start(), []
    for one in seen[0]:
        probabilities, state = lite.step(one, state)
        steps.append(probabilities)
    np.testing.assert_allclose(steps, network.probabilities(model, seen)[0], atol=1e-5)


def test_another_file_is_refused(tmp_path: object) -> None:
    path = WEIGHTS.with_name("noise_openpose.json")
    with pytest.raises(ValueError, match=r"noise_openpose\.json: not a LiteRT network"):
        LiveNetwork(path)
