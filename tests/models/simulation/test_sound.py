"""The sound of a scene: beeps, clicks and noise are where and what the truth says."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from models.rope.rules import RULES
from models.simulation.scene import Scene
from models.simulation.script import Script, load_script
from models.simulation.sound.impacts import Impacts, foot_hits, rope_hits
from models.simulation.sound.settings import Noise, SoundSettings
from models.simulation.sound.track import BEEP_LEVEL, Sound
from models.simulation.staging import build_scene
from models.simulation.truth import Contact, TrueJump, Truth

RATE = 48_000
NO_IMPACTS = Impacts(np.zeros(0), np.zeros(0))
DRY = {"noise_db": -120.0, "reverb_db": -120.0}
ONLY_BEEPS = {**DRY, "calls": False, "rope_db": -120.0, "feet_db": -120.0}


def sound(seconds: float, impacts: Impacts = NO_IMPACTS, seed: int = 0, **asked: object) -> Sound:
    settings = msgspec.convert(asked, SoundSettings)
    return Sound(settings, seconds, [impacts], seed)


def onset_in(samples: NDArray[np.float32], around_s: float) -> float:
    """When the sound passes half of the beep's level for the first time, from 50 ms before."""
    first = max(0, round((around_s - 0.05) * RATE))
    loud = np.abs(samples[first : first + round(0.1 * RATE)]) > BEEP_LEVEL / 2
    assert loud.any()
    return (first + int(np.argmax(loud))) / RATE


def rms(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def test_a_relay_has_its_beeps_where_the_truth_says() -> None:
    track = sound(130.0, event="SRSR", start_beep_s=4.20001, **ONLY_BEEPS)
    samples = track.samples()
    assert samples.dtype == np.float32
    assert samples.shape == (130 * RATE,)
    beeps = track.truth.beeps
    assert [beep.kind for beep in beeps] == ["start", "switch", "switch", "switch", "stop"]
    for beep in beeps:
        assert beep.sound_s == beep.picture_s
        assert onset_in(samples, beep.sound_s) == pytest.approx(beep.sound_s, abs=1e-4)
    assert np.diff([beep.picture_s for beep in beeps]) == pytest.approx([30.0] * 4, abs=1e-9)


@pytest.mark.parametrize(("kind", "hz"), [("start", 578.3), ("switch", 493.9)])
def test_a_beep_is_a_square_wave_of_its_pitch_and_length(kind: str, hz: float) -> None:
    track = sound(40.0, event="SRDR", start_beep_s=1.0, **ONLY_BEEPS)
    onset = next(beep.sound_s for beep in track.truth.beeps if beep.kind == kind)
    samples = track.samples()
    begin = round(onset * RATE)
    beep = samples[begin : begin + round(RULES.beep_s * RATE)]
    spectrum = np.abs(np.fft.rfft(beep * np.hanning(len(beep)), 1 << 20))
    step = RATE / (1 << 20)
    assert np.argmax(spectrum) * step == pytest.approx(hz, abs=0.1)
    partials = [spectrum[round(k * hz / step)] / spectrum[round(hz / step)] for k in range(2, 8)]
    assert partials == pytest.approx([0, 1 / 3, 0, 1 / 5, 0, 1 / 7], abs=0.01)
    assert rms(beep) == pytest.approx(BEEP_LEVEL, rel=0.02)
    before, after = samples[begin - 100 : begin], samples[begin + len(beep) : begin + len(beep) + 9]
    assert not before.any()
    assert not after[1:].any()


def test_nothing_is_in_a_beep_but_its_partials() -> None:
    """A square wave that is only sampled has tones between its own: they would be the loudest."""
    track = sound(2.0, event="SRSS", start_beep_s=0.5, **ONLY_BEEPS)
    beep = track.samples()[round(0.5 * RATE) :][: round(0.35 * RATE)]
    spectrum = np.abs(np.fft.rfft(beep * np.blackman(len(beep))))
    hz = np.fft.rfftfreq(len(beep), 1 / RATE)
    away = np.abs(hz[:, None] - 578.3 * np.arange(1, 42, 2)).min(axis=1) > 60
    assert spectrum[away].max() < 1e-3 * spectrum.max()


def test_sound_lags_by_offset_and_drift() -> None:
    track = sound(40.0, event="SRSS", start_beep_s=2.0, offset_s=0.25, drift_ppm=500, **ONLY_BEEPS)
    start, stop = track.truth.beeps
    assert (start.picture_s, stop.picture_s) == (2.0, 32.0)
    assert start.sound_s == pytest.approx(2.0 * 1.0005 + 0.25)
    assert stop.sound_s == pytest.approx(32.0 * 1.0005 + 0.25)
    samples = track.samples()
    for beep in (start, stop):
        assert onset_in(samples, beep.sound_s) == pytest.approx(beep.sound_s, abs=1e-4)


def test_what_lies_outside_the_scene_is_not_in_the_truth() -> None:
    track = sound(5.0, event="SRSS", start_beep_s=-1.0)
    assert track.truth.beeps == ()
    early = sound(5.0, Impacts(np.array([0.05, 4.0]), np.zeros(0)), offset_s=-0.1)
    assert [click.picture_s for click in early.truth.clicks] == [4.0]


def test_the_calls_end_before_the_start_beep() -> None:
    """ "Set", half a second of silence, beep."""
    track = sound(12.0, event="SRSS", start_beep_s=10.0, **{**ONLY_BEEPS, "calls": True})
    samples = track.samples()
    assert not samples[round(9.5 * RATE) + 1 : 10 * RATE].any()
    assert rms(samples[round(9.35 * RATE) : round(9.5 * RATE)]) > 0.05
    heard = np.abs(samples[: 10 * RATE]) > 1e-3
    pauses = np.diff(np.flatnonzero(heard)) / RATE
    assert np.sort(pauses)[-3:] == pytest.approx([0.5, 0.5, 1.0], abs=0.02)


def test_the_time_is_called_during_the_leg() -> None:
    asked = {**ONLY_BEEPS, "calls": True, "event": "SRSS", "start_beep_s": 0.0}
    samples = sound(30.0, **asked).samples()
    seconds = [s for s in range(1, 30) if rms(samples[s * RATE : (s + 1) * RATE]) > 0]
    assert seconds[0] == 10
    assert 20 in seconds
    assert max(seconds) < 22


def test_clicks_are_heard_at_their_times_in_their_band() -> None:
    times = np.array([0.5, 1.1003, 1.9])
    track = sound(3.0, Impacts(times, np.zeros(0)), rope_db=0.0, **DRY)
    assert [click.picture_s for click in track.truth.clicks] == pytest.approx(times)
    samples = track.samples()
    heard = np.flatnonzero(np.abs(samples) > 1e-4)
    firsts = heard[np.append(True, np.diff(heard) > RATE // 10)]
    assert firsts / RATE == pytest.approx(times, abs=1e-4)
    power = np.square(np.abs(np.fft.rfft(samples)))
    hz = np.fft.rfftfreq(len(samples), 1 / RATE)
    assert power[(hz > 2000) & (hz < 12000)].sum() > 0.8 * power.sum()


def test_feet_are_duller_than_the_rope() -> None:
    track = sound(2.0, Impacts(np.zeros(0), np.array([0.5])), feet_db=0.0, **DRY)
    samples = track.samples()
    power = np.square(np.abs(np.fft.rfft(samples)))
    hz = np.fft.rfftfreq(len(samples), 1 / RATE)
    assert power[hz < 1000].sum() > 0.9 * power.sum()
    assert np.flatnonzero(samples)[0] / RATE == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("db", [-20.0, 0.0])
@pytest.mark.parametrize(
    "noise", [("hall",), ("crowd",), ("cheering",), ("whistles",), ("music",), ("hall", "music")]
)
def test_noise_is_as_loud_as_it_says(noise: tuple[Noise, ...], db: float) -> None:
    """Against the beep, however much the whole had to be turned down."""
    asked = {**ONLY_BEEPS, "noise_db": db, "noise": noise}
    alone = sound(8.0, **asked).samples()
    both = sound(8.0, event="SRSS", start_beep_s=2.0, **asked).samples()
    assert np.abs(both).max() < 1
    scale = rms(both[3 * RATE :]) / rms(alone[3 * RATE :])
    beep = (both - scale * alone)[2 * RATE :][: round(0.35 * RATE)]
    assert 20 * np.log10(rms(scale * alone) / rms(beep)) == pytest.approx(db, abs=0.2)


def test_reverberation_leaves_the_onset_and_fades() -> None:
    asked = {**ONLY_BEEPS, "event": "SRSS", "start_beep_s": 1.0}
    dry = sound(4.0, **asked).samples()
    wet = sound(4.0, **{**asked, "reverb_db": -10.0, "reverb_s": 1.0}).samples()
    np.testing.assert_allclose(wet[: round(1.005 * RATE)], dry[: round(1.005 * RATE)], atol=1e-5)
    ends = round(1.36 * RATE)
    assert not dry[ends:].any()
    early, late = rms(wet[ends : ends + RATE // 10]), rms(wet[ends + RATE // 2 :][: RATE // 10])
    assert 20 * np.log10(early / late) == pytest.approx(30, abs=4)


def test_the_echo_of_a_click_has_its_share() -> None:
    """Of a sound with all frequencies; of a tone a hall gives back more or less, as it happens."""
    impacts = Impacts(np.array([1.0]), np.zeros(0))
    asked = {**ONLY_BEEPS, "rope_db": 0.0}
    dry = sound(4.0, impacts, **asked).samples()
    wet = sound(4.0, impacts, **{**asked, "reverb_db": -10.0, "reverb_s": 1.0}).samples()
    assert 20 * np.log10(rms(wet - dry) / rms(dry)) == pytest.approx(-10, abs=1)


def test_the_same_seed_is_the_same_sound() -> None:
    impacts = Impacts(np.array([1.0, 2.0]), np.array([1.1]))
    asked = {"event": "SRSS", "noise": ("hall", "crowd", "cheering", "whistles", "music")}
    one, again, other = (sound(12.0, impacts, seed, **asked).samples() for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0.01


def test_rope_passes_are_found_between_the_samples() -> None:
    def rope(t: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([0.06 + 4 * t + 0.03 * np.sin(9 * t), np.zeros(len(t))], axis=-1)

    hits = rope_hits(rope, 3.0)
    assert len(hits) == 12
    np.testing.assert_allclose(rope(hits)[:, 0], np.arange(1, 13), atol=1e-4)


def test_only_a_rope_that_turns_forward_hits_the_floor() -> None:
    def rope(t: NDArray[np.float64]) -> NDArray[np.float64]:
        turns = np.where(t < 1, 5.06, np.where(t < 2, 0.06, 3.4 - t))  # laid down; taken up; back
        return np.stack([np.where(t < 0.5, np.nan, turns), np.zeros(len(t))], axis=-1)

    assert len(rope_hits(rope, 3.0)) == 0


def test_feet_are_heard_at_contacts_and_at_jumps_without_one() -> None:
    truth = Truth(
        jumps=(TrueJump(1.0, "left"), TrueJump(2.0, "right")),
        contacts=(
            Contact("left_foot", 0.0, 0.9),
            Contact("left_foot", 1.001, 1.2),
            Contact("left_hand", 1.5, 1.6),
        ),
    )
    assert foot_hits(truth).tolist() == [1.001, 2.0]
    assert foot_hits(Truth()).tolist() == []


def speed(**asked: object) -> Scene:
    script: Script = load_script("speed")
    return build_scene(
        msgspec.structs.replace(script, sound=msgspec.convert(asked, SoundSettings)), seed=3
    )


def test_every_jump_of_a_scene_is_heard_once_before_the_foot_comes_down() -> None:
    scene = speed(event="SRSS", start_beep_s=3.0)
    assert scene.sound is not None
    assert len(scene.sound) == round(12.0 * RATE)
    clicks = np.array([click.picture_s for click in scene.sound.truth.clicks])
    jumps = np.array([jump.time_s for jump in scene.truth.jumps for _ in range(jump.turns)])
    assert len(clicks) == len(jumps) > 15
    assert np.all((jumps - clicks > 0) & (jumps - clicks < 0.15))


def test_a_scene_without_the_table_is_silent() -> None:
    assert build_scene("speed").sound is None


@pytest.mark.parametrize(
    "table",
    [{"event": "SRSX"}, {"noise": ["wind"]}, {"noise_db": 99}, {"offset_s": 9}, {"volume": 1}],
)
def test_a_bad_table_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(table, SoundSettings)


@pytest.mark.parametrize("move", ["speed_step", "bounce", "double_under"])
def test_a_miss_is_heard_by_the_click_that_does_not_come(move: str) -> None:
    """As many clicks before each jump as the rope truly turns, none while he untangles it."""
    person = {"do": [{"move": move, "misses": 2}]}
    script = {"title": "misses", "seconds": 14, "person": [person], "sound": {}}
    scene = build_scene(msgspec.convert(script, Script))
    assert scene.sound is not None
    assert len(scene.truth.misses) == 2
    clicks = np.array([click.picture_s for click in scene.sound.truth.clicks])
    times = [0.0, *(jump.time_s for jump in scene.truth.jumps), 14.0]
    turns = [jump.turns for jump in scene.truth.jumps]
    assert np.histogram(clicks, times)[0].tolist() == [*turns, 0]
