"""The beeps of a video's sound, on the clock of its pictures."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest

from models.rope.rules import RULES
from models.simulation.script import Script, load_script
from models.simulation.staging import build_scene
from models.simulation.video import write_scene
from realtime.judge.sound.devices import SoundError
from realtime.judge.sound.soundtrack import beeps_of, tones_of
from tests.realtime.judge.sound.example import Samples, beep_at

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


def film(
    path: Path, sound: Samples, *, rate: int = 48_000, codec: str, first_picture_s: float = 0.0,
    first_sample_s: float = 0.0, stereo: bool = False, missing: slice | None = None,
) -> Path:  # fmt: skip
    """A film of grey pictures at 10 fps with `sound`, the two beginning when they are told;
    `missing` seconds of it are not written."""
    with av.open(str(path), "w") as container:
        pictures = cast(Any, container.add_stream("libx264", rate=10))
        pictures.width = pictures.height = 64
        pictures.pix_fmt = "yuv420p"
        pictures.codec_context.time_base = pictures.time_base = Fraction(1, 90_000)
        voice = cast(Any, container.add_stream(codec, rate=rate))
        voice.layout = "stereo" if stereo else "mono"
        for i in range(40):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 99, np.uint8), format="rgb24")
            frame.pts = round((first_picture_s + i / 10) * 90_000)
            frame.time_base = Fraction(1, 90_000)
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        size = voice.codec_context.frame_size or 1024
        whole = np.round(sound * 32767).astype(np.int16)
        for begin in range(0, len(whole), size):
            if missing and missing.start <= begin / rate < missing.stop:
                continue
            chunk = whole[begin : begin + size]
            block = (
                np.stack([chunk, np.zeros_like(chunk)], axis=1).reshape(1, -1)
                if stereo
                else chunk[None]
            )
            sounding = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(block), format="s16", layout=voice.layout.name
            )
            sounding.sample_rate = rate
            sounding.pts = begin + round(first_sample_s * rate)
            sounding.time_base = Fraction(1, rate)
            container.mux(voice.encode(sounding))
        container.mux(voice.encode(None))
    return path


def start_and_stop(rate: int = 48_000) -> Samples:
    sound = np.zeros(4 * rate, np.float32)
    for onset in (0.5, 3.5):
        beep_at(sound, rate, "high", round(onset * rate), 0.5)
    return sound


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
