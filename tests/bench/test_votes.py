"""The votes that the benchmark sets beside the jump counter."""

from __future__ import annotations

import numpy as np
import pytest

from bench.votes_clicks import clicks, flux, rhythm
from bench.votes_flow import beats
from bench.votes_scores import aligned, f1, paired
from models.simulation.sound.impacts import Impacts
from models.simulation.sound.settings import SoundSettings
from models.simulation.sound.track import Sound
from realtime.stream.ring import Floats

TURNS: Floats = np.array([1.0 + 0.15 * i for i in range(40)])


def heard(hiss: float) -> Floats:
    """The flux of a rope's turns in a hall, and of noise of all pitches."""
    sound = Sound(SoundSettings(noise_db=-50), 8.0, [Impacts(TURNS, TURNS + 0.07)], seed=3)
    noise = np.random.default_rng(3).normal(0, hiss, len(sound)).astype(np.float32)
    return flux(sound.samples() + noise, sound.rate)


def test_each_click_is_found_in_a_quiet_hall() -> None:
    found = clicks(heard(0))
    assert all(paired(found, TURNS, 0.015)[1])
    assert len(found) <= len(TURNS) + 2


def test_their_spacing_is_that_of_the_turns() -> None:
    lag, strength = rhythm(heard(0)[200:500])
    assert lag == pytest.approx(0.15, abs=0.01)
    assert strength > 0.5


def test_a_loud_hall_hides_them() -> None:
    assert rhythm(heard(0.3)[200:500])[1] < 0.2
    assert f1(clicks(heard(0.3)), TURNS, 0.015)[2] < 0.5


def test_there_is_none_in_silence() -> None:
    silence = np.zeros(96_000, np.float32)
    assert len(clicks(flux(silence, 48_000))) == 0
    silence[48_000] = 1e-6  # what a decoder leaves of it
    assert len(clicks(flux(silence, 48_000))) == 0
    assert len(clicks(flux(silence[:10], 48_000))) == 0


def test_legs_in_turn_are_steps_and_legs_together_are_jumps() -> None:
    t = np.arange(0, 6, 1 / 30)
    up, other = 0.1 * np.cos(2 * np.pi * 2 * t), 0.1 * np.cos(2 * np.pi * 2 * t + np.pi)
    steps = beats(np.stack([t, up, other], axis=1), both=False)
    jumps = beats(np.stack([t, up, up], axis=1), both=True)
    assert np.diff(steps[4:]) == pytest.approx(0.25, abs=0.05)
    assert np.diff(jumps[2:]) == pytest.approx(0.5, abs=0.05)


def test_a_constant_offset_costs_nothing() -> None:
    late = aligned(TURNS + 0.04, TURNS)
    assert late == pytest.approx(TURNS)
    assert f1(late, TURNS, 0.001) == (1, 1, 1)
