"""A noise model fitted to its own recordings is found again; so is the truth behind them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.simulation.noise.fit import fit
from models.simulation.noise.joints import SWAPPED_LEGS, TURNED_OVER, seen_as
from models.simulation.noise.model import KeypointNoise
from models.simulation.noise.recordings import Recording, read_recordings
from models.simulation.noise.reference import reference
from models.simulation.noise.states import followed_states, states_of
from models.skeleton import BODY, Keypoints
from tests.models.simulation.noise_truth import LEG_PX, turning

FPS = 60.0


def recorded(noise: KeypointNoise, count: int) -> list[Recording]:
    t = np.arange(150) / FPS
    return [
        Recording(
            *(f"clip-{i}", str(i), noise.skeleton),
            noise.apply(true, t, np.random.default_rng(i)),
            *(true, t),
        )
        for i in range(count)
        for true in [turning(t, 60.0 + 10.0 * (i % 12))]
    ]


@pytest.fixture(scope="module")
def noise() -> KeypointNoise:
    return KeypointNoise.load("openpose")


@pytest.fixture(scope="module")
def again(noise: KeypointNoise) -> KeypointNoise:
    return fit(recorded(noise, 40), {"data": "its own"})


def well_seen(table: np.ndarray) -> np.ndarray:
    """Of the near side, without joints that are exactly given (wrists hide nothing)."""
    return table[0, :, :12]


def test_losses_and_confidence_are_found_again(noise: KeypointNoise, again: KeypointNoise) -> None:
    off = np.abs(well_seen(again.lost) - well_seen(noise.lost))
    assert off.mean() < 0.05
    middle = 4
    off = np.abs(well_seen(again.confidence) - well_seen(noise.confidence))[..., middle]
    assert off.mean() < 0.06


def test_errors_are_found_again(noise: KeypointNoise, again: KeypointNoise) -> None:
    middle = 4
    ratio = well_seen(again.error)[..., middle] / well_seen(noise.error)[..., middle]
    assert 0.8 < np.median(ratio) < 1.25
    assert again.card == {"data": "its own"}


def test_the_drift_is_found_again(noise: KeypointNoise, again: KeypointNoise) -> None:
    for one, other in (
        (noise.error_drift, again.error_drift),
        (noise.clarity_drift, again.clarity_drift),
    ):
        assert other.body == pytest.approx(one.body, abs=0.12)
        assert other.body + other.limb + other.place == pytest.approx(
            one.body + one.limb + one.place, abs=0.15
        )
        assert one.slow_s / 2.5 < other.slow_s < 2.5 * one.slow_s


def test_turn_overs_are_found_again_where_they_are(
    noise: KeypointNoise, again: KeypointNoise
) -> None:
    found, true = (n.turned_rates[:, 0] / n.turned_rates.sum(axis=1) for n in (again, noise))
    assert found[[0, 1, 10, 11]].max() < 0.15
    assert np.abs(found - true).mean() < 0.08


def states_shown(states: np.ndarray) -> tuple[np.ndarray, Keypoints]:
    """The truth, and exact key points of a network that is in these states."""
    t = np.arange(len(states)) / FPS
    true = turning(t, 240.0)
    shown = np.stack([seen_as(frame, int(s)) for frame, s in zip(true, states, strict=True)])
    return true, np.concatenate([shown, np.ones((*shown.shape[:2], 1))], axis=-1, dtype=np.float32)


@pytest.fixture(params=[TURNED_OVER, SWAPPED_LEGS, TURNED_OVER + SWAPPED_LEGS])
def states(request: pytest.FixtureRequest) -> np.ndarray:
    states = np.zeros(60, np.intp)
    states[20:32] = request.param
    return states


def apart(true: np.ndarray) -> np.ndarray:
    """The same with left and right far apart, so that they can be told."""
    left = [i for i, name in enumerate(BODY.joints) if name.startswith("left_")]
    true[:, left, 0] += 0.3 * LEG_PX
    return true


def test_states_are_told_with_the_truth(states: np.ndarray) -> None:
    t = np.arange(len(states)) / FPS
    true = apart(turning(t, 240.0))
    shown = np.stack([seen_as(f, int(s)) for f, s in zip(true, states, strict=True)])
    body = np.concatenate([shown, np.ones((60, 17, 1))], axis=-1, dtype=np.float32)
    np.testing.assert_array_equal(states_of(true, body, LEG_PX), states)


def test_turn_overs_are_told_without_the_truth() -> None:
    states = np.zeros(60, np.intp)
    states[20:32] = TURNED_OVER
    _, body = states_shown(states)
    np.testing.assert_array_equal(followed_states(body, FPS, LEG_PX), states)


def test_the_truth_is_found_behind_turn_overs_gaps_and_outliers() -> None:
    states = np.zeros(60, np.intp)
    states[20:26] = TURNED_OVER
    true, body = states_shown(states)
    body[30:36, BODY.index("left_wrist")] = 0
    body[45, BODY.index("left_knee"), :2] += 100
    body[..., :2] += np.where(
        body[..., 2:] > 0, np.random.default_rng(0).normal(0, 2.0, (60, 17, 2)), 0
    )
    off = np.linalg.norm(reference(body, FPS) - true, axis=-1) / LEG_PX
    feet_known = off[:, : BODY.index("left_heel")]
    assert np.median(feet_known) < 0.02
    assert off[45, BODY.index("left_knee")] < 0.1
    assert off[30:36, BODY.index("left_wrist")].max() < 0.1


@pytest.mark.parametrize("part", ["knee", "shoulder"])
def test_nothing_is_made_up_from_nothing(part: str) -> None:
    _, body = states_shown(np.zeros(10, np.intp))
    body[:, [i for i, name in enumerate(BODY.joints) if name.endswith(part)]] = 0
    with pytest.raises(ValueError, match="recording: expected hip"):
        reference(body, FPS)


def test_recordings_are_read_and_must_be_of_one_network(
    noise: KeypointNoise, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"expected \.npz files in .*, got none"):
        read_recordings(tmp_path)
    [one] = recorded(noise, 1)
    np.savez(
        tmp_path / "clip-0.npz",
        **{name: getattr(one, name) for name in ("keypoints", "true", "t", "subject")},
        skeleton=one.skeleton.name,
    )
    [read] = read_recordings(tmp_path)
    np.testing.assert_array_equal(read.keypoints, one.keypoints)
    assert (read.name, read.subject, read.skeleton) == ("clip-0", "0", noise.skeleton)
    [other] = recorded(KeypointNoise.load("blazepose"), 1)
    with pytest.raises(ValueError, match="recordings: expected one skeleton, got"):
        fit([one, other], {})


def test_a_recording_without_anybody_is_no_reason_to_fail(noise: KeypointNoise) -> None:
    clips = recorded(noise, 10)
    empty = replace(clips[0], keypoints=np.zeros_like(clips[0].keypoints))
    assert np.isfinite(fit([empty, *clips[1:]], {}).error).all()
