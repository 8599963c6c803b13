"""`fliptally calibrate timing`: a recording with sound, and a camera that watches the screen."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from bench.timing import RATE, ROWS, SHUTTERS, hall_track, light_of, moments
from calibration.onsets import flash_onsets
from calibration.profile import profile_path, read_profile
from calibration.timing import TimingError, camera_latency
from realtime import exits
from realtime.cli import main
from realtime.commands.calibrate_timing import watch
from realtime.sources.protocol import Frame, SourceInfo

OFFSET_S = 0.137


def record(path, *, seconds=6.4, sound=True):
    """Grey pictures with flashes at 30 fps, and beeps `OFFSET_S` later."""
    rng = np.random.default_rng(1)
    at, t = moments(rng), np.arange(0, seconds, 1 / 30)
    light = light_of(t, at, SHUTTERS[0])
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        audio = container.add_stream("flac", rate=RATE) if sound else None
        for i, lit in enumerate(light):
            rows = np.repeat(60 + 80 * lit, 96 // ROWS).astype(np.uint8)
            image = np.broadcast_to(rows[:, None, None], (96, 160, 3))
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
            frame.pts, frame.time_base = i, Fraction(1, 30)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            heard = hall_track("beep", at + OFFSET_S, 7.0, -30.0, rng)
            track = (32767 * heard.clip(-1, 1)).astype(np.int16)
            for k in range(0, len(track), 4096):
                frame = av.AudioFrame.from_ndarray(track[None, k : k + 4096], "s16", "mono")
                frame.sample_rate, frame.pts, frame.time_base = RATE, k, Fraction(1, RATE)
                container.mux(audio.encode(frame))
            container.mux(audio.encode(None))


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def test_the_offset_of_a_recording_is_printed_and_kept(kept, capsys):
    record(kept / "clip.mp4")
    arguments = ["calibrate", "timing", str(kept / "clip.mp4"), "--camera", "hall"]
    assert main(arguments) == exits.DONE
    said = capsys.readouterr().out
    assert "later than the picture" in said
    assert "30.00 fps" in said
    timing = read_profile(profile_path("hall")).timing
    assert timing.audio_offset_s == pytest.approx(OFFSET_S, abs=1 / 60)
    assert timing.fps == pytest.approx(30)
    assert 0 < timing.error_s < 1 / 30


def test_a_recording_without_sound_is_one_clear_line(kept, capsys):
    record(kept / "mute.mp4", seconds=1.0, sound=False)
    assert main(["calibrate", "timing", str(kept / "mute.mp4")]) == exits.BAD_INPUT
    assert "holds no sound; record it with the microphone on" in capsys.readouterr().err


def test_what_is_no_video_is_one_clear_line(kept, capsys):
    (kept / "notes.mp4").write_text("no video")
    assert main(["calibrate", "timing", str(kept / "notes.mp4")]) == exits.BAD_INPUT
    assert "expected a video" in capsys.readouterr().err


def test_flashes_need_a_terminal(capsys):
    assert main(["calibrate", "timing", "--play"]) == exits.BAD_INPUT
    assert "run it in a terminal" in capsys.readouterr().err


class Mirror:
    """A camera on a virtual clock that sees the screen `late_s` later; `t` is its time stamp."""

    live = True
    info = SourceInfo("mirror", 32, 24, 30.0)

    def __init__(self, late_s, frames=10_000):
        self.now, self.late_s, self.frames, self.next = 0.0, late_s, frames, 0.0
        self.switched = [(-9.0, False)]

    def light(self, on):
        self.switched.append((self.now, on))

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds

    def read(self):
        if self.frames == 0:
            return None
        self.frames -= 1
        stamp = self.next
        self.next += 1 / 30
        self.now = max(self.now, stamp + 0.01)  # it takes 10 ms to arrive
        lit = [on for at, on in self.switched if at <= stamp - self.late_s][-1]
        image = np.full((24, 32, 3), 200 if lit else 40, np.uint8)
        return Frame(stamp, image, stamp)


@pytest.mark.parametrize("late_s", [0.0, 0.08, 0.6])
def test_a_camera_that_watches_the_screen_has_its_latency_measured(late_s):
    camera = Mirror(late_s)
    shown, watched, arrived = watch(
        camera, camera.light, np.random.default_rng(0), clock=camera.clock, sleep=camera.sleep
    )
    t = np.array(watched.t)
    seen, error = flash_onsets(t, np.array(watched.rows))
    assert len(shown) == len(seen) == 8
    found = camera_latency(shown, seen, resolution_s=error)
    assert found.offset_s == pytest.approx(late_s, abs=1 / 60)
    assert np.median(arrived - t) == pytest.approx(0.01, abs=0.002)


def test_pictures_that_end_before_the_flashes_are_told():
    camera = Mirror(0.0, frames=20)
    with pytest.raises(TimingError, match="ended before the flashes"):
        watch(camera, camera.light, np.random.default_rng(0), clock=camera.clock)
