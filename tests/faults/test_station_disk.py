"""A station whose disk fills up: counting goes on, and nothing is missing when there is room
again."""

from __future__ import annotations

import numpy as np

from models.poses import Poses
from models.skeleton import COCO_17
from realtime.analysis import Analysis
from realtime.feed import RecordedFeed
from realtime.marks import Fault
from realtime.observations import Observed
from realtime.record.recorder import LOOK_S
from realtime.record.session import End, RecordedSession, SessionWriter
from realtime.scoreboard import Scoreboard
from realtime.sources.protocol import SourceInfo
from realtime.station import Station
from realtime.supervision.states import StateChange
from tests.realtime.record.disks import Disk


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
