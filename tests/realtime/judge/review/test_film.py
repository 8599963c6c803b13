"""The picture that is shown is the frame that was asked for."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from realtime.judge.review.film import Film
from realtime.sources.errors import SourceError
from realtime.sources.video import VideoSource
from tests.videos import number_in, write_video

UNEVEN = np.cumsum([0.0, *(0.02 + 0.03 * (n % 3) for n in range(35))]).tolist()


def shown(film: Film, number: int) -> int:
    encoded = np.frombuffer(film.jpeg(number), np.uint8)
    return number_in(cv2.imdecode(encoded, cv2.IMREAD_COLOR))


def test_any_frame_in_any_order(tmp_path: Path) -> None:
    """With B frames, at a rate that varies."""
    film = Film(write_video(tmp_path / "a.mp4", UNEVEN))
    order = [*range(36), 35, 34, 0, 20, 19, 18, 17, 3, 35, 1, 30]
    assert [shown(film, number) for number in order] == order
    film.close()


def test_one_frame_alone(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", UNEVEN)
    for number in (35, 17, 1):
        film = Film(path)
        assert shown(film, number) == number
        film.close()


def test_times_are_those_of_a_session_that_was_made_of_it(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [0.5 + t for t in UNEVEN])
    source = VideoSource(str(path))
    times = []
    while (frame := source.read()) is not None:
        times.append(frame.t)
    source.close()
    film = Film(path)
    assert film.times == pytest.approx(times, abs=1e-9)
    film.close()


def test_a_last_packet_without_a_picture_is_no_frame(tmp_path: Path) -> None:
    """Phones and editors write such."""
    path = write_video(tmp_path / "a.mp4", UNEVEN)
    with av.open(str(path)) as whole, av.open(str(tmp_path / "b.mp4"), "w") as longer:
        stream = longer.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.size:
                last = packet.pts, packet.dts, packet.time_base
                packet.stream = stream
                longer.mux(packet)
        empty = av.Packet(b"\x00\x00\x00\x01\x0a")
        empty.stream, empty.time_base = stream, last[2]
        empty.pts, empty.dts = 200_000, 200_000
        longer.mux(empty)
    film = Film(tmp_path / "b.mp4")
    assert len(film.times) == 36
    assert shown(film, 35) == 35
    film.close()


def test_little_is_kept_of_a_long_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kept in ("_DECODED_BYTES", "_SENT_BYTES"):
        monkeypatch.setattr(f"realtime.judge.review.film.{kept}", 30_000)
    film = Film(write_video(tmp_path / "a.mp4", UNEVEN))
    order = [30, 29, 28, 0, 35, 10]
    assert [shown(film, number) for number in order] == order
    film.close()


def test_turned_upright(tmp_path: Path) -> None:
    film = Film(write_video(tmp_path / "a.mp4", [0.0, 0.04], rotation=90))
    assert cv2.imdecode(np.frombuffer(film.jpeg(0), np.uint8), 1).shape[:2] == (160, 120)
    film.close()


def test_no_such_frame_and_no_film(tmp_path: Path) -> None:
    film = Film(write_video(tmp_path / "a.mp4", [0.0, 0.04]))
    with pytest.raises(IndexError):
        film.jpeg(2)
    film.close()
    with pytest.raises(SourceError, match="cannot be opened"):
        Film(tmp_path / "none.mp4")
