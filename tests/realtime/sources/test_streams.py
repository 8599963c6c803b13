"""Streams over real sockets, from a sender that stands still, dies and comes back."""

from __future__ import annotations

import itertools
import re
import threading
import time

import numpy as np
import pytest

from realtime.opening import open_live, open_station, part_name
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Frame, Source
from realtime.supervision.states import StateChange
from tests.rtsp import RtspCamera
from tests.sending import FPS, Sender

_WAITED_S = 12.0


def opened(url: str) -> Source:
    """As soon as the sender listens."""
    deadline = time.monotonic() + _WAITED_S
    while True:
        try:
            return open_station(url)
        except SourceError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class Watch:
    """Reads a source in a thread, as the capture thread does, and notes what comes when."""

    def __init__(self, source: Source) -> None:
        self.frames: list[Frame] = []
        self.said: list[tuple[float, StateChange]] = []
        self._source = source
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        while (seen := self._source.read()) is not None:
            if isinstance(seen, StateChange):
                self.said.append((time.monotonic(), seen))
            else:
                self.frames.append(seen)

    def wait(self, state: str, since: float) -> tuple[float, StateChange]:
        deadline = time.monotonic() + _WAITED_S
        while time.monotonic() < deadline:
            for when, change in list(self.said):
                if when > since and change.state == state:
                    return when, change
            time.sleep(0.01)
        raise AssertionError(f"never {state}: {self.said}")

    def end(self) -> float:
        """How long ending it takes."""
        begin = time.monotonic()
        self._source.interrupt()
        self._thread.join()
        self._source.close()
        self._source.close()
        return time.monotonic() - begin


def test_a_stream_that_is_paused_goes_on(film):
    with Sender(film, "udp") as sender:
        watch = Watch(opened(sender.url))
        time.sleep(0.3)
        paused = time.monotonic()
        sender.pause()
        noticed, change = watch.wait("degraded", paused)
        assert noticed - paused < 1.0
        assert change.why == f"stream {sender.url.partition('//')[2]}: no picture for 0.7 s"
        going = time.monotonic()
        sender.go_on()
        back, change = watch.wait("running", going)
        assert back - going < 1.0
        assert change.gap_s == pytest.approx(back - paused, abs=0.2)
        assert watch.end() < 1.0


@pytest.mark.parametrize("way", ["udp", pytest.param("http", marks=pytest.mark.slow)])
def test_a_stream_whose_sender_dies_and_comes_back_goes_on(film, way):
    with Sender(film, way) as sender:
        source = opened(sender.url)
        assert (source.info.width, source.info.height) == (160, 120)
        watch = Watch(source)
        time.sleep(0.3)
        killed = time.monotonic()
        sender.kill()
        noticed, _ = watch.wait("degraded", killed)
        assert noticed - killed < 1.0
        time.sleep(max(killed + 1.8 - time.monotonic(), 0))  # until it was given up
        started = time.monotonic()
        sender.start()
        back, change = watch.wait("running", started)
        assert back - started < 4.0
        assert change.gap_s == pytest.approx(back - killed, abs=0.2)
        time.sleep(0.5)
        assert watch.end() < 1.0
    times = [frame.t for frame in watch.frames]
    assert times[0] == 0
    assert all(b > a for a, b in itertools.pairwise(times))
    after = [frame for frame in watch.frames if frame.captured_at > back]
    assert len(after) > 0.3 * FPS
    behind = [frame.captured_at - frame.t for frame in (watch.frames[0], after[-1])]
    assert np.ptp(behind) < 0.3, "time is the monotonic clock's over the gap"


@pytest.mark.slow
def test_an_rtsp_camera_that_sends_nothing_is_opened_again():
    with RtspCamera() as camera:
        watch = Watch(open_station(camera.url))
        time.sleep(0.3)
        silent = time.monotonic()
        camera.silent.set()
        noticed, change = watch.wait("degraded", silent)
        assert noticed - silent < 1.0
        assert re.fullmatch(r"stream 127\.0\.0\.1:\d+: no picture for 0\.7 s", change.why)
        time.sleep(max(silent + 1.7 - time.monotonic(), 0))
        camera.silent.clear()
        back, _ = watch.wait("running", silent)
        assert back - silent < 4.0
        assert watch.end() < 1.0
        assert camera.asked.count("PLAY") == 2


def test_what_a_stream_is_called_fits_a_line_and_tells_no_password():
    assert part_name("rtsp://judge:secret@10.0.0.7:554/h264/ch1") == "stream 10.0.0.7:554"
    assert part_name("udp://0.0.0.0:8554?fifo_size=5") == "stream 0.0.0.0:8554"
    assert part_name("0") == "camera 0"
    assert part_name("gopro:172.27.189.51") == "gopro:172.27.189.51"
    assert part_name("/films/a.mp4") == "a.mp4"


def test_nobody_sends():
    with pytest.raises(SourceError, match=r"http://127\.0\.0\.1:9/x: cannot be opened .*expected"):
        open_station("http://127.0.0.1:9/x")


def test_packets_that_were_lost_or_damaged_on_the_way_end_nothing(film, tmp_path):
    """Every thirtieth piece is overwritten with noise."""
    data = bytearray(film.read_bytes())
    rng = np.random.default_rng(0)
    at, i = 0, 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "little")
        if i % 30 == 17 and length > 400:
            data[at + 200 : at + 4 + length] = rng.bytes(length - 196)
        at, i = at + 4 + length, i + 1
    damaged = tmp_path / "damaged.pieces"
    damaged.write_bytes(data)
    with Sender(damaged, "udp") as sender:
        source = open_live(sender.url)
        frames = [source.read() for _ in range(FPS)]
        source.close()
    assert all(isinstance(frame, Frame) for frame in frames)
