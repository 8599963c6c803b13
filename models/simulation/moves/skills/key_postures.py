"""What gymnastics skills are made of: key postures, contacts, and how athletes vary them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import (
    LATERAL,
    Build,
)
from models.simulation.moves.skills.chain import Phase
from models.simulation.moves.skills.limbs import Hold
from models.simulation.moves.skills.postures import COLUMNS
from models.simulation.sagittal import ELBOW, FOOT, KNEE, LEAN, STANDING
from models.simulation.truth import FEET, HANDS, Limb

_LOOSE = {"spine": 3.0, "head": 4.0, "hip": 4.0, "knee": 5.0, "shoulder": 7.0, "elbow": 4.0}
"""Standard deviations in degrees of the key angles from athlete to athlete; a third of that from
key to key. Lean and feet are not loose: they say where the body is."""
_TYPICAL_STATURE = 1.70
_UNEVEN_S = 0.02
_STIFF = {KNEE: 9.0, ELBOW: 4.0}  # degrees: the least bend of a joint

Row = tuple[float, ...]


class Variation:
    """Draws how one performance differs from the typical one; without a generator, nothing does.

    `amount` scales every difference: 1 = as athletes vary.
    """

    def __init__(self, rng: np.random.Generator | None = None, amount: float = 1.0) -> None:
        self._rng, self._amount = rng, amount

    def normal(self, deviation: float, *size: int) -> Floats:
        """Differences of that standard deviation, at most twice as large."""
        if self._rng is None:
            return np.zeros(size)
        drawn: Floats = np.clip(self._rng.standard_normal(size), -2.0, 2.0)
        return self._amount * deviation * drawn

    def number(self, typical: float, deviation: float) -> float:
        """`typical`, give or take the standard deviation."""
        return typical + float(self.normal(deviation, 1)[0])

    def factor(self, deviation: float) -> float:
        """About 1, its logarithm with that standard deviation."""
        return float(np.exp(self.normal(deviation, 1)[0]))

    def late(self, longest_s: float) -> float:
        """How long the second of two limbs comes after the first, typically nothing."""
        return abs(float(self.normal(longest_s / 2, 1)[0]))

    def side(self) -> int:
        """0 = left, 1 = right."""
        return 0 if self._rng is None else int(self._rng.integers(2))


def time_scale(build: Build) -> float:
    """Factor on times of flight: lengths fall in times that grow with their square root."""
    return float(np.sqrt(build.stature / _TYPICAL_STATURE))


def key(t: float, *angles: float, **more: float) -> Row:
    """A key posture at `t` seconds: the angles of `sagittal`, then others by their name."""
    row = dict(zip(COLUMNS, angles, strict=False)) | more
    unknown = row.keys() - set(COLUMNS)
    if unknown:
        raise ValueError(f"key posture: expected names of {', '.join(COLUMNS)}, got {unknown}")
    return (t, *(row.get(name, 0.0) for name in COLUMNS))


def standing(t: float, turned_deg: float = 0.0, **more: float) -> Row:
    """Standing after a rotation by `turned_deg`."""
    angles = STANDING.copy()
    angles[[LEAN, FOOT]] += turned_deg
    return key(t, *angles, **more)


def phase(anchors: Sequence[Limb], *keys: Row) -> Phase:
    """A phase from its key postures."""
    return Phase(tuple(anchors), np.array(keys))


def pair(
    limbs: tuple[Limb, Limb],
    span: tuple[float, float],
    x: float,
    apart: float,
    *,
    heading: float = 0,
) -> tuple[Hold, Hold]:
    """Both feet or both hands beside each other, `apart` metres, from the first to the last time of
    `span`."""
    left, right = (
        Hold(limb, *span, x, float(side * apart / 2 * np.cos(heading)), heading)
        for limb, side in zip(limbs, LATERAL, strict=True)
    )
    return left, right


def feet_at(
    build: Build, span: tuple[float, float], x: float, heading: float = 0.0
) -> tuple[Hold, Hold]:
    """Both feet under the hips with the ankles over `x` metres."""
    toe = x + float(build.ankle_to_toe[0] * np.cos(heading))
    return pair(FEET, span, toe, 2 * build.half_hips, heading=heading)


def hands_at(build: Build, span: tuple[float, float], x: float) -> tuple[Hold, Hold]:
    """Both hands under the shoulders at `x` metres."""
    return pair(HANDS, span, x, 2 * build.half_shoulders)


def uneven(
    holds: tuple[Hold, Hold], variation: Variation, *, come: bool = True, leave: bool = True
) -> tuple[Hold, Hold]:
    """The same, with one of the two coming a little later, or one leaving a little earlier."""
    left, right = holds
    late, early = variation.late(_UNEVEN_S), variation.late(_UNEVEN_S)
    if come and variation.side():
        left = replace(left, begin=left.begin + late)
    elif come:
        right = replace(right, begin=right.begin + late)
    if leave and variation.side():
        left = replace(left, end=left.end - early)
    elif leave:
        right = replace(right, end=right.end - early)
    return left, right


def feet_both(
    build: Build, phases: Sequence[Phase], away: float, variation: Variation
) -> tuple[Hold, ...]:
    """Both feet through the first phase, and with the ankles over `away` metres in the last."""
    first, last = phases[0].keys[:, 0], phases[-1].keys[:, 0]
    return (
        *uneven(feet_at(build, (first[0], first[-1]), 0.0), variation, come=False),
        *uneven(feet_at(build, (last[0], last[-1]), away), variation, leave=False),
    )


def loosened(
    phases: Sequence[Phase], variation: Variation, share: float = 1.0
) -> tuple[Phase, ...]:
    """The same with key angles as this athlete has them; standing stays. `share` is less where the
    floor leaves less room."""
    deviation = share * np.array([_LOOSE.get(name, 0.0) for name in COLUMNS])
    athlete = variation.normal(1.0, len(COLUMNS)) * deviation
    result = []
    for one in phases:
        keys = one.keys.copy()
        loose = keys[:, 1 + KNEE] != STANDING[KNEE]
        each = variation.normal(1 / 3, len(keys), len(COLUMNS)) * deviation
        keys[:, 1:] += loose[:, None] * (athlete + each)
        for column, least in _STIFF.items():
            bend = keys[:, 1 + column]
            keys[:, 1 + column] = np.maximum(bend, np.minimum(least, one.keys[:, 1 + column]))
        result.append(replace(one, keys=keys))
    return tuple(result)


def leaning(
    phases: Sequence[Phase], span: tuple[float, float, float], by_deg: float
) -> tuple[Phase, ...]:
    """The same with the trunk further back by `by_deg` at the middle time of `span`, fading to
    both ends."""
    result = []
    for one in phases:
        keys = one.keys.copy()
        keys[:, 1 + LEAN] += np.interp(keys[:, 0], span, (0.0, by_deg, 0.0))
        result.append(replace(one, keys=keys))
    return tuple(result)


def later(phases: Sequence[Phase], by_s: float, turned_deg: float = 0.0) -> tuple[Phase, ...]:
    """The same `by_s` seconds later, after a rotation by `turned_deg`."""
    step = np.zeros(1 + len(COLUMNS))
    step[[0, 1 + LEAN, 1 + FOOT]] = by_s, turned_deg, turned_deg
    return tuple(replace(one, keys=one.keys + step) for one in phases)


def retimed(
    phases: Sequence[Phase], old: Sequence[float], new: Sequence[float]
) -> tuple[Phase, ...]:
    """The same with the times `old` at `new`, what lies between in proportion."""
    result = []
    for one in phases:
        keys = one.keys.copy()
        keys[:, 0] = np.interp(keys[:, 0], old, new)
        result.append(replace(one, keys=keys))
    return tuple(result)
