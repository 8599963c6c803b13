"""How an athlete holds himself while he jumps, which differs from one to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulation.curves import Floats
from models.simulation.moves.carriage import ARM, arms, stance
from models.simulation.moves.rhythm import Wander


@dataclass(frozen=True, eq=False)
class Style:
    """How an athlete holds himself: a row of joint angles, the wrists (2, 3) as
    `carriage.arms` gives them, the radius of their circles in statures, the pitch of a foot on the
    floor in radians, how much nearer to each other than in standing the feet are (0...1), how
    far he wanders, and by how many degrees he bends further when tired."""

    stance: Floats
    wrists: Floats
    circle: float
    tiptoe: float
    narrow: float
    wander: Wander
    sag: float


def draw_style(
    rng: np.random.Generator, upright: bool, lean_deg: float | None = None, wander_m: float = 0.03
) -> Style:
    """A style seen in competition: from nearly upright to bent over by 45°, hands wide at the hips
    or close to the knees; `upright` for jumps with both feet."""
    lean = lean_deg
    if lean is None:
        lean = rng.uniform(1, 9) if upright else 4 + 42 * rng.beta(1.1, 2.4)
    knee = rng.uniform(12, 18) if upright else rng.uniform(14, 22) + 0.17 * lean
    spine = rng.uniform(4, 10) + 0.35 * lean
    row = stance(lean, spine, rng.uniform(-14, 4) + 0.1 * lean, knee)
    out = rng.uniform(0.06, 0.19) * (1 if upright else 1 - 0.004 * lean)
    ahead = rng.uniform(0.02, 0.09)
    circle = rng.uniform(0.012, 0.028)
    reach = ARM * rng.uniform(0.86, 0.975) - circle
    down = np.sqrt(reach**2 - out**2 - ahead**2)
    uneven = 0.006 * rng.standard_normal((2, 3))
    return Style(
        row,
        arms(ahead, out, -float(down)) + uneven,
        circle,
        np.radians(rng.uniform(-18, -9)),
        rng.uniform(0.1, 0.6),
        Wander(wander_m, 2, rng),
        rng.uniform(0, 6) * max(1 - lean / 50, 0),
    )
