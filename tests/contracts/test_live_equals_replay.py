"""What was said live is said again, to the last bit, when the session is replayed."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import msgspec
import pytest

from models.simulation.staging import build_scene
from models.simulation.video import write_scene
from realtime.marks import Jump
from realtime.record.session import RecordedSession

FLIPTALLY = [sys.executable, "-m", "realtime"]


def fliptally(*arguments: object) -> dict:
    command = [*FLIPTALLY, *map(str, arguments), "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Nine seconds of simulated speed steps as a real video file."""
    path = tmp_path_factory.mktemp("clip") / "speed.mp4"
    write_scene(build_scene("speed", 9.0, fps=30.0, size=(640, 360)), path)
    return path


def test_a_live_session_replays_to_the_same_marks(clip, tmp_path):
    session = tmp_path / "a.fliptally"
    live = fliptally("live", clip, "--record", session)
    again = fliptally("replay", session)
    assert len(live["jumps"]) > 20
    assert again["jumps"] == live["jumps"]
    assert again["events"] == live["events"]
    assert again["locks"] == live["locks"] != []
    assert again["frames"]["processed"] == live["frames"]["processed"]
    assert again["frames"] == live["frames"]
    written = [mark for mark in RecordedSession(session).marks() if isinstance(mark, Jump)]
    assert [msgspec.to_builtins(mark) for mark in written] == live["jumps"]


def test_a_replay_of_frames_is_the_same_each_time(clip):
    one, two = fliptally("replay", clip), fliptally("replay", clip)
    assert one["jumps"] == two["jumps"]
    assert one["frames"] == {"captured": 270, "processed": 270, "dropped": 0, "lost": 0}


def test_kill_minus_9_in_mid_session_keeps_what_was_said(clip, tmp_path):
    session = tmp_path / "a.fliptally"
    command = [*FLIPTALLY, "live", str(clip), "--record", str(session)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as live:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            time.sleep(0.2)
            begun = session.exists() and session.stat().st_size > 10_000
            if begun and len(list(RecordedSession(session).marks())) > 8:
                break
        live.send_signal(signal.SIGKILL)
    said = [mark for mark in RecordedSession(session).marks() if isinstance(mark, Jump)]
    assert len(said) > 7
    again = fliptally("replay", session)["jumps"]
    assert [(j["frame"], j["foot"], j["emitted_s"]) for j in again][: len(said)] == [
        (mark.frame, mark.foot, mark.emitted_s) for mark in said
    ]


@contextmanager
def running_live(clip, folder):
    """A live session in its middle: the process, its session file, its document."""
    session, document = folder / "a.fliptally", folder / "a.json"
    command = [*FLIPTALLY, "live", str(clip), "--record", str(session), "--json", str(document)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as live:
        deadline = time.monotonic() + 30
        while not session.exists() or session.stat().st_size < 40_000:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield live, session, document


def test_an_impatient_second_ctrl_c_does_not_cost_the_result(clip, tmp_path):
    with running_live(clip, tmp_path) as (live, _, document):
        live.send_signal(signal.SIGINT)
        time.sleep(0.02)
        live.send_signal(signal.SIGINT)
        live.communicate(timeout=20)
    assert live.returncode == 0
    assert json.loads(document.read_text())["frames"]["processed"] > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_cleanly_with_the_result_so_far(clip, tmp_path, number):
    with running_live(clip, tmp_path) as (live, session, document):
        live.send_signal(number)
        _, errors = live.communicate(timeout=20)
    assert (live.returncode, errors) == (0, b"")
    found = json.loads(document.read_text())
    assert found["jumps"] == fliptally("replay", session)["jumps"]
    assert 0 < found["frames"]["processed"] < 270


def test_a_worker_over_tcp_gives_the_same_marks(clip):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    with subprocess.Popen([*FLIPTALLY, "worker", "--connect", endpoint]) as worker:
        remote = fliptally("replay", clip, "--listen", endpoint, "--workers", 0)
        worker.wait(timeout=10)
    assert worker.returncode == 0
    assert remote["jumps"] == fliptally("replay", clip)["jumps"]
