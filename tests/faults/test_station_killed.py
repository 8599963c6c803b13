"""`kill -9` of a real `fliptally live`; then it goes on in the same session."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from models.simulation.staging import build_scene
from models.simulation.video import write_scene
from realtime.cli import main
from realtime.marks import Jump
from realtime.observations import Observed, Resumed
from realtime.options.resume import LAST
from realtime.record.session import End, RecordedSession, RecordingError, SessionWriter
from realtime.runs.live_session import cut_off
from realtime.sources.errors import SourceError

FLIPTALLY = [sys.executable, "-m", "realtime"]


def speed_steps(folder: Path, seconds: float) -> Path:
    """Simulated speed steps as a virtual camera: a video file at its own pace."""
    path = folder / "speed.mp4"
    write_scene(build_scene("speed", seconds, fps=30.0, size=(640, 360)), path)
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return speed_steps(tmp_path_factory.mktemp("clip"), 5.0)


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    """For a station that is killed before its end, on a machine that has much else to do."""
    return speed_steps(tmp_path_factory.mktemp("long"), 12.0)


def said(session: Path) -> list[Jump]:
    return [mark for mark in RecordedSession(session).marks() if isinstance(mark, Jump)]


def wait_for_jumps(live: subprocess.Popen, session: Path, jumps: int = 3) -> None:
    deadline = time.monotonic() + 30
    while not session.exists() or session.stat().st_size < 20_000 or len(said(session)) < jumps:
        assert time.monotonic() < deadline
        assert live.poll() is None
        time.sleep(0.1)


def fliptally(*arguments: object) -> subprocess.CompletedProcess:
    command = [*FLIPTALLY, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def killed(long_clip, tmp_path_factory):
    """A session file that a killed station left, and when."""
    session = tmp_path_factory.mktemp("killed") / "a.fliptally"
    command = [*FLIPTALLY, "live", str(long_clip), "--record", str(session)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as live:
        wait_for_jumps(live, session)
        live.send_signal(signal.SIGKILL)
    return session


def test_a_killed_station_goes_on_in_its_session(clip, killed, tmp_path):
    session = tmp_path / "a.fliptally"
    session.write_bytes(killed.read_bytes())
    before, frames = said(session), len(poses(session))
    log = tmp_path / "log.jsonl"
    done = fliptally("live", clip, "--resume", session, "--json", "-", "--log", log)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)

    after = said(session)
    assert after[: len(before)] == before
    assert len(document["jumps"]) == len(after) >= len(before) > 0
    assert document["frames"]["processed"] == len(poses(session)) > frames + 10
    [gap] = [fault for fault in document["faults"] if fault["gap_s"]]
    assert gap["what"].startswith("session: started again after ")
    assert 0.5 < gap["gap_s"] < 60
    assert len({jump["athlete"] for jump in document["jumps"]} - {after[0].athlete}) == 0

    again = json.loads(fliptally("replay", session, "--json", "-").stdout)
    assert [again[key] for key in ("jumps", "events", "locks", "athletes")] == [
        document[key] for key in ("jumps", "events", "locks", "athletes")
    ]
    assert again["frames"] == document["frames"]
    [resumed] = [o for o in RecordedSession(session).observations() if isinstance(o, Resumed)]
    assert resumed.gap_s == gap["gap_s"]
    lines = [json.loads(line)["what"] for line in log.read_text().splitlines()]
    assert lines[0] == "live: started"
    assert gap["what"] in lines
    assert lines[-1] == "live: ended"


def poses(session: Path) -> list[Observed]:
    return [o for o in RecordedSession(session).observations() if isinstance(o, Observed)]


REFUSED = {
    ("live", "CLIP", "--resume"): r"--resume: no session of .*speed\.mp4 is in .*sessions",
    ("live", "CLIP", "--resume", "none"): "--resume none: No such file",
    ("live", "CLIP", "--zone", "0,0,9,9", "--resume", "KILLED"): "leave out --zone",
    ("live", "CLIP", "OTHER", "--resume", "KILLED"): "belongs to one camera",
    ("judge", "CLIP", "--event", "SRSS", "--resume", "KILLED"): "is a file; judge it again",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_go_on_is_one_line(clip, killed, monkeypatch, capsys, arguments):
    monkeypatch.setenv("XDG_DATA_HOME", str(clip.parent))  # there is no session yet
    before = killed.read_bytes()
    names = {"CLIP": str(clip), "KILLED": str(killed)}
    assert main([names.get(argument, argument) for argument in arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert re.search(REFUSED[arguments], line)
    assert killed.read_bytes() == before


def test_the_last_session_of_this_camera_is_found(killed, tmp_path):
    info = RecordedSession(killed).info
    session = tmp_path / "2026-11-21_10-00-00.fliptally"
    session.write_bytes(killed.read_bytes())
    begun = tmp_path / "2026-11-21_10-05-00.fliptally"  # and killed before its first frame
    begun.write_bytes(killed.read_bytes()[:300])
    past = cut_off(LAST, info, tmp_path)
    assert past.path == session
    with pytest.raises(RecordingError, match="is being written by another"):
        cut_off(LAST, info, tmp_path)
    past.writer.close()
    with pytest.raises(SourceError, match="no session of camera:7 is in"):
        cut_off(LAST, replace(info, uri="camera:7"), tmp_path)
    writer = SessionWriter.reopen(session)
    writer.append(End(200, 0))
    writer.close()
    with pytest.raises(SourceError, match="this session has ended, and was not cut off"):
        cut_off(LAST, info, tmp_path)


def child_of(guard: subprocess.Popen) -> int:
    """The station's process."""
    path = Path(f"/proc/{guard.pid}/task/{guard.pid}/children")
    deadline = time.monotonic() + 10
    while not (pids := path.read_text().split()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(pids[0])


@pytest.mark.slow
def test_a_guarded_station_goes_on_by_itself(long_clip, tmp_path):
    session, document = tmp_path / "a.fliptally", tmp_path / "a.json"
    command = [*FLIPTALLY, "live", str(long_clip), "--guard", "--record", str(session)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, "--json", str(document)], **pipes) as guard:
        wait_for_jumps(guard, session)
        before = said(session)
        os.kill(child_of(guard), signal.SIGKILL)
        _, errors = guard.communicate(timeout=60)
    assert guard.returncode == 0
    assert errors == "fliptally: the station was ended by SIGKILL; started again\n"
    after = said(session)
    assert after[: len(before)] == before
    found = json.loads(document.read_text())
    assert len(found["jumps"]) == len(after) >= len(before) > 0
    assert [
        fault["gap_s"] > 0 for fault in found["faults"] if "started again after" in fault["what"]
    ]
