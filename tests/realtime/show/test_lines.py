from __future__ import annotations

from realtime.marks import BY_HAND, Fault, Jump, Lock, Mark
from realtime.show.lines import Lines
from tests.realtime.show.example import BACKFLIP, STALL, example

FLIP_LINE = "    3.20 s  BACKFLIP  landed 4.00 s, confidence 98%"
STALL_LINE = "    5.10 s  ! camera stopped for 0.4 s, 12 frames lost"


def test_source_events_and_faults_are_said_once_in_order_of_time() -> None:
    lines = Lines()
    assert lines.news(example(marks=(STALL, BACKFLIP))) == [
        "source: speed step · camera 0 (unofficial count)",
        "pose: blazepose-full",
        "recording: /data/attempt.fts",
        FLIP_LINE,
        STALL_LINE,
    ]
    assert lines.news(example(marks=(STALL, BACKFLIP))) == []


def test_every_mark_of_a_sliding_window_is_said() -> None:
    """Faults pushed on by jumps between two looks, as long as each was in one window."""
    marks: list[Mark] = []
    for i in range(200):
        marks.append(Jump(1, i, i / 7, "left", i / 7 + 0.07))
        if i % 9 == 0:
            marks.append(Fault(i / 7, f"stall {i}", 1))
    lines = Lines()
    said = [
        line
        for end in range(0, len(marks) + 40, 40)
        for line in lines.news(example(marks=tuple(marks[max(end - 64, 0) : end]), events=()))
    ]
    assert [line for line in said if "stall" in line] == [
        f"{i / 7:8.2f} s  ! stall {i}, 1 frame lost" for i in range(0, 200, 9)
    ]


def test_state_is_said_when_it_changes_and_the_truth_at_the_end() -> None:
    lines = Lines()
    first = lines.state(example())
    assert len(first) == 1
    assert "105 jumps (R 53, L 52)" in first[0]
    assert lines.state(example()) == []
    assert lines.state(example(jumps=106)) != []
    *state, truth = lines.state(example(state="ended", expected="scene: 52 jumps"))
    assert len(state) == 1
    assert truth == "expected: scene: 52 jumps"


def test_a_warning_is_said_unless_it_repeats_a_fault() -> None:
    lines = Lines()
    lines.news(example())
    assert lines.news(example(notice="camera stopped for 0.4 s, 12 frames lost")) == []
    assert lines.news(example(notice="no audio:\nPortAudio missing")) == [
        "warning: no audio: PortAudio missing"
    ]
    assert lines.news(example(notice="no audio:\nPortAudio missing")) == []


def test_a_fault_is_not_repeated_as_a_warning_when_newer_marks_have_pushed_it_out() -> None:
    lines = Lines()
    lines.news(example(marks=(STALL,)))
    lines.news(example(marks=(), notice="disk full"))
    repeated = "camera stopped for 0.4 s, 12 frames lost"
    assert lines.news(example(marks=(), notice=repeated)) == []
    assert lines.news(example(marks=(), notice=repeated)) == []


def test_a_change_of_who_is_meant_is_said_once() -> None:
    lines = Lines()
    lines.news(example())
    snapshot = example(marks=(STALL, Lock(2, 6.0, BY_HAND)))
    assert lines.news(snapshot) == ["    6.00 s  following athlete 2: chosen by hand"]
    assert lines.news(snapshot) == []
