"""Whether a network has exchanged somebody's left and right from one frame to the next.

Who bends over his rope, or jumps in the dark, shows no face, and the network takes his front for
his back: for a frame or for seconds his whole skeleton is a mirror image. Nobody turns round as
fast as that. Legs alone are not judged: whose they are is what a counter has to find out.
"""

from __future__ import annotations

import math

from models.skeleton import BODY

Seen = dict[int, tuple[float, float, float]]
"""Joint of `BODY` to x px, y px, confidence."""

_MEMORY_S = 0.07  # of where the sides were; longer, and a fast turn would look like an exchange
_APART = 1.2
"""In an exchange the sides move by twice the body's usual width: by more than this it is one. Who
turns round by up to 600 degrees a second (400 at 15 fps) moves by less within the memory."""
_CLEARLY = 3.0  # times the squared distance from what was that from its opposite is
_USUAL_S = 1.0  # time constant of the width
_NARROW = 1.0  # trunk lengths: from the side, the sides tell nothing
_UNSEEN_S = 0.15  # after that, they may have
_BELIEVED_S, _BELIEVED = 5.0, 0.75
# Exchanged for more than this share of so long, it was an exchange that ended unseen: which side is
# which, the network knows better in the long run.

_SHOULDERS, _HIPS, *_ARMS = (
    (BODY.index(f"left_{part}"), BODY.index(f"right_{part}"))
    for part in ("shoulder", "hip", "elbow", "wrist")
)
_PAIRS = (_SHOULDERS, *_ARMS, _HIPS)

_OTHER = {
    BODY.index(f"{side}_{name.split('_')[1]}"): joint
    for joint, name in enumerate(BODY.joints)
    for side in ("left", "right")
    if "_" in name and not name.startswith(side)
}

_Vector = tuple[float, float]
_Across = dict[tuple[int, int], _Vector]


class Sides:
    """Of one athlete. Stateful, causal, deterministic."""

    def __init__(self) -> None:
        self._t = -math.inf
        self._across: _Across = {}
        self._exchanged = False
        self._share = self._width = 0.0

    def mended(self, t: float, seen: Seen) -> Seen:
        """The joints of `BODY` that are seen at `t` seconds (x px, y px, confidence), each on the
        side on which it was before."""
        if not self._exchanges(t, seen):
            return seen
        return {_OTHER.get(joint, joint): place for joint, place in seen.items()}

    def _exchanges(self, t: float, seen: Seen) -> bool:
        since = t - self._t
        if any(joint not in seen for joint in (*_SHOULDERS, *_HIPS)):
            return self._exchanged and since <= _UNSEEN_S
        if since > _UNSEEN_S or not _upright(seen):
            self._across, self._exchanged = {}, False
        self._t = t
        across = _across(seen, -1 if self._exchanged else 1)
        width = math.sqrt(sum(_dot(one, one) for one in across.values()))
        self._width = max(self._width, _NARROW * _trunk(seen))
        if _opposite(across, self._across, _APART * self._width):
            self._exchanged = not self._exchanged
            across = _turned(across)
        self._width += -math.expm1(-since / _USUAL_S) * (width - self._width)
        self._believe(since)
        if self._exchanged and self._share > _BELIEVED:
            self._exchanged, self._share = False, 0.0
            across, self._across = _turned(across), _turned(self._across)
        self._remember(math.exp(-since / _MEMORY_S), across)
        return self._exchanged

    def _believe(self, since: float) -> None:
        self._share += -math.expm1(-since / _BELIEVED_S) * (self._exchanged - self._share)

    def _remember(self, share: float, across: _Across) -> None:
        for pair, (x, y) in across.items():
            old_x, old_y = self._across.get(pair, (x, y))
            self._across[pair] = x + share * (old_x - x), y + share * (old_y - y)


def _across(seen: Seen, sign: int) -> _Across:
    """From the right to the left joint of each pair that is seen."""
    return {
        (left, right): (
            sign * (seen[left][0] - seen[right][0]),
            sign * (seen[left][1] - seen[right][1]),
        )
        for left, right in _PAIRS
        if left in seen and right in seen
    }


def _turned(across: _Across) -> _Across:
    return {pair: (-x, -y) for pair, (x, y) in across.items()}


def _opposite(now: _Across, before: _Across, apart: float) -> bool:
    """Whether all pairs together are nearer to the opposite of what was, and `apart` from it, and
    the hips by themselves are opposite."""
    if _HIPS not in before or _dot(now[_HIPS], before[_HIPS]) >= 0:
        return False
    both = [(now[pair], before[pair]) for pair in now if pair in before]
    changed = sum((x - old_x) ** 2 + (y - old_y) ** 2 for (x, y), (old_x, old_y) in both)
    turned = sum((x + old_x) ** 2 + (y + old_y) ** 2 for (x, y), (old_x, old_y) in both)
    return changed > max(_CLEARLY * turned, apart * apart)


def _dot(one: _Vector, two: _Vector) -> float:
    return one[0] * two[0] + one[1] * two[1]


def _upright(seen: Seen) -> bool:
    """Whether the shoulders are above the hips; who turns over is not judged."""
    right, up = _along(seen)
    return up > abs(right)


def _trunk(seen: Seen) -> float:
    return math.hypot(*_along(seen))


def _along(seen: Seen) -> _Vector:
    """From the hips to the shoulders, px to the right and up."""
    (l1, r1), (l2, r2) = _SHOULDERS, _HIPS
    right = seen[l1][0] + seen[r1][0] - seen[l2][0] - seen[r2][0]
    up = seen[l2][1] + seen[r2][1] - seen[l1][1] - seen[r1][1]
    return right / 2, up / 2
