"""A station whose disk fills up, or is about to: counting goes on, and nothing is missing when
there is room again."""

from __future__ import annotations

from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from models.poses import Poses
from models.skeleton import COCO_17
from realtime import recorder
from realtime.analysis import Analysis
from realtime.feed import RecordedFeed
from realtime.marks import Fault, Jump
from realtime.observations import Observed
from realtime.record.session import End, RecordedSession, SessionHeader, SessionWriter
from realtime.recorder import LOOK_S, Recorder
from realtime.scoreboard import Scoreboard
from realtime.sources.protocol import SourceInfo
from realtime.station import Station
from realtime.supervision.states import StateChange

HEADER = SessionHeader("camera:0", 1280, 720, 60.0, None)
Usage = namedtuple("Usage", "total used free")


class Disk:
    """Stands between a writer and its file: takes nothing while it is full."""

    def __init__(self, writer: SessionWriter) -> None:
        self._file = writer._file
        self.full = False
        writer._file = self

    def write(self, data) -> int:
        if self.full:
            self._file.write(data[: len(data) // 2])  # what a full disk still takes
            raise OSError(28, "No space left on device")
        return self._file.write(data)

    def __getattr__(self, name: str):
        return getattr(self._file, name)


def jump(i: int) -> Jump:
    return Jump(1, i, i / 60, "left", i / 60)


@pytest.fixture
def on_disk(tmp_path):
    path = tmp_path / "a.fliptally"
    writer = SessionWriter(path)
    disk = Disk(writer)
    made = Recorder(writer)
    made.append(HEADER)
    return made, disk, path


def frames_of(path: Path) -> list[int]:
    return [mark.frame for mark in RecordedSession(path).marks()]


def test_what_did_not_fit_follows_when_there_is_room(on_disk):
    made, disk, path = on_disk
    assert [c.state for c in made.look(0.0)] == ["running"]
    made.append(jump(0))
    disk.full = True
    for i in range(1, 50):
        made.append(jump(i))
    [change] = made.look(1.0)
    assert change.state == "failed"
    assert "No space left on device" in change.why
    assert change.why.endswith("tried again every 5 s")
    assert (frames_of(path), made.shown) == ([0], None)
    assert made.look(LOOK_S + 1) == []  # said once
    disk.full = False
    [change] = made.look(2 * LOOK_S + 1)
    assert (change.state, made.error, made.shown) == ("running", None, str(path))
    made.append(jump(50))
    made.close()
    assert frames_of(path) == list(range(51))


def test_a_disk_that_stays_full_keeps_what_it_took_and_is_the_error(on_disk):
    made, disk, path = on_disk
    made.append(jump(0))
    disk.full = True
    made.append(jump(1))
    made.close()
    made.append(jump(2))
    assert "recording stopped (No space left on device)" in made.error
    assert frames_of(path) == [0]


def test_memory_is_bounded(on_disk, monkeypatch):
    monkeypatch.setattr(recorder, "MOST_KEPT", 1000)
    made, disk, path = on_disk
    disk.full = True
    for i in range(1000):
        made.append(jump(i))
    assert not made._kept
    whys = [change.why for change in made.look(0.0)]
    assert "not tried any more" in whys[-1]
    made.close()
    assert made.error is not None
    assert frames_of(path) == []


def test_little_room_is_said_before_it_is_none(on_disk, monkeypatch):
    made, _, _ = on_disk
    free = {"bytes": 10 << 30}
    monkeypatch.setattr(recorder.shutil, "disk_usage", lambda _: Usage(0, 0, free["bytes"]))
    said = []
    for now, megabytes in ((0, 500), (6, 190), (12, 150), (18, 250), (24, 400)):
        free["bytes"] = megabytes << 20
        said += [(now, change.state, change.why) for change in made.look(now)]
    assert [(now, state) for now, state, _ in said] == [
        (0, "running"),
        (6, "degraded"),
        (24, "running"),
    ]
    assert "only 190 MB are free" in said[1][2]
    made.close()


class Filling(RecordedFeed):
    """Frames during which the disk is full for a while."""

    def __init__(self, count: int, act) -> None:
        info = SourceInfo("camera:0", 1280, 720, 30.0)
        nobody = Poses(COCO_17, np.zeros((0, 17, 3), np.float32))
        super().__init__(info, "test", (Observed(i, i / 30, nobody) for i in range(count)))
        self._act = act

    def poll(self, timeout_s: float):
        self._act(self.captured)
        return super().poll(timeout_s)


def test_a_station_goes_on_and_its_file_is_whole_in_the_end(tmp_path):
    path = tmp_path / "a.fliptally"
    writer = SessionWriter(path)
    disk = Disk(writer)
    now = {"s": 0.0}
    shown = []

    def act(captured: int) -> None:
        disk.full = 64 <= captured < 160
        now["s"] += LOOK_S
        shown.append((board.snapshot().recording, [p.why for p in board.snapshot().parts]))

    feed = Filling(320, act)
    board = Scoreboard(feed.info, "live")
    board.recording = str(path)
    station = Station(feed, Analysis(), board, writer=writer, clock=lambda: now["s"])
    document = station.run()
    assert (document.frames.processed, station.recording_error) == (320, None)
    [fault] = document.faults
    assert "recording stopped (No space left on device)" in fault.what
    session = RecordedSession(path)
    assert sum(isinstance(each, Observed) for each in session.observations()) == 320
    assert isinstance(list(session.records())[-1], End)
    assert [m for m in session.marks() if isinstance(m, Fault)] == document.faults
    assert None in [recording for recording, _ in shown]
    assert shown[-1] == (str(path), ["recording: goes on; nothing is missing"])


def test_a_fault_before_the_first_frame_comes_behind_the_header(tmp_path):
    """So that the session knows when it began."""
    path = tmp_path / "a.fliptally"
    gone = StateChange("camera 0", "degraded", "camera 0: dark")
    nobody = Poses(COCO_17, np.zeros((0, 17, 3), np.float32))
    feed = RecordedFeed(
        SourceInfo("camera:0", 1280, 720, 30.0),
        "test",
        iter([gone, gone, Observed(0, 0.0, nobody, 50.0)]),
    )
    board = Scoreboard(feed.info, "live")
    Station(
        feed, Analysis(), board, writer=SessionWriter(path), dated=lambda moment: f"at {moment:g}"
    ).run()
    session = RecordedSession(path)
    assert session.header.began == "at 50"
    assert [mark.what for mark in session.marks()] == [
        "camera 0: dark",
        "camera 0: dark (once more)",
    ]
