"""The detector hears every official beep, exactly, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.simulation.sound.hall import hall_noise, reverberated
from models.simulation.sound.lookalikes import LOOKALIKES, Lookalike, lookalike
from models.simulation.sound.waves import RATE, effective
from realtime.judge.sound.beeps import SAID_S, BeepDetector
from realtime.judge.sound.tones import HERTZ, Pitch
from realtime.judge.sound.track import square_wave
from tests.realtime.judge.sound.example import Samples, beep_at, heard

ONSETS = (0.5, 2.9, 4.77, 7.013)


def track_of(rate: int = RATE, seconds: float = 8.5) -> Samples:
    """High, low, high, low at `ONSETS`."""
    track = np.zeros(round(seconds * rate), np.float32)
    for i, onset in enumerate(ONSETS):
        beep_at(track, rate, "low" if i % 2 else "high", round(onset * rate))
    return track


def assert_heard(track: Samples, rate: float, within_s: float) -> None:
    tones = heard(track, rate)
    assert [tone.pitch for tone in tones] == ["high", "low", "high", "low"]
    assert [tone.time_s for tone in tones] == pytest.approx(ONSETS, abs=within_s)


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_clean_beeps_are_exact_at_every_rate(rate: int) -> None:
    assert_heard(track_of(rate), rate, 0.0004)


def test_a_clean_beep_is_certain_and_silence_is_nothing() -> None:
    assert all(tone.confidence > 0.9 for tone in heard(track_of(), RATE))
    assert not heard(np.zeros(RATE * 2, np.float32), RATE)
    assert not heard(np.zeros(0, np.float32), RATE)


def test_a_beep_as_loud_as_the_hall_is_found_within_5_ms() -> None:
    rng = np.random.default_rng(3)
    track = reverberated(track_of(), 1.2, -10.0, rng)
    noise = hall_noise(("hall", "crowd", "cheering"), len(track), rng)
    for onset in ONSETS:  # 0 dB around each, wherever the cheering is
        near = slice(round((onset - 0.2) * RATE), round((onset + 0.6) * RATE))
        noise[near] *= np.float32(0.25 / effective(noise[near]))
    assert_heard(track + np.clip(noise, -2, 2), RATE, 0.005)


@pytest.mark.parametrize("share_db", [-10.0, 0.0])
def test_the_echo_of_a_gym_is_no_obstacle(share_db: float) -> None:
    track = reverberated(track_of(), 2.0, share_db, np.random.default_rng(5))
    assert_heard(track, RATE, 0.005)


def test_a_small_loudspeaker_into_a_microphone_that_is_too_loud() -> None:
    track = track_of()
    spectrum = np.fft.rfft(track)
    hz = np.fft.rfftfreq(len(track), 1 / RATE)
    spectrum[(hz < 300) | (hz > 4000)] = 0
    passed = np.fft.irfft(spectrum, len(track))
    assert_heard(np.clip(passed * 4, -0.6, 0.6).astype(np.float32), RATE, 0.001)


@pytest.mark.parametrize("ppm", [-200, 200])
def test_clocks_that_differ_by_200_ppm(ppm: int) -> None:
    track, rate = track_of(), RATE * (1 + ppm * 1e-6)
    assert_heard(track, rate, ONSETS[-1] * 200e-6 + 0.0004)


@settings(max_examples=8, deadline=None)
@given(chunks=st.lists(st.integers(1, 30_000), min_size=1, max_size=20))
def test_chunks_change_nothing(chunks: list[int]) -> None:
    rng = np.random.default_rng(1)
    track = track_of(16_000)[:56_000] + 0.05 * rng.standard_normal(56_000, dtype=np.float32)
    whole = heard(track, 16_000)
    detector, tones, at = BeepDetector(16_000), [], 0
    while at < len(track):
        for size in chunks:
            tones += detector.push(track[at : at + size])
            at += size
    assert tones + detector.finish() == whole
    assert len(whole) == 2


def test_a_beep_that_the_end_cuts_off_is_not_said() -> None:
    track = np.zeros(RATE, np.float32)
    beep_at(track, RATE, "high", RATE // 4)
    cut = RATE // 4 + round(0.35 * RATE)
    assert not heard(track[:cut], RATE)
    assert len(heard(track[: cut + RATE // 20], RATE)) == 1


def test_a_beep_is_said_half_a_second_after_its_onset() -> None:
    track, step = track_of(), 480
    track += 0.02 * np.random.default_rng(2).standard_normal(len(track), dtype=np.float32)
    detector = BeepDetector(RATE)
    late = [
        (i + step) / RATE - tone.time_s
        for i in range(0, len(track), step)
        for tone in detector.push(track[i : i + step])
    ]
    assert len(late) == len(ONSETS)
    assert max(late) <= SAID_S
    assert min(late) >= 0.35  # never before it is whole


@pytest.mark.parametrize("kind", [kind for kind in LOOKALIKES if kind != "chiptune"])
def test_what_is_no_beep_is_not_heard(kind: Lookalike) -> None:
    sound = lookalike(kind, 12 * RATE, np.random.default_rng(7))
    assert not heard(0.1 * sound, RATE)


def test_a_tune_of_square_waves_has_no_start_beep() -> None:
    sound = lookalike("chiptune", 15 * RATE, np.random.default_rng(7))
    assert not [tone for tone in heard(0.1 * sound, RATE) if tone.pitch == "high"]


def test_beeps_are_found_among_what_is_like_them() -> None:
    rng = np.random.default_rng(8)
    track = track_of()
    kinds: tuple[Lookalike, ...] = ("music", "phones", "near beeps", "applause")
    for kind in kinds:
        track += 0.1 * lookalike(kind, len(track), rng)
    assert_heard(track, RATE, 0.005)


@pytest.mark.parametrize("pitch", ["high", "low"])
@pytest.mark.parametrize("seconds", [0.25, 0.30, 0.42, 0.7])
def test_a_tone_of_another_length_is_none(pitch: Pitch, seconds: float) -> None:
    spoilt = np.zeros(2 * RATE, np.float32)
    wave = square_wave(HERTZ[pitch], seconds, RATE)
    spoilt[RATE // 2 : RATE // 2 + len(wave)] = 0.25 * wave
    assert not heard(spoilt, RATE)


def test_a_tone_of_the_pitch_with_another_wave_is_none() -> None:
    t = np.arange(round(0.35 * RATE)) / RATE
    for shares in (
        [1, 0, 0, 0, 0, 0, 0],
        [0.03, 0, 1 / 3, 0, 1 / 5, 0, 1 / 7],
        [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6, 1 / 7],
    ):
        wave = sum(a * np.sin(2 * np.pi * 578.3 * (k + 1) * t) for k, a in enumerate(shares))
        track = np.zeros(RATE, np.float32)
        track[RATE // 4 : RATE // 4 + len(t)] = 0.1 * wave
        assert not heard(track, RATE)


def test_what_is_below_a_microphones_own_noise_is_nothing() -> None:
    assert not heard(track_of() * np.float32(1e-7), RATE)
    assert len(heard(track_of() * np.float32(1e-2), RATE)) == 4


@pytest.mark.parametrize("rate", [0, 4000, float("nan")])
def test_too_few_samples_per_second_are_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="expected at least 8000"):
        BeepDetector(rate)
