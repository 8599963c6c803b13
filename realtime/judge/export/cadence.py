"""The course of an attempt in numbers: steps per second, and each judge against the machine."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from realtime.judge.attempt import Attempt

STEPS = 4
"""The cadence is the mean of so many steps: two of each foot, so that a limp is not a saw."""
LONGEST_S = 1.0
"""A longer step is a pause, over which there is no cadence."""

Point = tuple[float, float]


def cadence(times: Sequence[float]) -> list[list[Point]]:
    """Pieces of (time s, steps per second) from contacts in order; a pause parts two pieces."""
    pieces: list[list[Point]] = []
    run: list[float] = []
    for t in times:
        if run and t - run[-1] > LONGEST_S:
            run = []
        run.append(t)
        if len(run) == STEPS + 1:
            pieces.append([])
        if len(run) > STEPS:
            pieces[-1].append((t, STEPS / (t - run[-1 - STEPS])))
    return pieces


def machine_counts(attempt: Attempt) -> list[Point]:
    """The machine's count after each jump and miss of the attempt."""
    before = 0
    points = []
    for leg in attempt.legs:
        points += [
            (state.last_s, float(before + state.count))
            for _, state in leg.judged
            if state.last_s is not None
        ]
        before += leg.tally.count
    return points


def differences(clicks: Sequence[float], machine: Sequence[Point], every_s: float) -> list[Point]:
    """A judge's count less the machine's over time, each the median of the differences within
    `every_s`: a finger that is late by a tenth of a second must not look like a wrong count."""
    if not machine:
        return []
    times = [t for t, _ in machine]
    moments = sorted([*times, *clicks])
    off = []
    for t in moments:
        place = bisect_right(times, t) - 1
        counted = machine[place][1] if place >= 0 else 0.0
        off.append((t, bisect_right(clicks, t) - counted))
    points: list[Point] = []
    start = moments[0]
    while start <= moments[-1]:
        within = sorted(d for t, d in off if start <= t < start + every_s)
        if within:
            points.append((start + every_s / 2, within[len(within) // 2]))
        start += every_s
    return [*points, (moments[-1], off[-1][1])]
