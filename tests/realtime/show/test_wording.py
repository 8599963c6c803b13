from __future__ import annotations

import msgspec
import pytest

from realtime.marks import Event, Expected, Fault, Jump, Mark
from realtime.show.snapshot import Link
from realtime.show.wording import clock, dated, drops, latency, status
from tests.realtime.show.example import BACKFLIP, example


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0:00.0"),
        (17.4, "0:17.4"),
        (4.1, "0:04.1"),
        (59.99, "0:59.9"),
        (60.0, "1:00.0"),
        (3723.45, "1:02:03.4"),
        (-0.2, "0:00.0"),
    ],
)
def test_clock_is_a_stopwatch(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("mark", "shown"),
    [
        (Jump(1, 3, 0.1, "right", 0.17), "    0.10 s  jump right"),
        (Jump(1, 3, 0.1, "both", 0.17), "    0.10 s  jump both feet"),
        (Jump(1, 3, 0.1, "both", 0.17, turns=2), "    0.10 s  double under"),
        (BACKFLIP, "    3.20 s  BACKFLIP  landed 4.00 s, confidence 98%"),
        (
            Event(1, "handspring", 1234.5, 1235.4, 1235.5, 1.0),
            " 1234.50 s  HANDSPRING  landed 1235.40 s, confidence 100%",
        ),
        (
            msgspec.structs.replace(BACKFLIP, airtime_s=0.58, clearance=1.43, rotation_deg_s=420.4),
            "    3.20 s  BACKFLIP  landed 4.00 s, 98%, air 0.58 s, 1.43 legs, 420 deg/s",
        ),
        (
            Expected(1, "handspring", 3.2, 3.6, 0.9),
            "    3.20 s  handspring?  in the air, said 3.60 s",
        ),
        (Fault(5.1, "camera\nstopped", 12), "    5.10 s  ! camera stopped, 12 frames lost"),
        (Fault(5.1, "camera stopped"), "    5.10 s  ! camera stopped"),
    ],
)
def test_marks_in_words(mark: Mark, shown: str) -> None:
    assert dated(mark) == shown


def test_drops_give_up_the_totals_where_there_is_no_room() -> None:
    links = (Link("capture", 900, 0), Link("pose", 900, 12))
    assert drops(links, 80) == "dropped  capture 0 of 900   pose 12 of 900"
    assert drops(links, 30) == "dropped capture 0, pose 12"


def test_latency_is_a_dash_until_it_is_known() -> None:
    assert latency(example(latency_p50_ms=None, latency_p95_ms=None)) == "latency p50 -, p95 - ms"


def test_status_is_one_line_with_everything_that_counts() -> None:
    assert status(example(athlete_seen=False)) == (
        "   17.50 s  live  105 jumps (R 53, L 52)  7.0/s  29.8 of 30.0 fps, 12 dropped  "
        "athlete NOT SEEN"
    )
