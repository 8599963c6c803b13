"""A session that was cut off anywhere and goes on: nothing that was said is lost or said twice, and
a replay of its file says the same to the last bit."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.poses import Poses
from models.simulation.staging import build_scene
from models.skeleton import BODY, BODY_25, COCO_17, convert
from realtime.analysis import Analysis
from realtime.marks import Click, Fault, FromOutside, Jump
from realtime.messages import to_ns, to_seconds
from realtime.observations import Chosen, Lost, Noted, Observation, Observed
from realtime.opening import open_recording
from realtime.record.session import RecordedSession, RecordingError, SessionWriter
from realtime.resuming import Past, ResumedFeed
from realtime.scoreboard import Scoreboard
from realtime.sources.errors import SourceError
from realtime.sources.protocol import SourceInfo
from realtime.station import Station
from realtime.supervision.states import StateChange
from realtime.transport.processes import WorkerError

INFO = SourceInfo("camera:0", 1280, 720, 30.0)
FRAMES = 160
BEGAN = "2026-11-21T10:00:00.000+00:00"
BEGAN_S = datetime.fromisoformat(BEGAN).timestamp()
BOOTED_S = 5_000.0
"""Monotonic time of the station that goes on."""


def frames(count: int = FRAMES, seed: int = 1) -> list[Observed]:
    scenes = [build_scene("speed", 8.0, fps=30.0, seed=seed + i) for i in range(2)]
    observed = []
    for i in range(count):
        people = []
        for scene, beside in zip(scenes, (-150.0, 350.0), strict=True):
            keypoints = np.ones((len(BODY), 3), np.float32)
            keypoints[:, :2] = scene.joints(i) + np.array([beside, 0.0])
            people.append(convert(keypoints, BODY, COCO_17))
        t = i * 33_333_333 / 1e9
        observed.append(Observed(i, t, Poses(COCO_17, np.array(people)), BOOTED_S + t))
    return observed


class Frames(list[Observed]):
    def __repr__(self) -> str:
        return "the athletes"  # of a failure only what was drawn is told


@pytest.fixture(scope="module")
def athletes() -> Frames:
    return Frames(frames())


class Killed(BaseException):
    """What no `except` of the station takes for an error."""


class Camera:
    """A feed that gives one observation at a time, and raises `then` behind them."""

    info, backend, dropped, error = INFO, "test", 0, None

    def __init__(self, observations: Sequence[Observation], then: BaseException | None = None):
        self._left = deque(observations)
        self._then = then
        self.captured = 0
        self.polled: list[float] = []

    @property
    def ended(self) -> bool:
        return not self._left and self._then is None

    def poll(self, timeout_s: float) -> list[Observation]:
        self.polled.append(timeout_s)
        if not self._left:
            raise self._then
        observation = self._left.popleft()
        if isinstance(observation, Observed | Lost):
            self.captured = observation.seq + 1
        return [observation]

    def close(self) -> None: ...


def anew(observations: Sequence[Observed]) -> list[Observed]:
    """As another process numbers and times them."""
    t0 = observations[0].t if observations else 0.0
    return [
        replace(o, seq=i, t=(t := to_seconds(to_ns(o.t - t0))), captured_at=BOOTED_S + t)
        for i, o in enumerate(observations)
    ]


def live(feed, path: Path, *, writer: SessionWriter | None = None) -> Station:
    return Station(
        feed,
        Analysis(),
        Scoreboard(INFO, "live"),
        writer=writer or SessionWriter(path),
        dated=lambda _: BEGAN,
    )


def cut_off(path: Path, observations: list[Observation], torn: int = 0) -> None:
    """A session that is killed after these observations, and less so many bytes of its file."""
    with pytest.raises(Killed):
        live(Camera(observations, Killed()), path).run()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - torn])


def resumed(
    path: Path,
    observations: Sequence[Observation],
    after_s: float = 12.0,
    then: BaseException | None = None,
) -> Station:
    """It goes on `after_s` after it was cut off; its frames are numbered and timed from 0 again."""
    past = Past.open(path)
    wall_s = past.last_wall_s + after_s
    feed = ResumedFeed(
        Camera(observations, then), past, clock=lambda: BOOTED_S, wall=lambda: wall_s
    )
    return live(feed, path, writer=past.writer)


def replayed(path: Path, record: Path | None = None):
    feed = open_recording(str(path), None, realtime=False)
    assert feed is not None
    writer = SessionWriter(record) if record else None
    return Station(feed, Analysis(), Scoreboard(INFO, "replay"), writer=writer).run()


def said(path: Path) -> list:
    return [m for m in RecordedSession(path).marks() if not isinstance(m, Fault | FromOutside)]


CLICK = Click("Ada", 1.0)


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a smaller failure takes minutes to find
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    cuts=st.lists(st.integers(20, FRAMES - 1), min_size=1, max_size=2, unique=True).map(sorted),
    torn=st.integers(0, 1000),
    after_s=st.sampled_from([-100.0, 0.5, 12.0, 3600.0]),
    chosen=st.dictionaries(st.integers(0, FRAMES - 1), st.integers(0, 2), max_size=3),
)
def test_cut_off_anywhere_and_resumed_it_is_one_session(  # noqa: PLR0917 - what is drawn
    tmp_path_factory, athletes, cuts, torn, after_s, chosen
) -> None:
    path = tmp_path_factory.mktemp("resumed") / "a.fliptally"

    def piece(begin: int, end: int) -> list[Observation]:
        found: list[Observation] = []
        for observed in anew(athletes[begin:end]):
            found.append(observed)
            if begin + observed.seq in chosen:
                found.append(Chosen(chosen[begin + observed.seq] or None))
        return [*found, Noted(CLICK)]

    cut_off(path, piece(0, cuts[0]), torn)
    for begin, end in pairwise([*cuts, FRAMES]):
        before = said(path)
        then = None if end == FRAMES else Killed()
        with suppress(Killed):
            station = resumed(path, piece(begin, end), after_s, then)
            station.run()
        assert said(path)[: len(before)] == before

    document = station.document()
    again = replayed(path)
    for field in ("jumps", "events", "locks", "misses", "athletes", "expected"):
        assert getattr(again, field) == getattr(document, field), field
    assert again.clicks == document.clicks
    processed = sum(isinstance(o, Observed) for o in RecordedSession(path).observations())
    assert document.frames == again.frames
    assert document.frames.processed == processed
    assert [m for m in RecordedSession(path).marks() if isinstance(m, Jump)] == document.jumps
    gaps = [fault.gap_s for fault in document.faults if fault.gap_s]
    assert gaps == [fault.gap_s for fault in again.faults if fault.gap_s]
    assert 1 <= len(gaps) <= len(cuts)  # less where it was killed before its first frame
    times = [o.t for o in RecordedSession(path).observations() if isinstance(o, Observed)]
    assert all(one < other for one, other in pairwise(times))
    numbers = [o.seq for o in RecordedSession(path).observations() if isinstance(o, Observed)]
    assert numbers == sorted(set(numbers))


def test_who_is_counted_goes_on_with_his_count(tmp_path, athletes) -> None:
    path = tmp_path / "a.fliptally"
    cut_off(path, athletes[:80])
    before = replayed(path).athletes
    document = resumed(path, anew(athletes[80:])).run()
    [one, other, *_] = document.athletes
    assert {one.id, other.id} == {each.id for each in before} == {1, 2}
    assert one.jumps > before[0].jumps + 5
    [gap] = document.faults
    assert gap.what == "session: started again after 12.0 s without a picture"
    assert gap.gap_s == pytest.approx(12.0)
    assert gap.time_s == pytest.approx(athletes[79].t + 12.0)


def test_nobody_waits_through_the_gap_again(tmp_path, athletes) -> None:
    path = tmp_path / "a.fliptally"
    cut_off(path, athletes[:6])
    resumed(path, anew(athletes[6:12]), after_s=3600.0).run()
    feed = open_recording(str(path), None, realtime=True)
    begin = time.monotonic()
    Station(feed, Analysis(), Scoreboard(INFO, "replay")).run()
    assert 0.3 < time.monotonic() - begin < 10


def test_its_time_is_the_wall_time_since_it_began(tmp_path, athletes) -> None:
    path = tmp_path / "a.fliptally"
    cut_off(path, athletes[:60])
    station = resumed(path, anew(athletes[60:90]), after_s=100.0)
    station.run()
    assert station.began == BEGAN
    times = [o.t for o in RecordedSession(path).observations() if isinstance(o, Observed)]
    assert times[60] - times[59] == pytest.approx(100.0, abs=1e-6)
    # Marks from outside are dated by the clock that the new process has.
    assert station.origin_s == pytest.approx(BOOTED_S + 0.0 - times[60])


def test_marks_that_were_found_and_not_yet_written_are_written(tmp_path, athletes) -> None:
    """`kill -9` between a frame and its marks."""
    path = tmp_path / "a.fliptally"
    cut_off(path, athletes)
    whole = path.read_bytes()
    last = said(path)[-1]
    path.write_bytes(whole[: whole.rindex(b"\xa4jump") - 10])
    kept = said(path)
    assert kept[-1] != last
    document = resumed(path, []).run()
    assert said(path)[: len(kept) + 1] == [*kept, last]
    assert replayed(path).jumps == document.jumps


def test_lost_frames_before_and_after_are_accounted_for(tmp_path, athletes) -> None:
    path = tmp_path / "a.fliptally"
    lost = [Lost(30, athletes[30].t, "pose worker local-1 died"), *athletes[31:50]]
    cut_off(path, [*athletes[:25], *lost])
    [_, *after] = anew(athletes[50:60])
    station = resumed(path, [Lost(0, 0.0, "pose worker local-1 died"), *after])
    frames = station.run().frames
    assert (frames.processed, frames.lost) == (25 + 19 + 9, 2)
    assert frames.captured == frames.processed + frames.lost + frames.dropped
    assert frames.dropped == 5  # 25 to 29: they came to no worker


def test_a_session_that_has_ended_is_not_resumed(tmp_path, athletes) -> None:
    path = tmp_path / "a.fliptally"
    live(Camera(athletes[:40]), path).run()
    before = path.read_bytes()
    with pytest.raises(SourceError, match="has ended, and was not cut off; begin a new one"):
        Past.open(path)
    assert path.read_bytes() == before


def test_one_that_is_written_is_not_resumed(tmp_path, athletes) -> None:
    path = tmp_path / "a.fliptally"
    cut_off(path, athletes[:40])
    past = Past.open(path)
    with pytest.raises(RecordingError, match="is being written by another FlipTally"):
        Past.open(path)
    past.writer.close()


def test_marks_that_the_poses_do_not_give_are_never_mixed_with_those_they_do(
    tmp_path, athletes
) -> None:
    """A session recorded by another version."""
    path = tmp_path / "a.fliptally"
    cut_off(path, athletes[:100])
    writer = SessionWriter.reopen(path)
    writer.append(Jump(1, 3, 0.1, "left", 0.17))
    writer.close()
    before = path.read_bytes()
    with pytest.raises(SourceError, match="its marks are not those that this version finds"):
        resumed(path, anew(athletes[100:])).run()
    assert path.read_bytes() == before
    Past.open(path).writer.close()  # nobody holds it


def test_other_poses_and_pictures_are_refused(tmp_path, athletes) -> None:
    path = tmp_path / "a.fliptally"
    cut_off(path, athletes[:40])
    past = Past.open(path)
    with pytest.raises(SourceError, match=r"in 1280x720, and camera:0 gives 640x480"):
        past.check(SourceInfo("camera:0", 640, 480))
    past.writer.close()
    other = Poses(BODY_25, np.zeros((0, 25, 3), np.float32))
    with pytest.raises(SourceError, match=r"\(coco_17\), and test gives body_25; .* --engine"):
        resumed(path, [Observed(0, 0.0, other, BOOTED_S)]).run()


def test_a_worker_that_cannot_work_leaves_it_to_be_resumed(tmp_path, athletes) -> None:
    path = tmp_path / "a.fliptally"
    cut_off(path, athletes[:100])
    before = said(path)

    with pytest.raises(WorkerError):
        resumed(path, [], then=WorkerError("no weights")).run()
    assert said(path) == before
    document = resumed(path, anew(athletes[100:])).run()
    assert replayed(path).jumps == document.jumps


def test_a_replay_that_is_recorded_is_the_session_again(tmp_path, athletes) -> None:
    path, copy = tmp_path / "a.fliptally", tmp_path / "b.fliptally"
    cut_off(path, athletes[:100])
    document = resumed(path, anew(athletes[100:])).run()
    replayed(path, copy)
    again = replayed(copy)
    assert (again.jumps, again.faults) == (document.jumps, document.faults)


def test_what_is_captured_during_the_rebuilding_is_counted(tmp_path, athletes) -> None:
    path = tmp_path / "a.fliptally"
    cut_off(path, athletes[:130])
    station = resumed(path, anew(athletes[130:]))
    document = station.run()
    assert station._feed._feed.polled[:2] == [0, 0]  # while what was recorded was analysed
    assert document.frames.processed == FRAMES


class Gap(Camera):
    """Half of the frames, then the camera is said to be back after `gap_s`, then the other half."""

    def __init__(self, frames: Sequence[Observed], gap_s: float):
        half = len(frames) // 2
        behind = [
            replace(o, t=o.t + gap_s, captured_at=o.captured_at + gap_s) for o in frames[half:]
        ]
        change = StateChange("camera 0", "running", "camera 0: back", gap_s)
        super().__init__([*frames[:half], change, *behind])
        self._behind_s = behind[0].captured_at
        self.now = BOOTED_S

    def poll(self, timeout_s: float) -> list[Observation]:
        [observation] = super().poll(timeout_s)
        is_frame = isinstance(observation, Observed)
        self.now = observation.captured_at if is_frame else self._behind_s
        return [observation]


def test_a_gap_ends_when_it_is_said(athletes) -> None:
    """What is said of it comes before the first picture behind it."""
    seen = anew(athletes[:40])
    camera = Gap(seen, 3.0)
    station = Station(camera, Analysis(), Scoreboard(INFO, "live"), clock=lambda: camera.now)
    [fault] = station.run().faults
    assert (fault.gap_s, fault.time_s) == (3.0, pytest.approx(seen[20].t + 3.0))
