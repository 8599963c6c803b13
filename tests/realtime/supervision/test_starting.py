"""What takes long to start is told, once; what does not is not."""

from __future__ import annotations

from realtime.observations import Lost
from realtime.supervision.starting import LONG_S, Starting
from realtime.supervision.states import StateChange

PART = "pose worker local-1"
SLOW = [StateChange(PART, "starting", f"{PART}: starting")]


def test_what_takes_long_to_start_is_told_once():
    now = 100.0
    starting = Starting(lambda: now)
    assert starting.watch([StateChange(PART, "starting"), Lost(1, 0.0, "")]) == []
    now += LONG_S - 0.1
    assert starting.watch([]) == []
    now += 0.2
    assert starting.watch([]) == SLOW
    now += 60
    assert starting.watch([]) == []
    starting.watch([StateChange(PART, "degraded", "died"), StateChange(PART, "starting")])
    now += LONG_S
    assert starting.watch([]) == SLOW


def test_what_runs_in_time_is_not_told():
    now = 100.0
    starting = Starting(lambda: now)
    starting.watch([StateChange(PART, "starting")])
    now += 1
    starting.watch([StateChange(PART, "running")])
    now += 60
    assert starting.watch([]) == []
