"""What flip recognisers are judged by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.flip_pixels import labelled
from bench.flips_cases import Case, Expected, wanted
from bench.flips_company import in_company
from bench.flips_filmed import Filmed, read, simulated_shots, write
from bench.flips_held_out import FoldNetwork
from bench.flips_recognised import judged
from bench.flips_scores import (
    Edge,
    average_precision,
    judge,
    landing_error_s,
    late_s,
    takeoff_error_s,
    together,
)
from bench.flips_stress import BEGUN, STRESSES, reflected
from bench.staged import stage, surely, true_joints
from bench.streams_join import FPS, LEG_PX, Part, join, leg_px
from models.gym.live.features import FEATURES
from models.gym.live.inference import WEIGHTS, LiveNetwork
from models.skeleton import BODY, BODY_25, convert
from realtime.marks import Event

TRUE = (Expected("backflip", 1.0, 1.6), Expected("handspring", 3.0, 3.7))
ANKLES = [BODY.index("left_ankle"), BODY.index("right_ankle")]
HIPS = [BODY.index("left_hip"), BODY.index("right_hip")]


def event(kind: str, end_s: float, confidence: float = 0.9) -> Event:
    return Event(1, kind, end_s - 0.7, end_s, end_s + 0.1, confidence, takeoff_s=end_s - 0.6)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def backflip() -> Case:
    """A simulated backflip, seen exactly, as BODY_25."""
    scene = stage([{"move": "backflip"}], 3, facing_deg=-90.0, fps=60.0, seconds=4.0)
    [true] = scene.truth.events
    joints = surely(true_joints(scene, range(scene.frames)))
    truth = (Expected(true.kind, true.takeoff_s, true.landing_s),)
    return Case("one", "all", BODY_25, convert(joints, BODY, BODY_25), scene.t, truth)


def test_events_are_those_of_their_landing_and_kind() -> None:
    verdict = judge([event("backflip", 1.65), event("handspring", 3.6)], TRUE)
    assert (verdict.right, verdict.wrong, verdict.false, verdict.missed) == (2, 0, 0, 0)
    assert verdict.faultless
    assert verdict.f1 == 1
    np.testing.assert_allclose(landing_error_s(verdict), [0.05, -0.1])
    np.testing.assert_allclose(takeoff_error_s(verdict), [0.05, 0.0])
    np.testing.assert_allclose(late_s(verdict), [0.15, 0.0])


def test_the_wrong_kind_is_a_miss_and_a_false_event() -> None:
    verdict = judge([event("handspring", 1.6), event("handspring", 3.7)], TRUE)
    assert (verdict.right, verdict.wrong, verdict.false, verdict.missed) == (1, 1, 0, 0)
    assert verdict.f1 == 0.5


def test_said_twice_too_late_or_not_at_all() -> None:
    twice = judge([event("backflip", 1.6), event("backflip", 1.7)], TRUE)
    assert (twice.right, twice.false, twice.missed) == (1, 1, 1)
    late = judge([event("backflip", 1.81)], TRUE[:1])
    assert (late.right, late.false, late.missed) == (0, 1, 1)
    assert judge([], TRUE).f1 == 0
    assert judge([], ()).f1 == 1
    assert together([twice, late]).f1 == pytest.approx(2 / 6)


@pytest.mark.parametrize("edge", ["takeoff", "landing"])
def test_average_precision_is_of_the_surest_first(edge: Edge) -> None:
    exact = judge([event("backflip", 1.6), event("handspring", 3.7)], TRUE)
    assert average_precision([exact], "landing", 1) == 1
    assert average_precision([exact], "takeoff", 1) == 0.5  # of one kind all, of the other none
    sure_and_wrong = judge([event("backflip", 9.0, 1.0), event("backflip", 1.6, 0.5)], TRUE[:1])
    assert average_precision([sure_and_wrong], edge, 1) == 0.5
    unsure_and_wrong = judge([event("backflip", 9.0, 0.1), event("backflip", 1.6, 0.5)], TRUE[:1])
    assert average_precision([unsure_and_wrong], edge, 1) == 1
    off = judge([event("backflip", 1.6 + 3 / 60)], TRUE[:1])
    assert [average_precision([off], edge, n) for n in (1, 2, 4)] == [0, 0, 1]


def test_what_is_neither_is_not_wanted() -> None:
    assert wanted((*TRUE, Expected("cartwheel", 5.0, 6.0))) == TRUE


def test_an_exact_backflip_survives_every_stress(backflip: Case) -> None:
    for name, stress in STRESSES.items():
        case = stress(backflip)
        assert case.keypoints.shape == (len(case.t), len(case.skeleton), 3), name
        assert (np.diff(case.t) > 0).all(), name
        assert case.keypoints[case.keypoints[..., 2] == 0].max(initial=0) == 0, name
        [verdict] = judged(["kinematics"], case).verdicts.values()
        assert verdict.wrong == 0, name
        if name != BEGUN:
            assert verdict.right == 1, name


def test_stresses_do_what_they_say(backflip: Case) -> None:
    body = {name: stress(backflip) for name, stress in STRESSES.items()}
    assert np.median(np.diff(body["25 fps"].t)) == pytest.approx(0.04)
    assert np.mean(body["30 % of joints dropped"].keypoints[..., 2] == 0) == pytest.approx(
        np.mean(backflip.keypoints[..., 2] == 0) + 0.3 * np.mean(backflip.keypoints[..., 2] > 0),
        abs=0.02,
    )
    nobody = ~body["200 ms lost at the top"].keypoints[..., 2].any(axis=1)
    assert nobody.sum() == pytest.approx(12, abs=1)
    waited = body["0.5 s standing before"]
    assert waited.truth[0].landing_s == pytest.approx(backflip.truth[0].landing_s + 0.5)
    assert waited.t[-1] == pytest.approx(backflip.t[-1] + 0.5)
    twice = STRESSES["mirrored"](body["mirrored"]).keypoints
    offset = (twice - backflip.keypoints)[backflip.keypoints[..., 2] > 0]
    np.testing.assert_allclose(offset, np.broadcast_to(offset[0], offset.shape), atol=1e-3)
    assert body["ends 50 ms after landing"].t[-1] <= backflip.truth[0].landing_s + 0.05


def parts(case: Case) -> list[Part]:
    """A backflip, another of half the size elsewhere in the picture, and a mirrored one."""
    body = convert(case.keypoints, case.skeleton, BODY)
    smaller = body * np.array([0.5, 0.5, 1], np.float32) + np.array([900, 40, 0], np.float32)
    smaller[body[..., 2] == 0] = 0
    found = [body, smaller, reflected(body, BODY)]
    return [Part(str(i), keypoints, 0.5, case.truth) for i, keypoints in enumerate(found)]


def test_joined_parts_are_of_one_size_on_one_floor_and_do_not_jump(backflip: Case) -> None:
    keypoints, truth = join(parts(backflip), np.random.default_rng(0))
    length = len(backflip.t)
    assert len(keypoints) == 3 * length + 2 * 30
    assert truth[1].landing_s == pytest.approx(truth[0].landing_s + (length + 30) / FPS)
    thirds = [keypoints[i * (length + 30) :][:length] for i in range(3)]
    assert [leg_px(third) for third in thirds] == pytest.approx([LEG_PX] * 3)
    floors = [third[:5, ANKLES, 1].max() for third in thirds]
    assert np.ptp(floors) < 0.1 * LEG_PX
    steps = np.linalg.norm(np.diff(keypoints[..., :2], axis=0), axis=-1)
    fastest = max(steps[i * (length + 30) :][: length - 1].max() for i in range(3))
    assert steps.max() <= fastest
    between = keypoints[length : length + 30]
    assert leg_px(between) == pytest.approx(LEG_PX, rel=0.06)
    assert np.ptp(between[..., 1].max(axis=1)) < 0.1 * LEG_PX


def test_all_flips_of_a_joined_stream_are_said(backflip: Case) -> None:
    keypoints, truth = join(parts(backflip), np.random.default_rng(0))
    t = np.arange(len(keypoints)) / FPS
    [verdict] = judged(["kinematics"], Case("", "", BODY, keypoints, t, truth)).verdicts.values()
    assert (verdict.right, verdict.false) == (3, 0)


def test_a_joint_missing_at_a_seam_is_missing_in_between(backflip: Case) -> None:
    first, second, _ = parts(backflip)
    first.keypoints[-20:, ANKLES[0]] = 0
    keypoints, _ = join([first, second], np.random.default_rng(0))
    between = keypoints[len(backflip.t) :][:30]
    assert not between[:, ANKLES[0]].any()
    assert (between[:, HIPS, 2] > 0).all()


def test_filmed_shots_are_kept_as_key_point_files(tmp_path: Path) -> None:
    people = np.random.default_rng(0).random((4, 2, 33, 3)).astype(np.float32)
    filmed = Filmed("one", "single", "side", people, np.arange(4) / 30, TRUE)
    write(filmed, tmp_path / "single" / "one.npz")
    again = read(tmp_path / "single" / "one.npz")
    np.testing.assert_array_equal(again.people, people)
    assert (again.name, again.group, again.view, again.truth) == ("one", "single", "side", TRUE)
    with np.load(tmp_path / "single" / "one.npz") as file:
        np.testing.assert_array_equal(file["keypoints"], people[:, 0])


def test_the_live_analysis_says_what_everybody_does(backflip: Case) -> None:
    found = {one.group: one.verdicts["live"] for one in in_company([backflip], 1)}
    assert {name: verdict.right for name, verdict in found.items()} == {
        "alone": 1,
        "somebody stands in front of him": 1,
        "two flip at once": 2,
    }
    assert all(verdict.faultless for verdict in found.values())


def test_the_network_of_a_fold_steps_as_the_shipped_one() -> None:
    shipped = LiveNetwork.shipped()
    fold = FoldNetwork(WEIGHTS.with_suffix(".npz"))
    rng, states = np.random.default_rng(0), [shipped.start(), fold.start()]
    for _ in range(20):
        seen = rng.normal(size=FEATURES).astype(np.float32)
        (one, states[0]), (other, states[1]) = (
            shipped.step(seen, states[0]),
            fold.step(seen, states[1]),
        )
        np.testing.assert_allclose(other, one, atol=1e-5)


def test_labels_are_of_what_is_to_be_said() -> None:
    entry = {
        "video": {"fps": 10.0, "frames": 45},
        "events": [
            {"skill": "round_off", "start": 0, "end": 2},
            {"skill": "back_handspring", "takeoff": 3, "hands": [5, 7], "landing": 9},
            {"skill": "double_back_somersault", "takeoff": 11, "landing": 26},
        ],
    }
    assert labelled(entry) == (Expected("handspring", 0.3, 0.9),)


def test_shots_are_the_same_each_time_and_of_all_kinds() -> None:
    shots = list(simulated_shots())
    assert shots == list(simulated_shots())
    assert len({(shot.group, shot.name) for shot in shots}) == len(shots)
    assert {shot.group for shot in shots} == {"single", "series", "neither"}
    assert {shot.fps for shot in shots} == {30.0, 60.0}
