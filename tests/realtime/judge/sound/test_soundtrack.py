"""The beeps of a video's sound, on the clock of its pictures."""

from __future__ import annotations

import io
import wave
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.profile import VERSION, Profile, TimingPart, write_profile
from models.rope.rules import RULES
from models.simulation.script import Script, load_script
from models.simulation.staging import build_scene
from models.simulation.video import write_scene
from realtime.commands.judge import _cues
from realtime.commands.review import _beeps
from realtime.judge.sound.devices import SoundError
from realtime.judge.sound.soundtrack import SoundTrack, beeps_of, tones_of, wav
from tests.realtime.judge.sound.films import film, start_and_stop
from tests.videos import write_video

EVENT = replace(RULES.events["SRSS"], legs=1, leg_s=3.0)
SCENE = """
title = "Start beep"
seconds = {seconds}

[[person]]
do = [{{ move = "stand" }}]

[camera]
fps = 10
width = 160
height = 90

[sound]
event = "SRSS"
start_beep_s = {start}
calls = false
offset_s = {offset}
noise_db = -10
"""


def scene_file(folder: Path, **asked: float) -> Path:
    path = folder / "scene.toml"
    path.write_text(SCENE.format(**asked))
    return path


@pytest.mark.parametrize("offset_s", [0.0, 0.137])
def test_the_beep_of_a_simulated_film_is_where_the_truth_says(
    tmp_path: Path, offset_s: float
) -> None:
    scene = build_scene(scene_file(tmp_path, seconds=3.0, start=1.234, offset=offset_s))
    write_scene(scene, tmp_path / "film.mp4")
    assert scene.sound is not None
    (true,) = scene.sound.truth.beeps
    (beep,) = beeps_of(tmp_path / "film.mp4", RULES.events["SRSS"], offset_s=offset_s)
    assert (beep.kind, beep.heard) == ("start", "sound track")
    assert beep.time_s == pytest.approx(true.picture_s, abs=0.002)


@pytest.mark.parametrize(
    ("name", "codec", "rate", "within_s"),
    [
        ("a.mov", "pcm_s16le", 48_000, 0.0005),
        ("a.mp4", "flac", 44_100, 0.0005),
        ("a.mp4", "aac", 48_000, 0.003),
        ("a.mkv", "libmp3lame", 44_100, 0.003),
        ("a.mkv", "pcm_s16le", 8000, 0.002),
    ],
)
def test_start_and_stop_are_found_in_every_container(
    tmp_path: Path, name: str, codec: str, rate: int, within_s: float
) -> None:
    beeps = beeps_of(film(tmp_path / name, start_and_stop(rate), codec=codec, rate=rate), EVENT)
    assert [beep.kind for beep in beeps] == ["start", "stop"]
    assert [beep.time_s for beep in beeps] == pytest.approx([0.5, 3.5], abs=within_s)


@pytest.mark.parametrize(("picture_s", "sample_s"), [(0.0, 0.4), (0.3, 0.0), (5.0, 5.25)])
def test_sound_and_picture_may_begin_at_different_times(
    tmp_path: Path, picture_s: float, sample_s: float
) -> None:
    path = film(
        tmp_path / "a.mov", start_and_stop(), codec="pcm_s16le",
        first_picture_s=picture_s, first_sample_s=sample_s,
    )  # fmt: skip
    shift = sample_s - picture_s
    found = [beep.time_s for beep in beeps_of(path, EVENT)]
    assert found == pytest.approx([0.5 + shift, 3.5 + shift], abs=0.001)


def test_one_channel_of_two_is_enough(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mov", start_and_stop(), codec="pcm_s16le", stereo=True)
    assert [beep.time_s for beep in beeps_of(path, EVENT)] == pytest.approx([0.5, 3.5], abs=5e-4)


def test_a_gap_in_the_sound_moves_nothing(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mkv", start_and_stop(), codec="pcm_s16le", missing=slice(1.5, 2.5))
    assert [beep.time_s for beep in beeps_of(path, EVENT)] == pytest.approx([0.5, 3.5], abs=2e-3)


def test_a_film_without_sound_or_no_film_is_refused(tmp_path: Path) -> None:
    script: Script = load_script(scene_file(tmp_path, seconds=0.5, start=1.0, offset=0.0))
    assert script.sound is not None
    text = (tmp_path / "scene.toml").read_text()
    (tmp_path / "scene.toml").write_text(text[: text.index("[sound]")])
    write_scene(build_scene(tmp_path / "scene.toml"), tmp_path / "silent.mp4")
    with pytest.raises(SoundError, match=r"silent\.mp4: has no sound"):
        tones_of(tmp_path / "silent.mp4")
    with pytest.raises(SoundError, match=r"scene\.toml: cannot be opened"):
        tones_of(tmp_path / "scene.toml")
    with pytest.raises(SoundError, match=r"none\.mp4: cannot be opened"):
        tones_of(tmp_path / "none.mp4")


def test_any_piece_of_the_sound_is_where_it_belongs(tmp_path: Path) -> None:
    """However late pictures or sound begin; before and after there is silence."""
    path = film(tmp_path / "a.mp4", start_and_stop(), codec="aac", first_picture_s=0.2)
    track = SoundTrack(path)
    for begin_s in (-0.5, 0.1, 0.26, 2.9, 3.2):
        piece = np.abs(track.between(begin_s, begin_s + 1.0))
        assert len(piece) == SoundTrack.RATE
        loud = np.flatnonzero(piece > 0.1)
        onset = next(t for t in (0.3, 3.3) if t > begin_s)
        assert loud[0] / SoundTrack.RATE + begin_s == pytest.approx(onset, abs=0.003)
    assert not track.between(50.0, 50.5).any()
    with wave.open(io.BytesIO(wav(track.between(3.0, 4.0), SoundTrack.RATE))) as file:
        assert (file.getnframes(), file.getframerate(), file.getnchannels()) == (24_000, 24_000, 1)


def test_a_film_without_sound_has_no_piece_of_it(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="has no sound"):
        SoundTrack(write_video(tmp_path / "a.mp4", [0.0, 0.1]))


def test_judge_and_review_take_the_calibrated_offset_off_the_same_beeps(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", start_and_stop(), codec="aac")
    profile = tmp_path / "camera.toml"
    timing = TimingPart(audio_offset_s=0.1)
    write_profile(profile, Profile(VERSION, "camera", timing=timing))
    options = Namespace(source=str(path), start_at=None)
    onsets = [
        [beep.time_s for beep in beeps]
        for given in (profile, None)
        for beeps in (_cues(options, EVENT, given), _beeps(path, EVENT, given))
    ]
    assert onsets[0] == onsets[1] == [t - 0.1 for t in onsets[2]]
    assert onsets[2] == onsets[3] == pytest.approx([0.5, 3.5], abs=0.003)
