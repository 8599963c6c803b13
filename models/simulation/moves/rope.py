"""Jumping with a rope: the body and the rope over planned bouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from models.simulation.curves import NEVER, Curve, Floats, smooth_step
from models.simulation.figure import LATERAL, Build
from models.simulation.motion import Element
from models.simulation.moves.bouts import (
    PUT_DOWN_S,
    READY_S,
    SETTLE_S,
    Bout,
    landing_feet,
    true_jumps,
    true_misses,
)
from models.simulation.moves.carriage import HANGING, Carriage, arms, keys, stance
from models.simulation.moves.footwork import Footwork, Swing
from models.simulation.moves.rhythm import Beat
from models.simulation.moves.style import Style
from models.simulation.sagittal import LEAN, STANDING, ankle_over_toe
from models.simulation.truth import Truth

REST = 0.06
"""Turns past the feet: the rope hangs behind the heels."""
_CAUGHT = -0.04  # in front of the toes
_HOME_S = 1.5  # so long before the end he is back where he began
_QUICKEST = 1.25  # m/s, lift of a foot over its time in the air
_LONG_SUPPORT_S = 0.6  # then the heels sink within
_SINK_S = 0.25
_LONG_S = 1.15  # a stop that leaves time to bend down to the rope


def jumping(
    build: Build,
    duration_s: float,
    bouts: Sequence[Bout],
    style: Style,
    rng: np.random.Generator,
    *,
    roped: bool = True,
) -> Element:
    """Get ready, jump in `bouts`, stand again at the end of `duration_s`. Not `roped`: the arms
    swing against the legs instead of turning a rope."""
    swings, steps_over = _swings(build, duration_s, bouts, style, rng)
    footwork = Footwork(build, swings)
    stances, wrists = _body_keys(bouts, duration_s, style, rng)
    end = bouts[-1].down_s
    turns, side = _rope_tracks(bouts, steps_over) if roped else (NEVER, NEVER)
    turning = partial(_turning_hands, turns, side, style, duration_s)
    carriage = Carriage(
        build,
        footwork,
        duration_s,
        keys(*stances),
        keys(*wrists),
        tiptoe=_tiptoe(footwork, end, duration_s, style),
        raised=_raised(build, footwork, style, lift_m=_lift(bouts), end=end, duration_s=duration_s),
        hands=turning if roped else partial(_pumping_hands, footwork, duration_s),
        nod=partial(_nod, footwork, bouts, duration_s, style),
    )
    truth = Truth(true_jumps(bouts), true_misses(bouts), (), footwork.contacts(duration_s))
    rope = partial(_rope, turns, side) if roped else None
    return Element(duration_s, carriage.posture, truth=truth, rope=rope)


def _swings(
    build: Build, duration_s: float, bouts: Sequence[Bout], style: Style, rng: np.random.Generator
) -> tuple[list[Swing], list[float]]:
    """The swings of all bouts, and when the rope is stepped over after each."""
    swings: list[Swing] = []
    steps_over = []
    home = duration_s - SETTLE_S - _HOME_S
    for bout, after in zip(bouts, [*bouts[1:], None], strict=True):
        last = {s: i for i, beat in enumerate(bout.beats) for s in landing_feet(beat)}
        air: dict[int, tuple[float, Beat]] = {}  # feet in the air since when, and for which beat
        for i, beat in enumerate(bout.beats):
            feet = landing_feet(beat)
            if i == 0 and len(feet) == 1:
                air[feet[0]] = (bout.lift_s, beat)
            for side in (0, 1) if feet else ():
                air.setdefault(side, (beat.time_s - beat.flight_s, beat))
            for side in feet:
                stays = after is None and i == last[side]
                place = _place(build, beat.time_s, home, side, style, stays=stays)
                swings.append(_swing(side, *air.pop(side), beat.time_s, beat, place=place))
        for side, (since, beat) in air.items():
            place = _place(build, bout.down_s, home, side, style, stays=after is None)
            down = _swing(side, since, beat, bout.down_s, beat, place=place)
            rise = beat.time_s - since + 0.04
            swings.append(replace(down, rise_s=rise, fall_s=0.8 * (bout.down_s - since)))
        over = bout.down_s - 0.08
        if after is not None:
            lifts = _untangling(build, bout, after.lift_s, rng)
            swings += lifts
            over = max([over, *((lift.begin_s + lift.end_s) / 2 for lift in lifts)])
        steps_over.append(over)
    return swings, steps_over


def _swing(
    side: int,
    begin: float,
    lifted: Beat,
    end: float,
    beat: Beat,
    *,
    place: tuple[float, float, float],
) -> Swing:
    """The swing of a foot that left the floor with the beat `lifted` and lands with `beat`."""
    height = min(max(lifted.lift_m, beat.lift_m), _QUICKEST * (end - begin))
    return Swing(side, begin, end, height, place, beat.back_m, beat.pitch)


def _place(
    build: Build, t: float, home: float, side: int, style: Style, *, stays: bool
) -> tuple[float, float, float]:
    """Where a foot lands: wandering, the feet close to each other; at the end as he began."""
    if stays:
        return (0.0, 0.0, 0.0)
    away = smooth_step((t - READY_S) / 2) * smooth_step((home + _HOME_S - t) / _HOME_S)
    x, y = float(away) * style.wander.at(t)
    return (float(x), float(y - LATERAL[side] * style.narrow * build.half_hips), 0.0)


def _untangling(build: Build, bout: Bout, until: float, rng: np.random.Generator) -> list[Swing]:
    """The foot in the rope is lifted out of it, then the other one, as far as time allows."""
    caught = landing_feet(bout.beats[-1])[0]
    begin, lifts = bout.down_s + 0.06, []
    for side in (caught, 1 - caught):
        length = rng.uniform(0.30, 0.42)
        if begin + length > until - 0.08:
            break
        lifts.append(
            Swing(
                side,
                begin,
                begin + length,
                build.leg * rng.uniform(0.10, 0.20),
                back_m=-0.04 * build.leg,
                pitch=np.radians(rng.uniform(-10, 25)),
            )
        )
        begin += length + rng.uniform(0.08, 0.25)
    return lifts


def _rope_tracks(bouts: Sequence[Bout], steps_over: Sequence[float]) -> tuple[Curve, Curve]:
    """Turns of the rope, a whole number as it passes under the feet, and its side."""
    turns: list[tuple[float, float]] = []
    side: list[tuple[float, float]] = [(0.0, 0.0)]
    n = 0
    for bout, over in zip(bouts, steps_over, strict=True):
        passes = [(p, beat.side) for beat in bout.beats for p in beat.passes]
        first = passes[0][0] if passes else bout.down_s
        turns.append((min(max(bout.lift_s - 0.1, _after(turns)), first - 0.2), n + REST))
        for time, where in passes:
            n += 1
            turns.append((time, float(n)))
            side.append((time, where))
        if bout.caught_s is None:
            turns.append((passes[-1][0] + 0.25, n + REST))
        else:
            n += 1
            turns.append((bout.caught_s, n + _CAUGHT))
            if bout is not bouts[-1]:
                turns += [
                    (max(over - 0.1, bout.caught_s + 0.02), n + _CAUGHT),
                    (over + 0.1, n + REST),
                ]
    side.append((side[-1][0] + 0.3, 0.0))
    return Curve.of(*turns), Curve.of(*side)


def _after(turns: Sequence[tuple[float, float]]) -> float:
    return turns[-1][0] + 0.02 if turns else 0.0


def hanging_rope(t: Floats) -> Floats:
    """The rope (T, 2), as `motion.Element` wants it, of somebody who does not jump."""
    return np.tile([REST, 0.0], (len(t), 1))


def _rope(turns: Curve, side: Curve, t: Floats) -> Floats:
    return np.stack([turns.at(t), side.at(t)], axis=-1)


def _body_keys(
    bouts: Sequence[Bout], duration_s: float, style: Style, rng: np.random.Generator
) -> tuple[list[tuple[float, Floats]], list[tuple[float, Floats]]]:
    """Keys of stances and wrists: into position, bent down to a caught rope, up again."""
    end = bouts[-1].down_s
    stances = [(0.0, STANDING), (READY_S, style.stance), (end, style.stance)]
    wrists = [(0.0, HANGING), (READY_S, style.wrists), (end, style.wrists)]
    for bout, after in pairwise(bouts):
        begin, until = bout.down_s, after.lift_s
        if until - begin < _LONG_S - 0.6:
            continue
        bent = stance(rng.uniform(22, 48), 22, -8, rng.uniform(22, 40))
        down, up = begin + 0.42 * (until - begin), begin + 0.62 * (until - begin)
        stances += [(begin, style.stance), (down, bent), (up, bent), (until, style.stance)]
        shaking = np.arange(begin + 0.1, until - 0.1, 0.14)
        for i, time in enumerate(shaking):
            shake = 0.03 * (-1) ** i * np.array([[0.4, 0, 1], [-0.4, 0, -1]])
            wrists.append((float(time), arms(0.08, 0.05, -0.27) + shake))
        wrists += [(begin, style.wrists), (until, style.wrists)]
    return (
        [*stances, (min(end + 0.4, duration_s), STANDING), (duration_s + 1e-6, STANDING)],
        [*wrists, (min(end + 0.4, duration_s), HANGING), (duration_s + 1e-6, HANGING)],
    )


def _pointed(flight_s: Floats) -> Floats:
    """How much farther (radians) the heels are raised at the ends of a flight."""
    pointed: Floats = np.radians(np.minimum(90 * flight_s, 28))
    return pointed


def _tiptoe(footwork: Footwork, end: float, duration_s: float, style: Style) -> Curve:
    """Pitch of the feet: on the balls of the feet, the heels higher at the ends of a flight."""
    flights = footwork.flights
    rows = [(0.0, 0.0), (0.2, 0.0), (min(READY_S, flights[0, 0] - 0.1), style.tiptoe)]
    for (begin, landing), point in zip(flights, _pointed(np.diff(flights)[:, 0]), strict=True):
        rows += [(float(begin), style.tiptoe - point), (float(landing), style.tiptoe - point)]
    for after, before in zip(flights[:-1, 1].tolist(), flights[1:, 0].tolist(), strict=True):
        if before - after > _LONG_SUPPORT_S:
            rows += [(after + _SINK_S, style.tiptoe / 2), (before - _SINK_S, style.tiptoe / 2)]
        else:
            rows.append(((after + before) / 2, style.tiptoe))
    landed = float(flights[-1, 1])
    rows += [(landed + 0.3, 0.8 * style.tiptoe), (end - 0.1, 0.8 * style.tiptoe)]
    return Curve.of(*sorted(rows), (_down(end, duration_s), 0.0))


def _raised(
    build: Build,
    footwork: Footwork,
    style: Style,
    *,
    lift_m: float,
    end: float,
    duration_s: float,
) -> Curve:
    """How much higher (metres) the mass is on the balls of the feet, and with the legs nearly
    straight at the ends of flights."""
    flights = footwork.flights
    point = 0.3 * float(np.quantile(_pointed(np.diff(flights)), 0.1))
    pitch = np.array([0.0, style.tiptoe, style.tiptoe - point])
    ankle = ankle_over_toe(build, pitch)[:, 2]
    # A lifted leg raises the mass, not the body: about 0.07 of the height of its foot.
    on_balls, at_takeoff = 0.85 * (ankle[1:] - ankle[0]) + 0.07 * lift_m
    begin, landed = float(flights[0, 0]), float(flights[-1, 1])
    rows = [(0.2, 0.0), (min(READY_S, begin - 0.1), on_balls), (begin, at_takeoff)]
    for after, before in zip(flights[:-1, 1].tolist(), flights[1:, 0].tolist(), strict=True):
        if before - after > _LONG_SUPPORT_S:
            rows += [(after, at_takeoff), (after + _SINK_S, 0.2 * on_balls)]
            rows += [(before - _SINK_S, 0.2 * on_balls), (before, at_takeoff)]
    rows += [(landed, at_takeoff), (landed + 0.3, 0.6 * on_balls), (end - 0.1, 0.6 * on_balls)]
    return Curve.of(*rows, (_down(end, duration_s), 0.0))


def _lift(bouts: Sequence[Bout]) -> float:
    """How high a foot is lifted, in metres, in (nearly) every beat while the other one stands."""
    beats = [beat for bout in bouts for beat in bout.beats]
    return float(np.quantile([beat.lift_m * (beat.foot != "both") for beat in beats], 0.1))


def _down(end: float, duration_s: float) -> float:
    """When the heels are down again, for feet that stand at `end`."""
    return min(end + 0.35, duration_s - 0.05)


def _ready(duration_s: float, t: Floats) -> Floats:
    return smooth_step(t / READY_S) * smooth_step((duration_s - t) / (SETTLE_S - PUT_DOWN_S))


def _turning_hands(turns: Curve, side: Curve, style: Style, duration_s: float, t: Floats) -> Floats:
    """Small circles of the wrists (T, 2, 3) drive the rope; both hands go to its side."""
    angle, ready = 2 * np.pi * turns.at(t), _ready(duration_s, t)
    circle = style.circle * np.stack([-np.sin(angle), np.zeros(len(t)), -np.cos(angle)], axis=-1)
    beside = side.at(t)
    moved = np.zeros((len(t), 2, 3))
    for i in range(2):
        across = np.maximum(-LATERAL[i] * beside, 0.0)  # this arm reaches over to the other side
        moved[:, i, 1] = beside * (0.03 + 0.27 * across)
        moved[:, i, 0] = 0.12 * across
        moved[:, i, 2] = 0.06 * np.abs(beside)
    hands: Floats = ready[:, None, None] * (circle[:, None] + moved)
    return hands


def _pumping_hands(footwork: Footwork, duration_s: float, t: Floats) -> Floats:
    """The arms of a runner (T, 2, 3), against the legs."""
    lifted = footwork.place(0, t)[1] - footwork.place(1, t)[1]
    swing = _ready(duration_s, t) * lifted
    left = np.stack([-0.07 * swing, -0.02 * swing, -0.05 * swing], axis=-1)
    return np.stack([left, -left * (1, -1, 1)], axis=1)


def _nod(
    footwork: Footwork, bouts: Sequence[Bout], duration_s: float, style: Style, t: Floats
) -> Floats:
    """Joint angles (T, 8) on top of the stance: tiring, and bending in piked jumps."""
    pikes = np.array([beat.pike for bout in bouts for beat in bout.beats])
    times = np.array([beat.time_s for bout in bouts for beat in bout.beats])
    now = np.minimum(np.searchsorted(times, t), len(times) - 1)
    change = np.zeros((len(t), len(STANDING)))
    tired = style.sag * smooth_step((t - READY_S) / max(duration_s - READY_S, 1e-9))
    change[:, LEAN] = -_ready(duration_s, t) * tired
    change[:, LEAN] -= 16 * pikes[now] * footwork.place(0, t)[1]
    return change
