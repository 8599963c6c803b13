"""The contract that every source of frames keeps, and every one that heals itself."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from models.simulation.staging import build_scene
from realtime.opening import open_live, open_station, open_video
from realtime.sources.camera import CameraSource
from realtime.sources.errors import SourceError
from realtime.sources.gopro import GoProSource
from realtime.sources.healing import HealingSource
from realtime.sources.images import ImageFolderSource
from realtime.sources.paced import PacedSource
from realtime.sources.protocol import CameraMode, Frame, Source
from realtime.sources.simulated import SimulatedSource
from realtime.sources.trial import tried
from realtime.sources.video import VideoSource
from realtime.supervision.states import StateChange
from tests.gopros import GoPro
from tests.rtsp import RtspCamera
from tests.sending import Sender
from tests.videos import picture, write_video

SOON_S = 2.5
TIMES = [i / 30 for i in range(20)]


class Capture:
    """A stand-in for `cv2.VideoCapture`, at real pace: there is no camera where tests run."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(0)

    def set(self, name: int, value: float) -> bool:
        return True

    def get(self, name: int) -> float:
        if name == cv2.CAP_PROP_POS_MSEC:
            return (time.monotonic() - 0.005) * 1000
        mjpeg = float(cv2.VideoWriter.fourcc(*"MJPG"))
        return {cv2.CAP_PROP_FPS: 30.0, cv2.CAP_PROP_FOURCC: mjpeg}.get(name, 0.0)

    def read(self):
        time.sleep(1 / 60)
        return True, self._rng.integers(60, 200, (120, 160, 3)).astype(np.uint8)

    def release(self) -> None: ...


@pytest.fixture
def folder(tmp_path):
    for i in (2, 0, 1, *range(3, 20)):
        cv2.imwrite(str(tmp_path / f"picture {i}.png"), picture(i))
    return tmp_path


Make = Callable[[pytest.FixtureRequest], Iterator[Source]]


def _file(request):
    return str(write_video(request.getfixturevalue("tmp_path") / "a.mp4", TIMES))


def _video(request):
    yield VideoSource(_file(request))


def _paced(request):
    yield open_live(_file(request))


def _played(request):
    yield open_video(_file(request), realtime=True)


def _simulated(_):
    yield SimulatedSource(build_scene("backflip", fps=30, size=(320, 180)))


def _images(request):
    yield ImageFolderSource(request.getfixturevalue("folder"), 30)


def _paced_images(request):
    yield PacedSource(ImageFolderSource(request.getfixturevalue("folder"), 30), live=False)


def _camera(_):
    yield CameraSource("0", capture=Capture())


def _udp(request):
    with Sender(request.getfixturevalue("film"), "udp") as sender:
        yield open_live(sender.url)


def _gopro(request):
    with GoPro(request.getfixturevalue("film")) as camera:
        yield GoProSource(camera.source)


def _healing_camera(_):
    yield HealingSource(lambda: CameraSource("0", capture=Capture()), "camera 0")


def _healing_udp(request):
    with Sender(request.getfixturevalue("film"), "udp") as sender:
        yield open_station(sender.url)


def _healing_rtsp(_):
    with RtspCamera() as camera:
        yield open_station(camera.url)


MAKE: dict[str, Make] = {
    "video": _video,
    "video live": _paced,
    "video played": _played,
    "simulated": _simulated,
    "images": _images,
    "images played": _paced_images,
    "camera": _camera,
    "udp": _udp,
    "gopro": _gopro,
    "healing camera": _healing_camera,
    "healing udp": _healing_udp,
    "healing rtsp": _healing_rtsp,
}


@pytest.fixture(params=MAKE)
def source(request) -> Iterator[Source]:
    made = MAKE[request.param](request)
    source = next(made)
    yield source
    source.close()
    assert next(made, None) is None


def frames_of(source: Source, count: int) -> list[Frame]:
    frames: list[Frame] = []
    while len(frames) < count:
        seen = source.read()
        assert seen is not None
        if isinstance(seen, Frame):
            frames.append(seen)
        else:
            assert isinstance(source, HealingSource)
            assert seen.state == "running"
    return frames


def test_what_comes_is_what_is_promised(source):
    """Times, pictures and what a source says of itself; an end soon after it is interrupted; and
    nothing after it was closed, twice."""
    frames = frames_of(source, 10)
    times = [frame.t for frame in frames]
    assert times[0] == 0
    assert all(b > a for a, b in itertools.pairwise(times))
    assert all(b.captured_at >= a.captured_at for a, b in itertools.pairwise(frames))
    for frame in frames:
        assert frame.image.dtype == np.uint8
        assert frame.image.shape == (source.info.height, source.info.width, 3)
    assert source.info.uri
    assert "\n" not in source.info.uri
    if source.info.fps and not isinstance(source, HealingSource | CameraSource):
        assert np.median(np.diff(times)) == pytest.approx(1 / source.info.fps, rel=0.1)

    over = threading.Event()

    def read_on() -> None:
        try:
            while source.read() is not None:
                pass
        except SourceError:
            pass
        over.set()

    reader = threading.Thread(target=read_on)
    reader.start()
    source.interrupt()
    begin = time.monotonic()
    reader.join(10)
    assert over.is_set()
    assert time.monotonic() - begin < SOON_S
    source.close()
    source.close()
    assert source.read() is None


def test_a_camera_says_what_it_was_asked_for_and_what_it_gives():
    source = CameraSource("0", capture=Capture())
    assert source.info.asked == CameraMode(1280, 720, 60.0)
    assert (source.info.width, source.info.height) == (160, 120)
    assert source.info.pixel_format == "MJPG"
    source.close()


ERRORS = {
    "no camera": lambda _: open_station("97"),
    "no device": lambda _: open_station("/dev/video97"),
    "no stream": lambda _: open_station("http://127.0.0.1:9/x"),
    "no gopro": lambda _: open_station("gopro:127.0.0.1:9"),
    "no file": lambda _: open_station("none.mp4"),
    "no film": lambda folder: open_station(str(folder / "notes.mp4")),
    "no rate": lambda folder: open_video(str(folder), realtime=False),
    "no pictures": lambda folder: ImageFolderSource(folder / "empty", 30),
    "damaged": lambda folder: ImageFolderSource(folder / "damaged", 30),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_one_line_with_the_thing_and_the_mend(name, folder):
    (folder / "notes.mp4").write_text("this is no film\n" * 40)
    (folder / "empty").mkdir()
    (folder / "damaged").mkdir()
    (folder / "damaged" / "0.png").write_bytes(b"not a picture")
    with pytest.raises(SourceError) as error:
        ERRORS[name](folder)
    line = str(error.value)
    assert "\n" not in line
    thing, _, rest = line.partition(": ")
    assert thing
    assert any(word in rest for word in ("expected", "run ", "give ", "take "))


def test_a_healing_camera_says_in_a_second_or_two_that_it_is_slower_than_asked():
    """At real pace: asked for 60, it gives what it can."""
    source = HealingSource(lambda: CameraSource("0", capture=_Slow()), "camera 0")
    begin = time.monotonic()
    try:
        while not (isinstance(seen := source.read(), StateChange) and seen.why):
            assert time.monotonic() - begin < 3
        assert seen.state == "degraded"
        assert "pictures a second, asked for 60: more light, or another camera" in seen.why
    finally:
        source.close()


class _Slow(Capture):
    def read(self):
        time.sleep(1 / 60)
        return super().read()


def test_what_a_camera_really_gives_is_measured():
    trial = tried(lambda: CameraSource("0", capture=_Slow()))
    assert 15 < trial.fps < 35
    assert str(trial).startswith(f"160x120 MJPG, {trial.fps:.0f} pictures a second; asked for 1280")


def test_a_driver_that_does_not_answer_is_not_waited_for():
    let_go = threading.Event()
    begin = time.monotonic()

    def hang():
        let_go.wait()
        raise SourceError("camera 0: gone")

    with pytest.raises(SourceError, match="its driver does not answer"):
        tried(hang, patience_s=0.2)
    assert time.monotonic() - begin < 1.5
    let_go.set()
