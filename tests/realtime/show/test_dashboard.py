from __future__ import annotations

import re
from io import BytesIO, StringIO, TextIOWrapper
from itertools import pairwise
from typing import get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from realtime.marks import Expected, Fault, Jump, Mark
from realtime.show.dashboard import render
from realtime.show.glyphs import DIGITS, SMALL
from realtime.show.snapshot import Link, PartShown, Person, Snapshot, State
from realtime.supervision.states import PartState
from tests.realtime.show.example import BACKFLIP, example

SIZES = [(40, 12), (60, 20), (80, 24), (100, 30), (120, 40), (200, 50)]


def drawn(snapshot: Snapshot, width: int, height: int) -> list[str]:
    console = Console(
        file=StringIO(),
        width=width,
        height=height,
        force_terminal=True,
        color_system=None,
        _environ={},
    )
    with console.capture() as capture:
        console.print(render(snapshot, width, height), end="")
    return capture.get().removesuffix("\n").split("\n")


def escaped(snapshot: Snapshot, **environ: str) -> str:
    console = Console(
        file=StringIO(),
        width=80,
        height=24,
        force_terminal=True,
        color_system="standard",
        _environ=environ,
    )
    with console.capture() as capture:
        console.print(render(snapshot, 80, 24), end="")
    return capture.get()


def test_whole_screen_at_80_by_24() -> None:
    expected = """\
 FlipTally  speed step · camera 0                ● REC  ● LIVE  0:17.5 / 0:30.0

       ████        ██████████    ██████████████                         █▀▀ ▀▀█
     ██████      ██████████████  ██████████████  RIGHT                  ▀▀█  ▀█
   ████████      ████      ████  ████                                   ▀▀▀ ▀▀▀
   ████████      ████      ████  ████                                   █▀▀ ▀▀█
       ████      ████      ████  ████████████    LEFT                   ▀▀█ █▀▀
       ████      ████      ████  ██████████████                         ▀▀▀ ▀▀▀
       ████      ████      ████            ████                       ▀▀█   █▀█
       ████      ████      ████            ████  JUMPS/S                █   █ █
       ████      ████      ████            ████                         ▀ ▀ ▀▀▀
       ████      ████      ████  ████      ████                            ▄▆█▆
   ████████████  ██████████████  ██████████████                         ▂▄█████
   ████████████    ██████████      ██████████    ● athlete seen
 JUMPS  unofficial count
 STEPS ───────────────────────────────────────────────────── last right 17.36 s
 RIGHT ─────●─────●────●─────●─────●────●─────●─────●─────●────●─────●─────●───
 LEFT  ──●─────●────●─────●─────●─────●────●─────●─────●────●─────●─────●──────
        ╵14 s               ╵15 s               ╵16 s               ╵17 s
 EVENTS ─────────────────────────────────────────────────────────────── 1 event
    5.10 s  ! camera stopped for 0.4 s, 12 frames lost
    3.20 s  BACKFLIP  landed 4.00 s, confidence 98%
 30.0 fps in, 29.8 processed   latency p50 42, p95 61 ms   blazepose-full
 dropped  capture 0 of 525   pose 12 of 525   analysis 0 of 513"""
    assert [line.rstrip() for line in drawn(example(), 80, 24)] == expected.split("\n")


numbers = st.integers(0, 99_999)
marks = st.one_of(
    st.builds(
        Jump, st.just(1), numbers, st.floats(0, 100), st.sampled_from(["left", "both"]), st.just(0)
    ),
    st.builds(Fault, st.floats(0, 1e6), st.text(max_size=200), numbers),
)
snapshots = st.builds(
    Snapshot,
    title=st.text(max_size=150),
    state=st.sampled_from(get_args(State)),
    backend=st.text(max_size=30),
    elapsed_s=st.floats(0, 1e5),
    duration_s=st.none() | st.floats(0, 1e5),
    athlete_seen=st.booleans(),
    athlete=st.none() | st.integers(1, 30),
    by_hand=st.booleans(),
    in_view=st.integers(0, 30),
    people=st.lists(
        st.builds(
            Person,
            st.integers(1, 200),
            numbers,
            numbers,
            numbers,
            st.none() | st.just(BACKFLIP),
            st.just(0.0) | st.floats(0, 1e5),
        ),
        max_size=12,
        unique_by=lambda person: person.athlete,
    ).map(tuple),
    analysed=st.integers(0, 30),
    analysis_ms=st.none() | st.floats(0, 1e4),
    jumps=numbers,
    right=numbers,
    left=numbers,
    cadence=st.floats(0, 30),
    cadence_history=st.lists(st.floats(0, 30), max_size=250).map(tuple),
    marks=st.lists(marks, max_size=8).map(tuple),
    events=st.just(()) | st.just((BACKFLIP,)),
    fps_in=st.floats(0, 1000),
    fps_processed=st.floats(0, 1000),
    links=st.lists(st.builds(Link, st.text(max_size=20), numbers, numbers), max_size=5).map(tuple),
    latency_p50_ms=st.none() | st.floats(0, 1e5),
    latency_p95_ms=st.none() | st.floats(0, 1e5),
    recording=st.none() | st.text(max_size=100),
    notice=st.none() | st.text(max_size=200),
    expected=st.none() | st.text(max_size=100),
    parts=st.lists(
        st.builds(
            PartShown,
            st.text(max_size=40),
            st.sampled_from(get_args(PartState)),
            st.text(max_size=120),
            st.floats(0, 1e6),
        ),
        max_size=4,
    ).map(tuple),
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(snapshots, st.integers(1, 220), st.integers(1, 60))
def test_every_row_has_exactly_the_width_whatever_is_shown(
    snapshot: Snapshot, width: int, height: int
) -> None:
    rows = drawn(snapshot, width, height)
    assert len(rows) == height
    assert {cell_len(row) for row in rows} == {width}


@pytest.mark.parametrize("jumps", [0, 7, 105, 999, 1000, 9999])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_count_is_drawn_whole_and_called_unofficial(width: int, height: int, jumps: int) -> None:
    screen = drawn(example(jumps=jumps), width, height)
    found = [
        scale
        for scale in range(1, 9)
        if all(line.rstrip() in "\n".join(screen) for line in DIGITS.draw(str(jumps), scale))
    ]
    assert found
    assert "unofficial" in "\n".join(screen)


def test_digits_grow_with_the_terminal() -> None:
    heights = []
    for width, height in SIZES:
        rows = drawn(example(jumps=111), width, height)
        heights.append(sum("██" in row[: width // 2] for row in rows))
    assert heights == sorted(heights)
    assert heights[0] < heights[-1]


@pytest.mark.parametrize("count", [105, 9999])
def test_nothing_is_left_out_at_80_by_24(count: int) -> None:
    busy = example(
        jumps=count,
        state="replay",
        notice="pose worker restarted",
        links=tuple(Link(name, 54_000, 123) for name in ("capture", "pose", "analysis")),
        duration_s=1800.0,
    )
    text = "\n".join(drawn(busy, 80, 24))
    for part in (
        "speed step · camera 0",
        "● REC  ▶ REPLAY  0:17.5 / 30:00.0",
        "! pose worker restarted",
        "● seen" if count > 999 else "● athlete seen",
        "30.0 fps in, 29.8 processed",
        "latency p50 42, p95 61 ms",
        "capture 123 of 54000",
        "pose 123 of 54000",
        "analysis 123 of 54000",
        "3.20 s  BACKFLIP",
        "last right 17.36 s",
    ):
        assert part in text


@pytest.mark.parametrize(("width", "height"), [*SIZES, (39, 11), (20, 6)])
def test_unseen_athlete_is_said_in_words(width: int, height: int) -> None:
    assert "NOT SEEN" in "\n".join(drawn(example(athlete_seen=False), width, height))
    assert "NOT SEEN" not in "\n".join(drawn(example(), width, height))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "starting"}, "waiting for the first frame"),
        ({"state": "ended"}, "unofficial count, final"),
        ({"recording": None}, "not recorded"),
        ({"expected": "scene: 52 jumps"}, "expected scene: 52 jumps"),
        ({"jumps": 108}, "(3 on both feet)"),
        ({"marks": (), "events": ()}, "none yet"),
    ],
)
def test_words_for_a_state(changes: dict[str, object], words: str) -> None:
    assert words in "\n".join(drawn(example(**changes), 80, 24))
    assert words not in "\n".join(drawn(example(), 80, 24))


def test_truth_of_a_scene_gives_way_to_no_warning_on_a_narrow_screen() -> None:
    screen = drawn(example(expected="scene: 52 jumps, 1 backflip", notice="camera lost"), 60, 20)
    assert screen[1].rstrip() == " ! camera lost   expected scene: 52 jumps, 1 backflip"


@pytest.mark.parametrize(("age", "shown"), [(0.0, True), (1.99, True), (2.01, False)])
def test_banner_follows_the_time_of_the_stream(age: float, shown: bool) -> None:
    text = "\n".join(drawn(example(elapsed_s=BACKFLIP.emitted_s + age, marks=()), 80, 24))
    for line in SMALL.draw("BACKFLIP 3.20"):
        assert (line in text) is shown
    assert "BACKFLIP  landed 4.00 s" in text


def test_banner_flashes_at_most_twice_a_second() -> None:
    screens = [
        escaped(example(elapsed_s=BACKFLIP.emitted_s + i / 60)).split("\n")[15] for i in range(120)
    ]
    assert sum(a != b for a, b in pairwise(screens)) == 7


def test_banner_is_one_line_where_block_letters_do_not_fit() -> None:
    screen = drawn(example(elapsed_s=BACKFLIP.emitted_s), 40, 12)
    assert " BACKFLIP 3.20 s" in [line.rstrip() for line in screen]


EXPECTED = Expected(1, "backflip", 3.2, 3.6, 0.9)


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (30, 8)])
@pytest.mark.parametrize(
    ("marks", "elapsed_s", "shown"),
    [
        ((EXPECTED,), 3.7, True),
        ((EXPECTED,), 4.9, False),
        ((EXPECTED, BACKFLIP), 4.2, False),
        ((BACKFLIP, msgspec.structs.replace(EXPECTED, emitted_s=4.3)), 4.4, True),
    ],
)
def test_what_is_expected_stands_there_until_it_is_confirmed(marks, elapsed_s, shown, size) -> None:
    events = tuple(mark for mark in marks if mark is BACKFLIP)
    screen = drawn(example(marks=marks, events=events, elapsed_s=elapsed_s), *size)
    assert (" BACKFLIP?  in the air" in [line.rstrip() for line in screen]) is shown


def test_the_banner_says_how_it_was_done() -> None:
    done = msgspec.structs.replace(BACKFLIP, airtime_s=0.58, clearance=1.43, rotation_deg_s=420.4)
    text = "\n".join(drawn(example(elapsed_s=4.2, events=(done,)), 80, 30))
    assert text.count("98%, air 0.58 s, 1.43 legs, 420 deg/s") == 2  # and in the list


def test_banner_is_the_newest_event_and_not_after_the_end() -> None:
    handspring = msgspec.structs.replace(BACKFLIP, kind="handspring")
    both = example(elapsed_s=4.2, events=(BACKFLIP, handspring))
    assert SMALL.draw("HANDSPRING 3.20")[0] in "\n".join(drawn(both, 80, 24))
    over = example(elapsed_s=4.2, state="ended")
    assert SMALL.draw("BACKFLIP 3.20")[0] not in "\n".join(drawn(over, 80, 24))


def test_without_colour_the_alert_is_still_a_bar() -> None:
    unseen = example(athlete_seen=False)
    colours = re.compile(r"\x1b\[(?:[0-9]+;)*[349][0-7]m")
    plain = escaped(unseen, NO_COLOR="1")
    assert not colours.search(plain)
    assert "\x1b[1;7m ○ ATHLETE NOT SEEN " in plain
    assert colours.search(escaped(unseen))


def test_an_ascii_terminal_gets_ascii() -> None:
    raw = BytesIO()
    console = Console(
        file=TextIOWrapper(raw, encoding="ascii"),
        width=80,
        height=24,
        force_terminal=True,
        color_system=None,
        _environ={},
    )
    console.print(render(example(title="縄跳び"), 80, 24), end="")
    rows = raw.getvalue().decode("ascii").splitlines()
    assert {len(row) for row in rows} <= set(range(75, 81))
    assert "##############" in rows[3]


def test_steps_stand_in_the_lane_of_their_foot_at_their_time() -> None:
    marks: tuple[Mark, ...] = (
        Jump(1, 0, 15.0, "left", 15.1),
        Jump(1, 0, 16.0, "right", 16.1),
        Jump(1, 0, 17.0, "both", 17.1),
        Jump(1, 0, 2.0, "left", 2.1),  # long gone
    )
    screen = drawn(example(marks=marks), 80, 24)
    at = {second: screen[18].index(f"╵{second} s") for second in (15, 16, 17)}
    assert [i for i, c in enumerate(screen[16]) if c == "●"] == [at[16], at[17]]
    assert [i for i, c in enumerate(screen[17]) if c == "●"] == [at[15], at[17]]
