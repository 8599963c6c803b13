"""The session file: whatever ends it, all whole records are read and nothing is overwritten."""

from __future__ import annotations

import signal
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.poses import Poses
from models.skeleton import COCO_17
from realtime.marks import Event, Fault, Jump
from realtime.messages import pack_poses
from realtime.observations import Observed
from realtime.record.session import (
    Backend,
    End,
    PoseRecord,
    RecordedSession,
    RecordingError,
    SessionHeader,
    SessionWriter,
    is_session,
)
from realtime.sources.errors import SourceError
from realtime.supervision.states import StateChange

JUMP = Jump(1, 3, 0.1, "left", 0.17)
EVENT = Event(1, "backflip", 1.2, 2.1, 2.2, 0.9)
FAULT = Fault(0.2, "frame 4 lost: the worker died", 1)


def some_poses(seed: int, people: int = 1) -> Poses:
    keypoints = np.random.default_rng(seed).random((people, 17, 3), np.float32) * 700
    return Poses(COCO_17, keypoints)


def write(path: Path, frames: int = 5, *, end: bool = True) -> list[Poses]:
    written = [some_poses(i, people=i % 3) for i in range(frames)]
    writer = SessionWriter(path)
    writer.append(SessionHeader("camera:0", 1280, 720, 60.0, "1,2,3,4"))
    writer.append(Backend("blazepose-full", "coco_17"))
    for i, poses in enumerate(written):
        people, keypoints = pack_poses(poses)
        writer.append(PoseRecord(i, i * 16_666_667, people, keypoints))
    for mark in (JUMP, EVENT, FAULT):
        writer.append(mark)
    if end:
        writer.append(End(frames, 0))
    writer.close()
    return written


def test_what_is_written_is_read_to_the_last_bit(tmp_path):
    path = tmp_path / "deep" / "a.fliptally"
    written = write(path)
    session = RecordedSession(path)
    assert is_session(path)
    assert session.header.zone == "1,2,3,4"
    assert session.info.fps == 60.0
    assert list(session.marks()) == [JUMP, EVENT, FAULT]
    observed = list(session.observations())
    for i, (found, poses) in enumerate(zip(observed, written, strict=True)):
        assert isinstance(found, Observed)
        assert (found.seq, found.t) == (i, i * 16_666_667 / 1e9)
        np.testing.assert_array_equal(found.poses.keypoints, poses.keypoints)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_cut_anywhere_gives_every_whole_record_and_says_so(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("cut") / "a.fliptally"
    write(path)
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    try:
        session = RecordedSession(path)
    except SourceError:
        return  # cut within the header: nothing was recorded yet
    *frames, last = session.observations()
    assert [f.seq for f in frames] == list(range(len(frames)))
    assert isinstance(last, StateChange)
    assert "cut off" in last.why


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_flipped_bit_never_gives_a_wrong_record(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("flip") / "a.fliptally"
    written = write(path)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    try:
        found = list(RecordedSession(path).observations())
    except SourceError:
        return
    for observed in found:
        if isinstance(observed, Observed):
            expected = written[observed.seq].keypoints
            np.testing.assert_array_equal(observed.poses.keypoints, expected)


def test_nothing_recorded_is_overwritten(tmp_path):
    path = tmp_path / "a.fliptally"
    write(path)
    before = path.read_bytes()
    with pytest.raises(RecordingError, match="exists already and is not overwritten"):
        SessionWriter(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"FlipTally", b"\x00" * 100, b"# notes\n"])
def test_what_is_no_session_is_refused(tmp_path, content):
    path = tmp_path / "a.fliptally"
    path.write_bytes(content)
    assert not is_session(path)
    with pytest.raises(SourceError, match="no FlipTally session"):
        RecordedSession(path)


KILLED = """
import os, signal, sys
from pathlib import Path
from realtime.marks import Jump
from realtime.record.session import *
writer = SessionWriter(Path(sys.argv[1]))
writer.append(SessionHeader("camera:0", 1280, 720, 60.0, None))
for i in range(500):
    writer.append(Jump(1, i, i / 60, "left", i / 60))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_minus_9_loses_no_mark(tmp_path):
    path = tmp_path / "a.fliptally"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [mark.frame for mark in RecordedSession(path).marks()] == list(range(500))


FULL = """
import resource, sys
from pathlib import Path
from realtime.marks import Jump
from realtime.record.session import *
from realtime.supervision.states import StateChange
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
writer = SessionWriter(Path(sys.argv[1]))
writer.append(SessionHeader("camera:0", 1280, 720, 60.0, None))
try:
    for i in range(10000):
        writer.append(Jump(1, i, i / 60, "left", i / 60))
except RecordingError as error:
    print(i, error)
"""


@pytest.mark.parametrize("limit", [1000, 1033, 4096])
def test_a_full_disk_keeps_every_whole_record(tmp_path, limit):
    path = tmp_path / "a.fliptally"
    command = [sys.executable, "-c", FULL, str(path), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    written, _, message = done.stdout.partition(" ")
    assert "recording stopped (" in message
    assert "what was written before is kept" in message
    assert [mark.frame for mark in RecordedSession(path).marks()] == list(range(int(written)))
    assert int(written) > 5
    assert path.stat().st_size <= limit


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordingError, match="cannot be created"):
        SessionWriter(tmp_path / "file" / "a.fliptally")


class BrokenDisk:
    """A file on a disk that went away."""

    def write(self, data) -> int:
        raise OSError(5, "Input/output error")

    def truncate(self, size: int) -> None:
        raise OSError(5, "Input/output error")

    def close(self) -> None:
        raise OSError(5, "Input/output error")


def test_a_disk_that_goes_away_is_one_error_like_a_full_one(tmp_path):
    writer = SessionWriter(tmp_path / "a.fliptally")
    writer._file.close()
    writer._file = BrokenDisk()
    with pytest.raises(RecordingError, match=r"recording stopped \(Input/output error\)"):
        writer.append(JUMP)
    writer.close()


def test_an_event_of_before_it_was_measured_is_read(tmp_path):
    path = tmp_path / "old.fliptally"
    write(path)
    old = {name: getattr(EVENT, name) for name in ("athlete", "kind", "start_s", "end_s")}
    old |= {"type": "event", "emitted_s": EVENT.emitted_s, "confidence": EVENT.confidence}
    payload = msgspec.msgpack.encode(old)
    with path.open("ab") as file:
        file.write(struct.pack("<II", len(payload), zlib.crc32(payload)) + payload)
    assert list(RecordedSession(path).marks())[-1] == EVENT
