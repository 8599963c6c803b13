"""What is said of jumps that look like single bounces where double unders are judged."""

from __future__ import annotations

from msgspec.structs import replace

from models.rope.rules import custom_event
from realtime.judge.attempt import attempts
from realtime.marks import Beep, Jump
from tests.realtime.judge.cases import run

START = Beep("start", 10.0, "played")


def jumps(single: int) -> list[Jump]:
    """Twenty, the last `single` of them with one turn of the rope."""
    return [
        replace(jump, turns=1 if i >= 20 - single else 2)
        for i, jump in enumerate(run(11.0, 20, 0.5, "B", 1))
    ]


def test_jumps_that_look_single_are_counted_and_said() -> None:
    (found,) = attempts([START, *jumps(4)], custom_event(1, 30.0, "double under"))
    assert found.count == 20
    (note,) = [line for line in found.warnings if "single" in line]
    assert note.startswith("4 of 20 jumps look like single bounces, the first at 9.0 s")


def test_nothing_is_said_of_double_unders_or_in_another_event() -> None:
    for marks, counting in ((jumps(0), "double under"), (jumps(4), "speed step")):
        event = custom_event(1, 30.0, counting)
        (found,) = attempts([START, *marks], event)
        assert not [line for line in found.warnings if "single" in line]
