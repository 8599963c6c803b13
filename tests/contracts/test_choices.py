"""Who is meant, chosen by hand while it happens, is replayed with the session to the last bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.poses import Poses
from models.simulation.staging import build_scene
from models.skeleton import BODY, COCO_17, convert
from realtime.analysis import Analysis
from realtime.feed import RecordedFeed
from realtime.marks import BY_HAND, Lock
from realtime.observations import Chosen, Observation, Observed
from realtime.opening import open_recording
from realtime.record.document import SessionDocument
from realtime.record.session import Choice, RecordedSession, SessionWriter
from realtime.scoreboard import Scoreboard
from realtime.sources.protocol import SourceInfo
from realtime.station import Station
from realtime.stream.lock import LOCK_RULES, LockRule
from tests.realtime.show.terminals import Shell, opened_pair
from tests.realtime.stream.people import figure

INFO = SourceInfo("camera:0", 1280, 720, 30.0)
FRAMES = 150
_PER_POLL = 32

Choices = Mapping[int, int | None]
"""Frame after which something is chosen, to what: a number, 0 for automatic."""


@pytest.fixture(scope="module")
def crowd() -> list[Observed]:
    """A judge, larger than the others, who leaves, and two who jump side by side."""
    scenes = [build_scene("speed", 5.0, fps=30.0, seed=seed) for seed in (1, 2)]
    observed = []
    for i in range(FRAMES):
        people = [figure(COCO_17, x=100, y=450, size=1.4)] if i < 100 else []
        for scene, beside in zip(scenes, (-150.0, 350.0), strict=True):
            keypoints = np.ones((len(BODY), 3), np.float32)
            keypoints[:, :2] = scene.joints(i) + np.array([beside, 0.0])
            people.append(convert(keypoints, BODY, COCO_17))
        observed.append(Observed(i, i * 33_333_333 / 1e9, Poses(COCO_17, np.array(people))))
    return observed


def recorded(
    path: Path, observations: list[Observed], choices: Choices, rule: LockRule
) -> SessionDocument:
    """A session in which somebody chooses between the frames."""

    def chosen() -> Iterator[Observation]:
        for observed in observations:
            yield observed
            if observed.seq in choices:
                yield Chosen(choices[observed.seq] or None)

    return played(RecordedFeed(INFO, "test", chosen()), rule, SessionWriter(path))


def played(
    feed: RecordedFeed, rule: LockRule, writer: SessionWriter | None = None
) -> SessionDocument:
    return Station(feed, Analysis(rule=rule), Scoreboard(INFO, "live"), writer=writer).run()


def replayed(path: Path, *, choices: bool = True) -> SessionDocument:
    feed = open_recording(str(path), None, realtime=False, choices=choices)
    assert feed is not None
    return played(feed, RecordedSession(path).header.lock)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(st.integers(0, FRAMES - 1), st.integers(0, 5), max_size=6),
    st.sampled_from(LOCK_RULES),
)
def test_what_was_chosen_is_chosen_again(tmp_path_factory, crowd, choices, rule) -> None:
    path = tmp_path_factory.mktemp("chosen") / "a.fliptally"
    live = recorded(path, crowd, choices, rule)
    again = replayed(path)
    assert (again.locks, again.jumps) == (live.locks, live.jumps)
    assert again.athletes == live.athletes
    assert [m for m in RecordedSession(path).marks() if isinstance(m, Lock)] == live.locks


def test_a_choice_stands_between_its_poses_and_is_followed(tmp_path, crowd) -> None:
    path = tmp_path / "a.fliptally"
    judge = 1
    live = recorded(path, crowd, {60: judge}, "active")
    assert live.locks[-1] == Lock(judge, crowd[60].t, BY_HAND)
    assert live.athletes[0].id == judge
    assert live.athletes[0].jumps == 0
    seen = list(RecordedSession(path).observations())
    assert seen[61] == Chosen(judge)
    assert replayed(path).locks == live.locks
    assert replayed(path, choices=False).athletes[0].jumps > 3


def test_a_number_that_nobody_has_is_said_and_changes_nothing(tmp_path, crowd) -> None:
    path = tmp_path / "a.fliptally"
    live = recorded(path, crowd, {60: 7}, "active")
    assert not any(lock.by_hand for lock in live.locks)
    assert live.faults == []
    assert not any(isinstance(each, Chosen | Choice) for each in RecordedSession(path)._records())


class Slowly(RecordedFeed):
    """Lets the test act between polls, as somebody at the keyboard does."""

    def __init__(self, observations: list[Observed], act) -> None:
        super().__init__(INFO, "test", iter(observations))
        self._act = act

    def poll(self, timeout_s: float) -> list[Observation]:
        self._act(self.captured)
        return super().poll(timeout_s)


def test_a_choice_from_another_thread_is_taken_between_two_polls(tmp_path, crowd) -> None:
    path = tmp_path / "a.fliptally"
    pressed = {_PER_POLL: 3, 2 * _PER_POLL: 99, 3 * _PER_POLL: None}
    notices = {}

    def act(captured: int) -> None:
        notices[captured] = board.snapshot().notice
        if captured in pressed:
            station.choose(pressed.pop(captured))

    board = Scoreboard(INFO, "live")
    station = Station(Slowly(crowd, act), Analysis(), board, writer=SessionWriter(path))
    live = station.run()
    whys = [lock.why for lock in live.locks]
    assert (BY_HAND in whys, "automatic again" in whys, pressed) == (True, True, {})
    assert notices[3 * _PER_POLL] == "nobody has number 99"
    assert board.snapshot().notice is None
    assert replayed(path).locks == live.locks


def test_a_key_at_the_dashboard_is_recorded_and_ctrl_c_ends_with_the_result(
    tmp_path, crowd
) -> None:
    before, path = tmp_path / "before.fliptally", tmp_path / "a.fliptally"
    recorded(before, crowd, {}, "active")
    document = tmp_path / "a.json"
    with opened_pair() as pair:
        replay = ["-m", "realtime", "replay", str(before), "--realtime"]
        shell = Shell(pair, [*replay, "--record", str(path), "--json", str(document)])
        shell.shows("1-9 or click chooses")
        shell.types(b"1")
        shell.shows("by hand")
        shell.types(b"\x03")
        assert shell.ends() == 0
        shell.shows("following athlete 1: chosen by hand")
    live = msgspec.json.decode(document.read_bytes(), type=SessionDocument)
    assert live.locks[-1].by_hand
    assert 0 < live.frames.processed < FRAMES
    again = replayed(path)
    assert (again.locks, again.jumps, again.athletes) == (live.locks, live.jumps, live.athletes)
