"""Cameras, through a stand-in for their driver, and the pace of recordings."""

from __future__ import annotations

import threading

import cv2
import pytest

from realtime.opening import open_live
from realtime.sources.camera import CameraSource, backend, list_cameras
from realtime.sources.errors import SourceError
from realtime.sources.paced import PacedSource
from realtime.sources.video import VideoSource
from tests.videos import number_in, picture, write_video


class Driver:
    """A stand-in for `cv2.VideoCapture`: no camera can be had where tests run."""

    def __init__(self, pictures: int, *, stamps: bool = True, bad: int = 0) -> None:
        self.asked: dict[int, float] = {}
        self.released = False
        self.now = 100.0
        self._left = pictures
        self._bad = bad
        self._stamps = stamps

    def set(self, name: int, value: float) -> bool:
        self.asked[name] = value
        return True

    def get(self, name: int) -> float:
        if name == cv2.CAP_PROP_FPS:
            return 30.0
        return (self.now - 0.004) * 1000 if self._stamps else 0.0

    def read(self):
        if self._bad:
            self._bad -= 1
            return False, None
        if not self._left:
            return False, None
        self._left -= 1
        self.now += 1 / 30
        return True, picture(0)

    def release(self) -> None:
        self.released = True


def camera(pictures: int = 5, **faults) -> tuple[CameraSource, Driver]:
    driver = Driver(pictures, **faults)
    return CameraSource("0", capture=driver, clock=lambda: driver.now), driver


class Clock:
    """A virtual clock that its own waits move."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@pytest.mark.parametrize("live", [True, False])
def test_a_recording_keeps_its_pace_by_the_clock(tmp_path, live):
    clock = Clock()
    video = VideoSource(str(write_video(tmp_path / "a.mp4", [0, 0.1, 0.25, 1.0])))
    paced = PacedSource(video, live=live, clock=clock, wait=clock.wait)
    seen = []
    while (frame := paced.read()) is not None:
        seen.append((clock.now - 50, frame.captured_at - 50, frame.t))
    paced.close()
    for now, captured, t in seen:
        assert now == pytest.approx(t)
        assert captured == pytest.approx(t)


def test_an_interrupt_ends_a_long_wait(tmp_path):
    video = VideoSource(str(write_video(tmp_path / "a.mp4", [0, 60.0])))
    paced = PacedSource(video, live=True)
    assert paced.read() is not None
    threading.Timer(0.1, paced.interrupt).start()
    assert paced.read() is None
    paced.close()


def test_a_late_reader_is_late_to_a_camera_but_moves_a_waiting_stream(tmp_path):
    for live, expected in ((True, 0.2), (False, 0.9)):
        clock = Clock()
        video = VideoSource(str(write_video(tmp_path / "a.mp4", [0, 0.1, 0.2])))
        paced = PacedSource(video, live=live, clock=clock, wait=clock.wait)
        paced.read()
        clock.now += 0.8
        paced.read()
        assert paced.read().captured_at - 50 == pytest.approx(expected, abs=1e-3)
        paced.close()


def test_a_camera_is_asked_for_mjpeg_720p60_and_says_what_it_gives():
    source, driver = camera()
    assert driver.asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
    assert driver.asked[cv2.CAP_PROP_FRAME_HEIGHT] == 720
    assert driver.asked[cv2.CAP_PROP_FPS] == 60
    assert (source.info.width, source.info.height, source.info.fps) == (160, 120, 30)
    source.close()
    assert driver.released


def test_capture_time_is_the_drivers_where_it_has_one():
    source, driver = camera()
    assert source.read().captured_at == pytest.approx(driver.now - 0.004)
    source, driver = camera(stamps=False)
    assert source.read().captured_at == driver.now


def test_a_few_bad_reads_are_survived_and_a_lost_camera_is_named():
    source, _ = camera(pictures=2, bad=20)
    assert source.read() is not None
    assert source.read() is not None
    with pytest.raises(SourceError, match="camera 0: went away"):
        source.read()


def test_a_stalled_camera_can_be_interrupted():
    source, driver = camera(pictures=5)
    source.read()
    driver.now += 10  # every read of a stalled driver takes long
    source.interrupt()
    assert source.read() is None


def test_a_camera_without_a_picture_is_named_and_released():
    driver = Driver(0)
    with pytest.raises(SourceError, match="camera 0: gives no picture"):
        CameraSource("0", capture=driver)
    assert driver.released


@pytest.mark.parametrize("device", ["97", "/dev/video97"])
def test_a_camera_that_is_not_there_is_named_with_the_mend(device):
    with pytest.raises(SourceError, match=rf"camera {device}: .*fliptally doctor"):
        open_live(device)


def test_a_stream_that_nobody_sends_is_named():
    with pytest.raises(SourceError, match=r"rtsp://127\.0\.0\.1:9/x: cannot be opened .*expected"):
        open_live("rtsp://127.0.0.1:9/x")


def test_a_file_is_played_live_at_its_own_pace(tmp_path):
    source = open_live(str(write_video(tmp_path / "a.mp4", [0, 0.05])))
    assert source.live
    assert [number_in(source.read().image) for _ in range(2)] == [0, 1]
    source.close()


def test_the_drivers_own_time_is_kept_beside_for_it_may_jump():
    source, driver = camera()
    assert source.read().stamp == pytest.approx(driver.now - 0.004 - 1 / 30, abs=0.04)
    source, driver = camera(stamps=False)
    assert source.read().stamp is None


@pytest.mark.parametrize(
    ("system", "name"), [("linux", "V4L2"), ("darwin", "AVFOUNDATION"), ("win32", "MSMF")]
)
def test_each_system_has_its_own_way_to_its_cameras(system, name):
    assert backend(system) == getattr(cv2, f"CAP_{name}")


def test_where_a_system_lists_no_cameras_the_first_indices_are_tried():
    assert list_cameras("darwin") == ["0", "1", "2"]
    assert all(path.startswith("/dev/video") for path in list_cameras("linux"))
