"""Key points with a network's noise: their form, what no noise is, the same at any frame rate."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.simulation.noise.aspect import BINS, ROWS, aspect_of
from models.simulation.noise.chance import level_of, normal_at, switching
from models.simulation.noise.joints import TURNED_OVER, anchors, seen_as
from models.simulation.noise.model import KeypointNoise
from models.skeleton import BODY, convert
from tests.models.simulation.noise_truth import LEG_PX, turning

NETWORKS = ("blazepose", "openpose")
SKELETONS = {"blazepose": "blazepose_33", "openpose": "body_25"}


def times(frames: int, fps: float) -> np.ndarray:
    return np.arange(frames) / fps


@pytest.fixture(scope="module", params=NETWORKS)
def noise(request: pytest.FixtureRequest) -> KeypointNoise:
    return KeypointNoise.load(request.param)


@pytest.mark.parametrize("network", NETWORKS)
def test_each_model_says_where_it_comes_from(network: str) -> None:
    noise = KeypointNoise.load(network)  # type: ignore[arg-type]
    assert noise.skeleton.name == SKELETONS[network]
    assert {"command", "data", "date", "fitted_to", "held_out", "scores_held_out"} <= set(
        noise.card
    )


@settings(max_examples=40, deadline=None)
@given(
    network=st.sampled_from(NETWORKS),
    frames=st.integers(0, 40),
    rates=st.tuples(st.floats(5.0, 240.0), st.floats(-720.0, 720.0)),
    seed=st.integers(0, 2**32 - 1),
    scale=st.floats(0.0, 4.0),
)
def test_key_points_are_whole_and_depend_on_the_seed_only(
    network: str, frames: int, rates: tuple[float, float], seed: int, scale: float
) -> None:
    noise = KeypointNoise.load(network)  # type: ignore[arg-type]
    fps, degrees_s = rates
    t = times(frames, fps)
    true = turning(t, degrees_s)
    found, again = (noise.apply(true, t, np.random.default_rng(seed), scale) for _ in range(2))
    np.testing.assert_array_equal(found, again)
    assert found.dtype == np.float32
    assert found.shape == (frames, len(noise.skeleton), 3)
    assert np.isfinite(found).all()
    assert ((found[..., 2] >= 0) & (found[..., 2] <= 1)).all()
    assert not found[found[..., 2] == 0].any()


def test_another_seed_is_another_recording(noise: KeypointNoise) -> None:
    t = times(30, 60.0)
    one, other = (noise.apply(turning(t, 0.0), t, np.random.default_rng(s)) for s in (1, 2))
    assert (one[..., :2] != other[..., :2]).all(axis=-1).mean() > 0.8


def test_no_noise_is_the_truth(noise: KeypointNoise) -> None:
    t = times(50, 60.0)
    true = turning(t, 400.0)
    found = noise.apply(true, t, np.random.default_rng(0), scale=0.0)
    body = convert(found, noise.skeleton, BODY)
    np.testing.assert_allclose(body[..., :2], true, atol=1e-3)
    assert (found[..., 2] == 1).all()


def test_more_noise_is_further_off(noise: KeypointNoise) -> None:
    t = times(200, 60.0)
    true = turning(t, 0.0)
    off = []
    for scale in (0.5, 1.0, 2.0):
        body = convert(noise.apply(true, t, np.random.default_rng(3), scale), noise.skeleton, BODY)
        seen = body[..., 2] > 0
        off.append(np.median(np.linalg.norm(body[..., :2] - true, axis=-1)[seen]))
    assert off[0] < 0.7 * off[1] < 0.5 * off[2]


def test_a_joint_that_is_not_there_is_not_seen(noise: KeypointNoise) -> None:
    t = times(40, 60.0)
    true = turning(t, 0.0)
    true[:, BODY.index("left_wrist")] = np.nan
    body = convert(noise.apply(true, t, np.random.default_rng(0), 0.0), noise.skeleton, BODY)
    seen = body[..., 2] > 0
    assert not seen[:, BODY.index("left_wrist")].any()
    assert np.delete(seen, BODY.index("left_wrist"), axis=1).all()


def test_a_model_that_is_saved_is_the_same(noise: KeypointNoise, tmp_path: Path) -> None:
    noise.save(tmp_path / "noise.json")
    t = times(60, 60.0)
    true = turning(t, 300.0)
    one, other = (
        n.apply(true, t, np.random.default_rng(5))
        for n in (noise, KeypointNoise.load(tmp_path / "noise.json"))
    )
    np.testing.assert_allclose(one, other, atol=0.5)  # three digits are kept
    assert KeypointNoise.load(tmp_path / "noise.json").card == noise.card


def test_a_network_on_an_athlete_upside_down_takes_legs_for_arms() -> None:
    noise = KeypointNoise.load("openpose")
    always = np.tile([1e4, 1e-4], (ROWS, 1))
    exact = replace(
        noise,
        turned_rates=always,
        error=np.zeros_like(noise.error),
        offset=np.zeros_like(noise.offset),
        lost=np.zeros_like(noise.lost),
        legs_rates=np.zeros_like(noise.legs_rates),
        arms_rates=np.zeros_like(noise.arms_rates),
    )
    t = times(5, 60.0)
    true = turning(t, 0.0)
    body = convert(exact.apply(true, t, np.random.default_rng(0)), noise.skeleton, BODY)
    for given_, real in (("hip", "shoulder"), ("ankle", "wrist"), ("elbow", "knee")):
        np.testing.assert_allclose(
            body[:, BODY.index(f"left_{given_}"), :2],
            true[:, BODY.index(f"left_{real}")],
            atol=1e-3,
        )


def test_openpose_turns_over_upside_down_and_not_upright() -> None:
    noise = KeypointNoise.load("openpose")
    t = times(600, 30.0)
    shares = []
    for degrees in (0.0, 150.0):
        true = np.repeat(turning(np.array([degrees]), 1.0), len(t), axis=0)
        body = convert(noise.apply(true, t, np.random.default_rng(1)), noise.skeleton, BODY)
        ends = [
            [BODY.index(f"{s}_{part}") for s in ("left", "right")] for part in ("shoulder", "hip")
        ]
        there = (body[:, ends[0] + ends[1], 2] > 0).all(axis=1)
        axis, right = (
            x[:, ends[0], :2].mean(axis=1) - x[:, ends[1], :2].mean(axis=1) for x in (body, true)
        )
        shares.append(float((np.sum(axis * right, axis=1) < 0)[there].mean()))
    assert shares[0] < 0.1
    assert shares[1] > 0.15


@pytest.mark.parametrize("fps", [15.0, 60.0, 240.0])
def test_states_come_and_go_as_often_at_any_frame_rate(fps: float) -> None:
    t = times(round(2000 * fps), fps)
    rates = np.tile([0.5, 2.0], (len(t), 1))
    on = switching(t, rates, np.random.default_rng(7))
    assert on.mean() == pytest.approx(0.5 / 2.5, abs=0.02)
    later = round(0.2 * fps)
    still = on[later:][on[:-later]].mean()
    assert still == pytest.approx(0.2 + 0.8 * np.exp(-2.5 * later / fps), abs=0.03)


@pytest.mark.parametrize("fps", [15.0, 60.0])
def test_errors_and_losses_hang_together_in_time_the_same_at_any_frame_rate(fps: float) -> None:
    noise = KeypointNoise.load("openpose")
    body = anchors(noise.skeleton)
    t = times(round(120 * fps), fps)
    row = np.zeros(len(t), np.intp)
    lag_s = 2 / 15
    lag = round(lag_s * fps)
    values = noise.clarity_drift.draw(t, body, row, np.random.default_rng(2))
    assert values.std() == pytest.approx(1.0, abs=0.06)
    knee = noise.skeleton.index("left_knee")
    group = values[:, body.group == body.group[knee]]
    found = np.mean(group[lag:] * group[:-lag]) / np.mean(group**2)
    assert found == pytest.approx(correlation(noise, int(body.group[knee]), lag_s), abs=0.1)


def correlation(noise: KeypointNoise, group: int, lag_s: float) -> float:
    drift = noise.clarity_drift
    slow = drift.slow[group, 0]
    step = lag_s / drift.slow_s
    rough = np.exp(-lag_s / drift.fast_s)
    return float((1 - slow) * rough + slow * (1 + step) * np.exp(-step))


def test_times_may_be_uneven() -> None:
    noise = KeypointNoise.load("blazepose")
    t = np.cumsum(np.random.default_rng(0).uniform(0.001, 0.3, 50))
    assert np.isfinite(noise.apply(turning(t, 90.0), t, np.random.default_rng(0))).all()


@pytest.mark.parametrize(
    ("true", "t", "scale", "message"),
    [
        (np.zeros((3, 13, 2)), [0, 1, 2], 1.0, r"true joints: expected shape \(3, 17, 2\)"),
        (np.zeros((3, 17, 2)), [0, 1], 1.0, r"true joints: expected shape \(2, 17, 2\)"),
        (np.zeros((2, 17, 2)), [0, 0], 1.0, "times: expected finite seconds that increase"),
        (np.zeros((2, 17, 2)), [0, np.nan], 1.0, "times: expected finite seconds that increase"),
        (np.zeros((2, 17, 2)), [0, 1], -0.1, "scale: expected 0 or more, got -0.1"),
    ],
)
def test_bad_input_is_named(true: np.ndarray, t: list[float], scale: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        KeypointNoise.load("openpose").apply(
            true, np.array(t, float), np.random.default_rng(0), scale
        )


def test_an_unknown_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"noise model: expected one of .* got movenet"):
        KeypointNoise.load("movenet")  # type: ignore[arg-type]
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    with pytest.raises(ValueError, match=r"noise model .*broken.json: expected what `save` writes"):
        KeypointNoise.load(broken)


def test_how_an_athlete_looks() -> None:
    t = times(31, 60.0)
    aspect = aspect_of(turning(t, 360.0), t)
    assert aspect.leg == pytest.approx(LEG_PX * 2 * np.hypot(0.15, 0.47), rel=0.02)
    assert (aspect.profile < -0.5).all()  # he faces left
    np.testing.assert_allclose(aspect.rotation[1:], 360.0 * t[1:], atol=1e-6)
    np.testing.assert_allclose(aspect.spin, 360.0, atol=1e-6)
    assert aspect.bin[11] == aspect.row[11] == 2
    assert aspect.far(np.array([1, -1, 0])).tolist()[0] == [0, 1, 0]


def test_bent_legs_have_rows_of_their_own() -> None:
    t = times(10, 60.0)
    true = turning(t, 60.0)
    hips, ankles = (
        [BODY.index(f"{side}_{part}") for side in ("left", "right")] for part in ("hip", "ankle")
    )
    true[5, ankles] = (true[5, hips] + true[5, ankles]) / 2
    np.testing.assert_array_equal(np.flatnonzero(aspect_of(true, t).row >= BINS), [5])


def test_a_state_undone_is_plain() -> None:
    body = turning(np.array([0.3]), 100.0)
    for state in range(TURNED_OVER):
        np.testing.assert_array_equal(seen_as(seen_as(body, state), state), body)


def test_levels_are_those_of_a_normal_distribution() -> None:
    levels = np.array([0.025, 0.5, 0.8413447])
    np.testing.assert_allclose(normal_at(levels), [-1.95996, 0.0, 1.0], atol=1e-4)
    np.testing.assert_allclose(level_of(normal_at(levels)), levels, atol=1e-6)
