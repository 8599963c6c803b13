"""A scene as a video file: every picture and every sound at its time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from models.simulation.scene import Scene
from models.simulation.script import load_script
from models.simulation.sound.settings import SoundSettings
from models.simulation.sound.track import BEEP_LEVEL
from models.simulation.staging import build_scene
from models.simulation.video import write_scene
from realtime.sources.video import VideoSource

RATE = 48_000


def noisy_times(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every third picture lost, the others up to 5 ms late: a variable rate."""
    rng = np.random.default_rng(0)
    kept = t[np.arange(len(t)) % 3 != 1].copy()
    return kept + rng.uniform(0, 0.005, len(kept))


@pytest.fixture(scope="module")
def scene() -> Scene:
    sound = SoundSettings(event="SRSS", start_beep_s=2.5, noise_db=-40, offset_s=0.0217)
    script = msgspec.structs.replace(load_script("speed"), sound=sound)
    steady = build_scene(script, seconds=6.0, fps=30.0, size=(640, 360), seed=2)
    return replace(steady, t=noisy_times(steady.t))


@pytest.fixture(scope="module", params=[".mp4", ".mov"])
def video(
    scene: Scene, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    path = tmp_path_factory.mktemp("video") / f"scene{request.param}"
    write_scene(scene, path)
    return path


def decoded(path: Path) -> tuple[NDArray[np.float64], list[NDArray[np.uint8]]]:
    with av.open(str(path)) as container:
        frames = [(f.time, f.to_ndarray(format="bgr24")) for f in container.decode(video=0)]
    return np.array([t for t, _ in frames]), [image for _, image in frames]


def heard(path: Path) -> tuple[float, NDArray[np.float64]]:
    """Time of the first sample in seconds, samples (N,) -1...1."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    assert {frame.sample_rate for frame in frames} == {RATE}
    samples = np.concatenate([frame.to_ndarray().ravel() for frame in frames])
    return float(frames[0].time or 0.0), samples / np.iinfo(np.int16).max


def test_each_picture_is_shown_at_its_time(scene: Scene, video: Path) -> None:
    times, _ = decoded(video)
    np.testing.assert_allclose(times, scene.t, atol=1e-5)


def test_each_picture_is_the_right_one(scene: Scene, video: Path) -> None:
    """Nearer to its own rendering than to its neighbours', where the athlete moves."""
    _, images = decoded(video)
    moving = range(60, 70)
    for i in moving:
        errors = [np.abs(images[i].astype(int) - scene.render(j)).mean() for j in (i - 1, i, i + 1)]
        assert np.argmin(errors) == 1
        assert errors[1] < 4


def test_the_first_picture_may_come_after_time_0(scene: Scene, video: Path) -> None:
    assert scene.t[0] > 1e-3
    assert decoded(video)[0][0] == pytest.approx(scene.t[0], abs=1e-5)


def test_the_beep_is_heard_at_its_time(scene: Scene, video: Path) -> None:
    assert scene.sound is not None
    begin, samples = heard(video)
    truth = scene.sound.truth.beeps[0]
    assert truth.sound_s == pytest.approx(2.5 + 0.0217)
    first = round((truth.sound_s - begin - 0.1) * RATE)
    onset = begin + (first + np.argmax(np.abs(samples[first:]) > BEEP_LEVEL / 2)) / RATE
    assert onset == pytest.approx(truth.sound_s, abs=1e-3)


def test_the_sound_is_the_scene_s_to_the_last_bit(scene: Scene, video: Path) -> None:
    assert scene.sound is not None
    begin, samples = heard(video)
    assert begin == 0
    np.testing.assert_allclose(samples, scene.sound.samples(), atol=0.6 / 32767)


def test_opencv_and_fliptally_read_the_same(scene: Scene, video: Path) -> None:
    source = VideoSource(str(video))
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    np.testing.assert_allclose([frame.t for frame in frames], scene.t - scene.t[0], atol=1e-5)
    capture = cv2.VideoCapture(str(video))
    seen = [capture.read() for _ in range(scene.frames + 1)]
    capture.release()
    assert [ok for ok, _ in seen] == [True] * scene.frames + [False]
    assert np.abs(seen[65][1].astype(int) - frames[65].image).mean() < 4


def test_a_silent_scene_has_no_sound_track(tmp_path: Path) -> None:
    path = tmp_path / "silent.mov"
    write_scene(build_scene("speed", seconds=5.0, fps=5.0, size=(64, 64)), path)
    with av.open(str(path)) as container:
        assert not container.streams.audio
        assert len(list(container.decode(video=0))) == 25


def test_stronger_compression_is_a_smaller_file(tmp_path: Path) -> None:
    scene = build_scene("speed", seconds=5.0, fps=5.0, size=(320, 240))
    for crf in (10, 40):
        write_scene(scene, tmp_path / f"{crf}.mp4", crf=crf)
    assert (tmp_path / "40.mp4").stat().st_size < 0.5 * (tmp_path / "10.mp4").stat().st_size


def test_a_file_that_was_broken_off_is_not_left_behind(tmp_path: Path) -> None:
    def stop(done: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    scene = build_scene("speed", seconds=5.0, fps=5.0, size=(64, 64))
    (tmp_path / "a.mp4").write_text("the one before")
    with pytest.raises(KeyboardInterrupt):
        write_scene(scene, tmp_path / "a.mp4", progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_text() == "the one before"


def test_what_goes_wrong_is_said_of_the_file_that_was_asked_for(tmp_path: Path) -> None:
    scene = build_scene("speed", seconds=5.0, fps=5.0, size=(64, 64))
    path = tmp_path / "none" / "a.mp4"
    with pytest.raises(OSError, match="No such file or directory") as failed:
        write_scene(scene, path)
    assert failed.value.filename == str(path)


def test_what_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    scene = build_scene("speed", seconds=5.0, fps=5.0, size=(64, 63))
    with pytest.raises(ValueError, match=r"size: expected an even width and height, .* got 64x63"):
        write_scene(scene, tmp_path / "a.mp4")
    with pytest.raises(ValueError, match=r"a\.avi: expected a name that ends in \.mp4 or \.mov"):
        write_scene(scene, tmp_path / "a.avi")
