"""Which frames of a recording show the skeleton turned over, or with left and right exchanged.

Of the `joints.STATES` a frame can be in, the path is taken that costs least (Viterbi): how far the
joints are from where that state has them, a little for each frame in another state than the plain
one, and something for each change.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.figure import SIDES
from models.simulation.noise.joints import STATES, TURNED_OVER, seen_as
from models.skeleton import BODY, Keypoints

_CORE = slice(BODY.index("left_shoulder"), BODY.index("left_heel"))
_FARTHEST = 0.6
"""Leg lengths; a joint that is further away says no more than that."""
_CHANGE = 0.15
_FAST_RAD_S = np.radians(900.0)
"""Of a fast somersault."""
_OVER_PRICE = 0.5
_PRICE = np.array([0.04 if s & TURNED_OVER else 0.0 for s in range(STATES)]) + np.array(
    [0.015 * (s & ~TURNED_OVER).bit_count() for s in range(STATES)]
)
_CHANGES = _CHANGE * np.array(
    [[(a ^ b).bit_count() for b in range(STATES)] for a in range(STATES)], np.float64
)


def states_of(true: Floats, body: Keypoints, leg: float) -> NDArray[np.intp]:
    """The state (T,) of each frame of `body` (T, 17, 3), the network's joints in the order of
    `BODY`, when the athlete's are at `true` (T, 17, 2); `leg` is the leg length in px."""
    seen = body[:, _CORE, 2] > 0
    costs = np.empty((len(body), STATES))
    for state in range(STATES):
        off = np.linalg.norm(body[:, _CORE, :2] - seen_as(true, state)[:, _CORE], axis=-1) / leg
        costs[:, state] = _mean(np.minimum(off, _FARTHEST), seen)
    steps = np.broadcast_to(_CHANGES, (max(len(body) - 1, 0), STATES, STATES))
    return cheapest(costs + _PRICE, steps)


def followed_states(body: Keypoints, fps: float, leg: float) -> NDArray[np.intp]:
    """The same without the truth. Turned over is where the trunk turns least, as a direction, from
    one frame in which it is seen to the next; left and right are exchanged where the joints move
    least. The first frame is plain."""
    over = _turned_over(body, fps)
    plain = np.where(over[:, None, None] > 0, restored(body, TURNED_OVER), body)
    states = range(TURNED_OVER)
    options = np.stack([restored(plain, s)[:, _CORE] for s in states], axis=1)
    steps = np.empty((len(body) - 1, len(states), len(states)))
    for a in states:
        for b in states:
            before, after = options[:-1, a], options[1:, b]
            moved = np.linalg.norm(after[..., :2] - before[..., :2], axis=-1) / leg
            both = (after[..., 2] > 0) & (before[..., 2] > 0)
            steps[:, a, b] = _mean(np.minimum(moved, _FARTHEST), both)
    costs = np.tile(_PRICE[:TURNED_OVER], (len(body), 1))
    costs[0, 1:] = np.inf
    return cheapest(costs, steps + _CHANGES[: len(states), : len(states)]) + TURNED_OVER * over


def _turned_over(body: Keypoints, fps: float) -> NDArray[np.intp]:
    """1 in the frames (T,) in which the trunk is given upside down, else 0."""
    ends = [body[:, [BODY.index(f"{s}_{p}") for s in SIDES]] for p in ("shoulder", "hip")]
    seen = np.flatnonzero(np.all([(end[..., 2] > 0).all(axis=1) for end in ends], axis=0))
    trunk = ends[0][seen, :, :2].mean(axis=1) - ends[1][seen, :, :2].mean(axis=1)
    angle = np.arctan2(trunk[:, 0], -trunk[:, 1]).astype(np.float64)
    step = np.diff(angle)[:, None, None] + np.pi * np.array([[0, 1], [1, 0]])
    wrapped = (step + np.pi) % (2 * np.pi) - np.pi
    gap = np.diff(seen)[:, None, None] / fps
    costs = np.tile([0.0, _OVER_PRICE], (len(seen), 1))
    costs[:1, 1] = np.inf
    path = cheapest(costs, (wrapped / (_FAST_RAD_S * gap)) ** 2)
    over = np.zeros(len(body), np.intp)
    if len(seen):
        before = np.searchsorted(seen, np.arange(len(body)), side="right") - 1
        over = path[np.maximum(before, 0)]
    return over


def restored(body: Keypoints, state: int) -> Keypoints:
    """Joints (..., 17, 3) that a network gave in this state, called what they are; those that
    nothing is known of then are zero."""
    order = seen_as(np.arange(len(BODY), dtype=np.float64)[:, None], state)[:, 0].astype(np.intp)
    result = np.zeros_like(body)
    for given, real in enumerate(order):
        if np.count_nonzero(order == real) == 1 or _CORE.start <= given < _CORE.stop:
            result[..., real, :] = body[..., given, :]
    return result


def cheapest(costs: Floats, steps: Floats) -> NDArray[np.intp]:
    """The path (T,) with the least sum of `costs` (T, S) and of `steps` (T - 1, from S, to S)."""
    origins = np.zeros(costs.shape, np.intp)
    total = costs[0] if len(costs) else np.zeros(costs.shape[1])
    for i in range(1, len(costs)):
        ways = total[:, None] + steps[i - 1]
        origins[i] = ways.argmin(axis=0)
        total = ways.min(axis=0) + costs[i]
    path = np.zeros(len(costs), np.intp)
    if len(costs):
        path[-1] = total.argmin()
    for i in range(len(costs) - 1, 0, -1):
        path[i - 1] = origins[i, path[i]]
    return path


def _mean(values: Floats, where: NDArray[np.bool_]) -> Floats:
    """Mean over the last axis; 0 where there is nothing."""
    count = where.sum(axis=-1)
    mean: Floats = np.where(where, values, 0.0).sum(axis=-1) / np.maximum(count, 1)
    return mean
