"""Left stays left when a network takes somebody's front for his back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.skeleton import BODY
from realtime.stream.sides import Seen, Sides

FPS = 30.0
LEFT = [j for j, name in enumerate(BODY.joints) if name.startswith("left_")]
RIGHT = [BODY.index("right_" + BODY.joints[j][5:]) for j in LEFT]
HALF_WIDTH = {"shoulder": 20, "elbow": 35, "wrist": 50, "hip": 12, "knee": 12, "ankle": 12}
HEIGHT = {"nose": 0, "shoulder": 30, "elbow": 60, "wrist": 80, "hip": 90, "knee": 130, "ankle": 170}


def body(frame: int = 0, turned_deg: float = 0.0) -> Seen:
    """Somebody from in front, or turned about the vertical, who steps in turn."""
    seen = {}
    for joint, name in enumerate(BODY.joints):
        side, _, part = name.rpartition("_")
        x = {"left": 1, "right": -1, "": 0}[side] * HALF_WIDTH.get(part, 12)
        y = HEIGHT.get(part, 175)
        if part in ("knee", "ankle", "heel", "toe"):
            y -= 30 * max(0.0, math.sin(frame * (1 if side == "left" else -1)))
        seen[joint] = (200 + x * math.cos(math.radians(turned_deg)), 100.0 + y, 0.9)
    return seen


def exchanged(seen: Seen) -> Seen:
    other = dict(zip(LEFT + RIGHT, RIGHT + LEFT, strict=True))
    return {other.get(joint, joint): place for joint, place in seen.items()}


def mended(frames: list[Seen], fps: float = FPS) -> list[Seen]:
    sides = Sides()
    return [sides.mended(i / fps, seen) for i, seen in enumerate(frames)]


@pytest.mark.parametrize("fps", [15.0, 30.0, 120.0])
@pytest.mark.parametrize("lasting", [1, 2, 20])
def test_an_exchange_is_mended_however_long_it_lasts(lasting: int, fps: float) -> None:
    true = [body(i) for i in range(60)]
    said = [exchanged(one) if 20 <= i < 20 + lasting else one for i, one in enumerate(true)]
    assert mended(said, fps) == true


def test_exchanges_at_random_are_mended() -> None:
    rng = np.random.default_rng(40000)
    true = [body(i) for i in range(200)]
    said = [exchanged(one) if i and rng.random() < 0.3 else one for i, one in enumerate(true)]
    assert mended(said) == true


@pytest.mark.parametrize(("fps", "degrees_s"), [(15.0, 400), (30.0, 600), (60.0, 600)])
def test_who_turns_round_is_not_changed(fps: float, degrees_s: float) -> None:
    spin = [body(i, turned_deg=degrees_s * i / fps) for i in range(90)]
    assert mended(spin, fps) == spin


def test_who_is_seen_from_the_side_is_not_judged() -> None:
    rng = np.random.default_rng(40001)
    said = [body(i, turned_deg=90 + 8 * rng.standard_normal()) for i in range(90)]
    assert mended(said) == said


def test_who_turns_over_is_not_changed() -> None:
    over = []
    for i in range(40):
        turn = math.radians(500 * i / FPS)
        turned = {}
        for joint, (x, y, sure) in body(i).items():
            dx, dy = x - 200, y - 190
            at = (
                dx * math.cos(turn) - dy * math.sin(turn),
                dx * math.sin(turn) + dy * math.cos(turn),
            )
            turned[joint] = (200 + at[0], 190 + at[1], sure)
        over.append(turned)
    assert mended(over) == over


def test_crossed_legs_or_arms_alone_are_not_judged() -> None:
    def crossed(parts: tuple[str, ...]) -> Seen:
        both, other = body(), exchanged(body())
        return {
            joint: other[joint] if BODY.joints[joint].rpartition("_")[2] in parts else both[joint]
            for joint in both
        }

    for parts in (("knee", "ankle", "heel", "toe"), ("elbow", "wrist")):
        said = [crossed(parts) if i % 7 == 3 else body() for i in range(40)]
        assert mended(said) == said


def test_in_the_long_run_the_network_knows_which_side_is_which() -> None:
    said = [exchanged(body(i)) if i < 5 else body(i) for i in range(300)]
    assert mended(said)[150] == exchanged(said[150])
    assert mended(said)[-1] == said[-1]


def test_who_was_away_may_have_turned_round() -> None:
    said = [body(i) for i in range(10)] + [{}] * 10 + [exchanged(body(i)) for i in range(10)]
    assert mended(said) == said
