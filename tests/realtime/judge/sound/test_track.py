"""The timing track is the rules', to the sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.rope.rules import RULES
from realtime.judge.sound.calls import (
    HummedVoice,
    RecordedVoice,
    Spoken,
    SystemVoice,
    read_sound,
    recordings_of,
    system_voice,
)
from realtime.judge.sound.devices import SoundError
from realtime.judge.sound.plan import beeps_by_plan
from realtime.judge.sound.track import Track, timing_track, write_track
from tests.realtime.judge.sound.example import Samples, Silent, heard

SPRINT = RULES.events["SRSS"]
SHORT = replace(SPRINT, name="practice", legs=2, leg_s=3.0)


@pytest.mark.parametrize("code", ["SRSS", "SRSE", "SRSR", "SRDR", "DDSR", "DDSS"])
@pytest.mark.parametrize("rate", [8000, 44_100])
def test_intervals_are_exact_from_onset_to_onset(code: str, rate: int) -> None:
    event = RULES.events[code]
    track = timing_track(event, Silent(), rate)
    assert [beep.kind for beep in track.beeps] == [s.kind for s in RULES.signals(event)]
    assert event.leg_s is not None
    assert set(np.diff([beep.sample for beep in track.beeps])) == {event.leg_s * rate}


def test_the_calls_come_with_their_silences() -> None:
    rate = 8000
    track = timing_track(SPRINT, Silent(), rate)
    said, silent = round(0.25 * rate), [0.0, 1.0, 0.5, 0.5, 0.5]
    at = 0
    for silence_s in silent:
        assert track.samples[at : at + said].all()
        at += said
        assert not track.samples[at : at + round(silence_s * rate)].any()
        at += round(silence_s * rate)
    assert track.beeps[0].sample == at
    called = [at + 10 * rate, at + 20 * rate]
    assert all(track.samples[i : i + said].all() and not track.samples[i - 1] for i in called)


def test_a_beep_is_a_square_wave_of_the_rules_pitch_and_length() -> None:
    rate = 48_000
    track = timing_track(SHORT, Silent(), rate)
    for beep in track.beeps:
        wave = track.samples[beep.sample : beep.sample + round(0.35 * rate)]
        assert not track.samples[beep.sample + len(wave)]
        rising = np.flatnonzero((wave[:-1] <= 0) & (wave[1:] > 0))
        hz = (len(rising) - 1) / (rising[-1] - rising[0]) * rate
        assert hz == pytest.approx(RULES.beep_hz(beep.kind), abs=0.2)
        share = float(np.mean(np.abs(wave) > 0.8 * np.median(np.abs(wave))))
        assert share > 0.95  # flat between its edges


def test_the_detector_hears_the_track() -> None:
    track = timing_track(SHORT, HummedVoice(), 44_100, volume=0.3)
    beeps = beeps_by_plan(heard(track.samples, 44_100), SHORT, "played")
    assert [beep.kind for beep in beeps] == ["start", "switch", "stop"]
    true = [beep.sample / 44_100 for beep in track.beeps]
    assert [beep.time_s for beep in beeps] == pytest.approx(true, abs=2e-4)


@pytest.mark.parametrize("volume", [1.0, 0.1])
def test_the_volume_holds_for_everything(volume: float) -> None:
    full, soft = (
        timing_track(SHORT, Silent(), 8000),
        timing_track(SHORT, Silent(), 8000, volume=volume),
    )
    assert np.allclose(soft.samples, volume * full.samples, atol=1e-6)
    assert 0.5 < np.abs(full.samples).max() < 1


@pytest.mark.parametrize("ending", [".wav", ".flac"])
def test_a_written_track_comes_back(tmp_path: Path, ending: str) -> None:
    track, path = timing_track(SHORT, Silent(), 44_100), tmp_path / f"track{ending}"
    write_track(track, path)
    assert np.allclose(read_sound(path, 44_100), track.samples, atol=1e-4)


def test_bad_wishes_are_refused(tmp_path: Path) -> None:
    track = timing_track(SHORT, Silent(), 8000)
    with pytest.raises(SoundError, match=r"ends in \.wav or \.flac, got \.mp3"):
        write_track(track, tmp_path / "track.mp3")
    with pytest.raises(SoundError, match="cannot be written"):
        write_track(track, tmp_path / "none" / "track.wav")
    with pytest.raises(ValueError, match="SRTU: has no timing track"):
        timing_track(RULES.events["SRTU"], Silent(), 8000)
    with pytest.raises(ValueError, match="legs of at least 3 s"):
        timing_track(replace(SPRINT, leg_s=0.5), Silent(), 8000)
    with pytest.raises(ValueError, match="volume"):
        timing_track(SPRINT, Silent(), 8000, volume=1.5)
    with pytest.raises(ValueError, match="rate"):
        timing_track(SPRINT, Silent(), 4000)


def test_a_call_that_would_run_into_a_beep_is_refused() -> None:
    class Slow:
        def say(self, call: Spoken, rate: int) -> Samples:
            return np.ones(11 * rate, np.float32)

    with pytest.raises(SoundError, match=r"call '20': lasts 11.0 s .* after 10.0 s"):
        timing_track(SPRINT, Slow(), 8000)


def record(folder: Path, names: tuple[str, ...]) -> None:
    tone = np.sin(np.arange(4000)).astype(np.float32)
    quiet = np.zeros(800, np.float32)
    piece = np.concatenate([quiet, tone, quiet])
    for name in names:
        write_track(Track(SPRINT, 16_000, np.float32(0.5) * piece, ()), folder / f"{name}.wav")


def test_recordings_of_the_user_are_played(tmp_path: Path) -> None:
    names = recordings_of(SPRINT)
    assert names == ("SRSS", "30-seconds", "judges-ready", "athletes-ready", "set", "10", "20")
    record(tmp_path, names)
    track = timing_track(SPRINT, RecordedVoice(tmp_path, SPRINT), 16_000)
    assert track.beeps[0].sample == pytest.approx(5 * 4000 + 2.5 * 16_000, abs=20)


def test_a_recording_that_is_not_there_is_named(tmp_path: Path) -> None:
    record(tmp_path, recordings_of(SPRINT)[:-2])
    with pytest.raises(SoundError, match=r"10\.wav, 20\.wav missing .* needs 7 recordings"):
        RecordedVoice(tmp_path, SPRINT)
    with pytest.raises(SoundError, match="no such folder"):
        RecordedVoice(tmp_path / "none", SPRINT)
    for name in ("10", "20"):
        (tmp_path / f"{name}.wav").write_text("no sound")
    with pytest.raises(SoundError, match=r"10\.wav: cannot be read"):
        timing_track(SPRINT, RecordedVoice(tmp_path, SPRINT), 16_000)


def test_the_hummed_voice_is_the_same_every_time() -> None:
    call = Spoken("Judges ready?", "judges-ready")
    first, again = (HummedVoice().say(call, 44_100) for _ in range(2))
    assert np.array_equal(first, again)
    assert 0.5 < len(first) / 44_100 < 3


def test_a_voice_that_fails_says_what_to_do(tmp_path: Path) -> None:
    voice = SystemVoice(lambda text, path: [str(tmp_path / "no-such-program"), text])
    with pytest.raises(SoundError, match=r"cannot say 'Set' .* --calls DIR"):
        voice.say(Spoken("Set", "set"), 16_000)


def test_the_voice_of_this_system_speaks_where_there_is_one() -> None:
    voice = system_voice()
    if voice is None:
        pytest.skip("no espeak-ng here")
    said = voice.say(Spoken("Judges ready?", "judges-ready"), 16_000)
    assert 0.4 < len(said) / 16_000 < 3
    assert np.abs(said).max() == pytest.approx(1)
