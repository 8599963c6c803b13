"""What the scoreboard says of everybody who is followed."""

from __future__ import annotations

import pytest

from realtime.marks import BY_HAND, Event, Fault, Jump, Lock, Mark, Miss, Turns
from realtime.record.document import athletes_of
from realtime.scoreboard import Progress, Scoreboard
from realtime.show.snapshot import PartShown, Person, Snapshot
from realtime.sources.protocol import SourceInfo
from realtime.supervision.states import StateChange

INFO = SourceInfo("camera:0", 1280, 720, 30.0)
FLIP = Event(2, "backflip", 1.0, 1.8, 1.9, 0.9)


@pytest.fixture
def board() -> Scoreboard:
    """Athlete 1 is meant and jumped twice, 2 did a flip, 3 does nothing; then 2 and 3 leave."""
    board = Scoreboard(INFO, "live")
    board.frame(0.0, {1, 2, 3}, [1, 2, 3], 3)
    board.add([Lock(1, 0.0, "largest in view")])
    board.add([Jump(1, 3, 0.1, "left", 0.2), Jump(1, 6, 0.3, "right", 0.4), FLIP])
    board.frame(2.0, {1, 2, 3}, [1, 2, 3], 3)
    board.frame(5.0, {1}, [1, 2, 3], 3)
    return board


def listed(snapshot: Snapshot) -> list[int]:
    return [person.athlete for person in snapshot.people]


def test_everybody_has_his_own_counts_and_last_event(board: Scoreboard) -> None:
    snapshot = board.snapshot()
    assert snapshot.people == (
        Person(1, 2, 1, 1, None, 0.0),
        Person(2, 0, 0, 0, FLIP, 3.0),
        Person(3, 0, 0, 0, None, 3.0),
    )
    assert (snapshot.athlete, snapshot.athlete_seen, snapshot.in_view) == (1, True, 1)
    assert (snapshot.analysed, snapshot.by_hand, snapshot.events) == (3, False, ())


def test_the_one_who_is_meant_comes_first_and_the_screen_is_his(board: Scoreboard) -> None:
    board.add([Lock(2, 5.0, BY_HAND)])
    snapshot = board.snapshot()
    assert listed(snapshot) == [2, 1, 3]
    assert (snapshot.athlete_seen, snapshot.by_hand, snapshot.jumps) == (False, True, 0)
    assert snapshot.events == (FLIP,)
    assert snapshot.cadence_history == ()


def test_who_did_nothing_and_left_is_listed_no_longer_than_he_may_come_back(
    board: Scoreboard,
) -> None:
    board.frame(31.0, {1}, [1, 2, 3], 3)
    assert listed(board.snapshot()) == [1, 2, 3]
    board.frame(33.0, {1}, [1, 2, 3], 3)
    assert listed(board.snapshot()) == [1, 2]


def test_what_is_said_passes_and_a_fault_does_not(board: Scoreboard) -> None:
    board.notice = "camera lost"
    board.say("nobody has number 7")
    assert board.snapshot().notice == "nobody has number 7"
    board.frame(9.0, {1}, [1], 1)
    assert board.snapshot().notice == "camera lost"


def test_what_was_said_is_no_last_word(board: Scoreboard) -> None:
    board.say("nobody has number 7")
    board.end()
    assert board.snapshot().notice is None


def test_a_part_shows_its_state_and_for_how_long(board: Scoreboard) -> None:
    gone = StateChange("camera 0", "degraded", "camera 0: unplugged")
    board.part(gone, 100.0)
    board.add([Fault(5.0, gone.why)])
    board.part(StateChange("camera 0", "degraded", "camera 0: still away"), 101.0)
    board.progress(Progress(150, 0, 103.5))
    shown = board.snapshot()
    assert shown.parts == (PartShown("camera 0", "degraded", "camera 0: still away", 3.5),)
    assert shown.notice is None
    back = StateChange("camera 0", "running", "camera 0: back after 4.0 s", 4.0)
    board.part(back, 104.0)
    board.add([Fault(5.0, back.why, gap_s=4.0)])
    assert board.snapshot().notice == back.why
    board.frame(9.0, {1}, [1], 1)
    assert board.snapshot().notice is None
    assert [part.state for part in board.snapshot().parts] == ["running"]


def test_parts_without_end_do_not_grow_and_those_that_ended_go_first(board: Scoreboard) -> None:
    board.part(StateChange("camera 0", "running"), 0.0)
    for number in range(100):
        board.part(StateChange(f"pose worker {number}", "stopped"), float(number))
    names = [part.part for part in board.snapshot().parts]
    assert len(names) == 24
    assert (names[0], names[-1]) == ("camera 0", "pose worker 99")


def test_nobody_is_seen_while_no_pose_worker_looks(board: Scoreboard) -> None:
    assert board.snapshot().athlete_seen
    board.part(StateChange("pose workers", "failed", "pose workers: there is none"), 5.0)
    assert not board.snapshot().athlete_seen
    board.frame(6.0, {1}, {1}, 1)
    assert board.snapshot().athlete_seen


def test_double_unders_are_counted_on_the_screen_as_in_the_document() -> None:
    turns: list[Turns | None] = [None] * 4 + [2] * 20 + [1] * 3
    marks: list[Mark] = [
        Jump(1, 0, i / 2, "both", i / 2 + 0.1, turns=each) for i, each in enumerate(turns)
    ]
    marks.insert(20, Miss(1, marks[16].time_s, 9.7))  # takes the last three of them back
    board = Scoreboard(INFO, "live")
    board.add([Lock(1, 0.0, "largest in view")])
    board.add(marks)
    snapshot, document = board.snapshot(), athletes_of(marks, [1])[0]
    assert (snapshot.jumps, snapshot.double_unders) == (24, 21)
    assert (document.jumps, document.double_unders) == (24, 21)
