"""Worker processes that die, hang and send garbage: real processes, real sockets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from realtime.analysis import Analysis
from realtime.feed import FrameFeed
from realtime.observations import Lost, Observed
from realtime.record.session import RecordedSession, SessionWriter
from realtime.scoreboard import Scoreboard
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Frame, SourceInfo
from realtime.station import Station
from realtime.supervision.budget import RESTARTS, RestartBudget
from realtime.supervision.states import StateChange
from realtime.transport import processes
from realtime.transport.processes import WorkerError, WorkerInputError

# A worker with a pose engine that finds nobody, so that processes start at once; `{fault}` runs
# before it answers frame number `seen`.
SCRIPT = """
import os, sys, time
import numpy as np
from models.poses import Poses
from models.skeleton import COCO_17
from realtime.transport.serving import serve

class Nobody:
    name, skeleton, batch = "nobody", COCO_17, 1
    seen = -1
    def estimate(self, frames):
        self.seen += 1
        seen, first = self.seen, sys.argv[2].startswith("local-1:1-")
        {fault}
        time.sleep(0.002)
        return [Poses(COCO_17, np.zeros((0, 17, 3), np.float32)) for _ in frames]
    def forget(self, camera): ...
    def close(self): ...

serve(Nobody(), [sys.argv[1]], sys.argv[2], lifeline=sys.stdin.fileno())
"""
IMAGE = np.zeros((48, 64, 3), np.uint8)


def command(fault: str):
    script = SCRIPT.format(fault=fault)
    return lambda endpoints, identity: [sys.executable, "-c", script, *endpoints, identity]


class Numbers:
    """A source of `count` pictures; live ones come at 100 per second."""

    def __init__(self, count: int, *, live: bool, image=IMAGE) -> None:
        self.info = SourceInfo("numbers", 64, 48, 100.0, count)
        self.live = live
        self._left = count
        self._image = image
        self._t = 0.0

    def read(self) -> Frame | None:
        if not self._left:
            return None
        self._left -= 1
        if self.live:
            time.sleep(0.01)
        self._t += 0.01
        return Frame(self._t, self._image, time.monotonic())

    def interrupt(self) -> None: ...

    def close(self) -> None:
        self._left = 0


def run(feed: FrameFeed, until=None, seconds: float = 20.0):
    """Poll until the feed ends; all observations, and when (s) each came."""
    seen = []
    begin = time.monotonic()
    while not feed.ended and time.monotonic() - begin < seconds:
        seen += [(time.monotonic(), o) for o in feed.poll(0.02)]
        if until and until(seen):
            break
    return seen


def kinds(seen, kind):
    return [o for _, o in seen if isinstance(o, kind)]


def faults(seen):
    return [change for change in kinds(seen, StateChange) if change.is_fault]


@pytest.fixture
def feeds():
    opened: list[FrameFeed] = []

    def make(source, fault: str = "pass", workers: int = 1) -> FrameFeed:
        feed = FrameFeed(source, command=command(fault), workers=workers)
        opened.append(feed)
        return feed

    yield make
    for feed in opened:
        feed.close()
        feed.close()


def test_replay_loses_nothing_when_a_worker_dies_in_mid_frame(feeds):
    feed = feeds(Numbers(60, live=False), "if first and seen == 20: os._exit(1)")
    seen = run(feed)
    assert [o.seq for o in kinds(seen, Observed)] == list(range(60))
    [trouble] = faults(seen)
    assert trouble.why == "pose worker local-1 died (exit code 1); restarted"


def test_live_goes_on_after_a_kill_and_says_what_was_lost(feeds):
    feed = feeds(Numbers(1000, live=True))
    run(feed, until=lambda seen: len(seen) > 20)
    os.kill(feed.worker_pids[0], signal.SIGKILL)
    killed = time.monotonic()
    seen = run(feed, until=lambda seen: len(kinds(seen, Observed)) > 5 and faults(seen))
    trouble = faults(seen)
    after = [at for at, o in seen if isinstance(o, Observed) and at > killed + 0.1]
    # Whichever is noticed first: the process that ended, or its socket.
    assert trouble[0].why.removeprefix("pose worker local-1 ") in (
        "died (exit code -9); restarted",
        "went away",
    )
    assert after  # how soon: bench/recovery.py
    assert len(kinds(seen, Lost)) <= 1
    assert feed.dropped > 0


def test_a_worker_that_hangs_is_replaced_and_its_frame_done_by_another(feeds):
    feed = feeds(Numbers(30, live=False), "if first and seen == 10: time.sleep(60)")
    seen = run(feed)
    assert [o.seq for o in kinds(seen, Observed)] == list(range(30))
    assert "kept a frame for more than 6 s" in faults(seen)[0].why


def test_a_stopped_worker_is_replaced(feeds):
    feed = feeds(Numbers(1000, live=True))
    run(feed, until=lambda seen: len(seen) > 10)
    os.kill(feed.worker_pids[0], signal.SIGSTOP)
    seen = run(feed, until=lambda seen: faults(seen) and kinds(seen[-1:], Observed))
    assert "kept a frame for more than 0.75 s" in faults(seen)[0].why
    assert kinds(seen[-1:], Observed)


GARBAGE = (
    "if first and seen == 5:\n"
    "            import zmq; s = zmq.Context.instance().socket(zmq.DEALER);"
    " s.setsockopt(zmq.LINGER, 500);"
    " s.connect(sys.argv[1]); s.send(b'garbage' * 9); s.close()"
)


def test_garbage_on_the_socket_is_noted_once_and_costs_nothing(feeds):
    feed = feeds(Numbers(40, live=False), GARBAGE)
    seen = run(feed)
    assert [o.seq for o in kinds(seen, Observed)] == list(range(40))
    [trouble] = faults(seen)
    assert "sent garbage" in trouble.why


@pytest.fixture
def at_once(monkeypatch):
    """What failed is started again soon."""
    soon = partial(RestartBudget, first_wait_s=0.01)
    monkeypatch.setattr(processes, "RestartBudget", soon)


@pytest.mark.usefixtures("at_once")
def test_a_worker_that_always_dies_ends_the_station_with_one_line(feeds):
    feed = feeds(Numbers(10, live=False), "sys.exit('out of memory')")
    with pytest.raises(WorkerError, match=rf"failed {RESTARTS + 1} times.*out of memory"):
        run(feed, seconds=60)


def test_a_worker_with_bad_input_is_not_restarted():
    script = "import sys; sys.stderr.write('fliptally: no weights\\n'); sys.exit(2)"
    source = Numbers(10, live=True)
    with closing(FrameFeed(source, command=lambda *_: [sys.executable, "-c", script])) as feed:
        with pytest.raises(WorkerInputError, match=r"^no weights$"):
            run(feed)
        assert feed.worker_pids == []


# As Caffe ends when the GPU has no memory left: a reason, a stack, an abort.
ABORT = (
    "sys.stderr.write('F1120 syncedmem.cpp:71] Check failed: out of memory\\n"
    "*** Check failure stack trace: ***\\n    @ 0x7f00 google::Fatal()\\n'); os._exit(134)"
)


@pytest.mark.usefixtures("at_once")
def test_the_reason_of_an_abort_is_said_and_not_its_stack(feeds):
    feed = feeds(Numbers(10, live=False), ABORT)
    with pytest.raises(WorkerError, match=r"failed 6 times.*syncedmem.*out of memory$"):
        run(feed, seconds=60)


def test_what_a_worker_prints_does_not_reach_our_output(feeds, capfd):
    feed = feeds(Numbers(3, live=False), "print('Starting OpenPose Python Wrapper', flush=True)")
    run(feed)
    assert feed.ended
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    "image",
    [np.zeros((0, 0, 3), np.uint8), np.zeros((48, 64), np.uint8), np.zeros((48, 64, 3))],
    ids=["0x0", "grey", "float"],
)
def test_a_source_of_bad_frames_ends_with_one_line(feeds, image):
    feed = feeds(Numbers(5, live=False, image=image))
    run(feed)
    assert feed.ended
    assert "numbers, frame 0: frame: expected uint8" in feed.error


class Breaks(Numbers):
    def read(self) -> Frame | None:
        if self._left == 3:
            raise SourceError("camera 0: went away; check the cable")
        return super().read()


def test_a_source_that_fails_gives_what_came_before_and_the_reason(feeds):
    feed = feeds(Breaks(10, live=False))
    seen = run(feed)
    assert len(kinds(seen, Observed)) == 7
    assert feed.error == "camera 0: went away; check the cable"


def test_a_worker_ends_when_its_station_is_killed(tmp_path):
    script = tmp_path / "station.py"
    script.write_text(
        "import sys, time\n"
        "from tests.faults.test_workers import *\n"
        "feed = FrameFeed(Numbers(10**6, live=True), command=command('pass'))\n"
        "run(feed, until=lambda seen: len(seen) > 3)\n"
        "print(feed.worker_pids[0], flush=True)\n"
        "time.sleep(60)\n"
    )
    # What a killed station leaves goes with this folder; a path of a socket must be short.
    with (
        tempfile.TemporaryDirectory(prefix="k-") as folder,
        subprocess.Popen(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd()), "TMPDIR": folder},
        ) as station,
    ):
        pid = int(station.stdout.readline())
        station.kill()
    deadline = time.monotonic() + 5
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.usefixtures("at_once")
def test_a_station_that_gives_up_writes_down_why_and_what_was_lost(feeds, tmp_path):
    feed = feeds(Numbers(40, live=False), "if seen == 3: os._exit(1)")
    path = tmp_path / "a.fliptally"
    station = Station(feed, Analysis(), Scoreboard(feed.info, "live"), writer=SessionWriter(path))
    with pytest.raises(WorkerError, match="failed 6 times"):
        station.run()
    document = station.document()
    frames = document.frames
    assert frames.captured == frames.processed + frames.dropped + frames.lost
    assert "failed 6 times" in document.faults[-1].what
    session = RecordedSession(path)
    assert list(session.marks()) == document.faults
    assert "cut off" in list(session.observations())[-1].why
