"""An attempt with the rope: bouts of jumping, each but the last one ended by a caught rope.

What counts as a jump around a miss is said by `truth.TrueJump` and `truth.TrueMiss`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from models.simulation.moves.rhythm import SIDE_OF, Beat, Pattern
from models.simulation.truth import TrueJump, TrueMiss

READY_S = 0.7  # arms and trunk into position
FIRST_S = 0.35  # from there to the first landing
PUT_DOWN_S = 0.85  # the last foot goes down slowly: that is no switch any more
SETTLE_S = PUT_DOWN_S + 0.4  # and straighten up
_GATHER_S = 0.28  # to bend the knees before the first jump with both feet
_APART_S = 3.4  # between misses: 2.5 s at most to go on, and some jumps
_LAST_S = 1.0  # no new start when less than this is left


@dataclass(frozen=True, slots=True)
class Bout:
    """Beats without a stop. One foot is lifted at `lift_s`, or both are with the first flight;
    `down_s` is when both feet stand again. With `caught_s` the rope is caught then, in the middle
    of the flight before the last beat."""

    lift_s: float
    beats: tuple[Beat, ...]
    down_s: float
    caught_s: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """`pattern` until `until_s`."""

    pattern: Pattern
    until_s: float


def miss_times(
    misses: int | tuple[float, ...], duration_s: float, rng: np.random.Generator
) -> list[float]:
    """When the rope is to be caught, seconds from the beginning: `misses` of them anywhere, or at
    the times given. Raises ValueError where they do not fit."""
    first, last = READY_S + FIRST_S + 0.8, duration_s - SETTLE_S
    if isinstance(misses, tuple):
        times = sorted(misses)
        if times and last < first:
            raise ValueError(
                f"misses: expected none in {duration_s:.1f} s, which is too short for one; a miss "
                f"needs {first + SETTLE_S:.1f} s"
            )
        for time in times:
            if not first <= time <= last:
                raise ValueError(
                    f"misses: expected seconds between {first:.2f} and {last:.2f} of the "
                    f"{duration_s:.1f} s that the move lasts, got {time:g}"
                )
        if any(b - a < _APART_S for a, b in pairwise(times)):
            raise ValueError(f"misses: expected them at least {_APART_S} s apart, got {times}")
        return times
    room = last - first - misses * _APART_S
    if misses and room < 0:
        most = max(int((last - first) / _APART_S), 0)
        needed = first + misses * _APART_S + SETTLE_S
        raise ValueError(
            f"misses: expected at most {most} in {duration_s:.1f} s, got {misses}, which need "
            f"{needed:.1f} s"
        )
    return [
        float(first + share * room + i * _APART_S)
        for i, share in enumerate(np.sort(rng.uniform(0, 1, misses)))
    ]


def plan_bouts(
    parts: Sequence[Part], misses: Sequence[float], duration_s: float, rng: np.random.Generator
) -> list[Bout]:
    """The bouts of an attempt of `duration_s` with the rope caught near `misses` seconds."""
    end = duration_s - SETTLE_S
    bouts: list[Bout] = []
    first: float | None = READY_S + FIRST_S
    for miss in [*misses, np.inf]:
        if first is None:
            break
        bout = _bout(parts, first, min(miss, end), rng)
        if np.isfinite(miss):
            bout, first = _caught(bout, end, rng)
        bouts.append(bout)
    return bouts


def _bout(parts: Sequence[Part], first: float, end: float, rng: np.random.Generator) -> Bout:
    beats: list[Beat] = []
    now = first
    while now < end or not beats:
        part = next((p for p in parts if now < p.until_s), parts[-1])
        beat = part.pattern.beat(now, beats[-1] if beats else None, rng)
        if not beats:  # a high jump needs more time to get up
            beat = replace(beat, time_s=max(first, first - FIRST_S + _GATHER_S + beat.flight_s))
        if beats and beat.time_s >= end:
            break
        beats.append(beat)
        now = beat.time_s
    return Bout(first - FIRST_S, tuple(beats), now + PUT_DOWN_S)


def _caught(bout: Bout, end: float, rng: np.random.Generator) -> tuple[Bout, float | None]:
    """The bout whose last flight catches the rope, and the earliest landing of the next one (None:
    no time is left for one)."""
    last = next(
        (i for i in reversed(range(1, len(bout.beats))) if bout.beats[i].jumps), len(bout.beats) - 1
    )
    beat = bout.beats[last]
    caught = beat.time_s - beat.flight_s / 2
    down = beat.time_s + rng.uniform(0.16, 0.24)
    going_on = max(caught + 0.6 + 1.9 * rng.beta(1.3, 1.8), down + FIRST_S)
    beats = (*bout.beats[:last], replace(beat, turns=0))
    ended = Bout(bout.lift_s, beats, float(down), caught)
    return ended, float(going_on) if going_on <= end - _LAST_S else None


def true_jumps(bouts: Sequence[Bout]) -> tuple[TrueJump, ...]:
    """The beats that are jumps over the rope."""
    return tuple(
        TrueJump(beat.time_s, beat.foot, beat.turns)
        for bout in bouts
        for beat in bout.beats
        if beat.jumps
    )


def true_misses(bouts: Sequence[Bout]) -> tuple[TrueMiss, ...]:
    """Each caught rope, with the first jump after it."""
    jumps = [jump.time_s for jump in true_jumps(bouts)]
    caught = [bout.caught_s for bout in bouts if bout.caught_s is not None]
    return tuple(TrueMiss(miss, next((t for t in jumps if t > miss), None)) for miss in caught)


def landing_feet(beat: Beat) -> tuple[int, ...]:
    """Sides (0 = left) of the feet that land with a beat."""
    return SIDE_OF[beat.foot] if beat.flight_s > 0 else ()
