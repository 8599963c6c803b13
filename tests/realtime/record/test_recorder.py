"""A recording whose disk fills up, or is about to: nothing is missing when there is room again."""

from __future__ import annotations

from collections import namedtuple
from pathlib import Path

import pytest

from realtime.marks import Jump
from realtime.record import recorder
from realtime.record.recorder import LOOK_S, Recorder
from realtime.record.session import RecordedSession, SessionHeader, SessionWriter
from tests.realtime.record.disks import Disk

HEADER = SessionHeader("camera:0", 1280, 720, 60.0, None)
Usage = namedtuple("Usage", "total used free")


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
    assert change.why.startswith("recording: session file")
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
