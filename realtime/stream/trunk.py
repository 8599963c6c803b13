"""How far the trunk has turned, though the pose network turns the skeleton over.

While somebody is upside down, a network often puts the head where the feet are. What it then says
of the trunk is right as an *axis*, modulo 180 degrees, and the question is how many half turns to
add. Each answer is a hypothesis with its own rate of turning, and the cheapest one is believed:

- a body keeps turning as it did (in flight, by the conservation of angular momentum): the further a
  step is from the rate so far, the more it costs;
- a network that is sure of the trunk and the face has the head where it is: for as long as a
  hypothesis says otherwise, it costs, in proportion to how sure the network is.

This is Viterbi's decoder (1967) over the number of half turns, pruned to a few and read out at
once. So a wrong choice is taken back as soon as the evidence is there; the turn then steps by a
half turn or a whole one. `bench/trunk.py` says what that is worth.
"""

from __future__ import annotations

import math
from operator import itemgetter
from typing import NamedTuple

STEP_DEG = 30.0
"""A step this far from the expected one costs 1."""
WORST_STEP = 6.0
"""No step costs more: the network may lose the trunk in a frame."""
GAP_DEG_S = 400.0
"""In a gap, the expected step gets less certain by this; about the rate of a backflip."""
TRUST = 60.0
"""What a second costs against a network that is wholly sure, where it does not count as unsure."""
UNSURE = 0.25
"""Up to this confidence, a network has the head wrong about as often as not."""

_RATE_S = 0.08  # time constant of the rate of turning
_FASTEST = 720.0  # degrees/s
_CARRIED = 0.75  # of the rate is expected to go on
_LONGEST_S = 0.15  # for so long
_LONGEST_VOTE_S = 0.05  # a frame speaks for no more time than this
_FIRST_OVER = 3.0  # costs of beginning with a skeleton that is turned over
_KEPT = 2
_COSTLIEST = 20.0


class _Hypothesis(NamedTuple):
    cost: float
    turn: float
    rate: float


_COST = itemgetter(0)


class TrunkTurn:
    """The turn of one athlete's trunk. Stateful, causal, deterministic."""

    def __init__(self) -> None:
        self._hypotheses: list[_Hypothesis] = []
        self._t = -math.inf
        self.turn = math.nan
        """Degrees from upright, counter-clockwise in the image positive, unwrapped."""
        self.turned_over = False
        """Whether the network had the head where the hips are, when the trunk was last seen."""

    def update(self, t: float, direction: float, confidence: float) -> None:
        """`direction` is from the hips to the shoulders as the network has them, in degrees from
        upright, counter-clockwise; `confidence` (0...1) how sure it is of that. `t` increases."""
        if self._hypotheses:
            vote = TRUST * min(t - self._t, _LONGEST_VOTE_S) * max(0.0, confidence - UNSURE)
            self._hypotheses = self._following(t - self._t, direction, vote)
        else:
            other = direction - math.copysign(180.0, direction)
            self._hypotheses = [
                _Hypothesis(0.0, direction, 0.0),
                _Hypothesis(_FIRST_OVER, other, 0.0),
            ]
        self._t = t
        self.turn = self._hypotheses[0].turn
        self.turned_over = round((self.turn - direction) / 180) % 2 == 1

    def _following(self, passed_s: float, direction: float, vote: float) -> list[_Hypothesis]:
        carried_s = _CARRIED * min(passed_s, _LONGEST_S)
        gain = 1 - math.exp(-passed_s / _RATE_S)
        spread = STEP_DEG + GAP_DEG_S * max(0.0, passed_s - _LONGEST_VOTE_S)
        found: dict[int, _Hypothesis] = {}
        for cost, turn, rate in self._hypotheses:
            expected = turn + rate * carried_s
            below = math.floor((expected - direction) / 180)
            for half_turns in (below, below + 1):
                new = direction + 180 * half_turns
                total = cost + min(abs(new - expected) / spread, WORST_STEP)
                if half_turns % 2:
                    total += vote
                if half_turns not in found or total < found[half_turns][0]:
                    step = max(-_FASTEST, min(_FASTEST, (new - turn) / passed_s))
                    found[half_turns] = _Hypothesis(total, new, rate + gain * (step - rate))
        best = sorted(found.values(), key=_COST)[:_KEPT]
        least = best[0].cost
        return [
            _Hypothesis(cost - least, turn, rate)
            for cost, turn, rate in best
            if cost - least < _COSTLIEST
        ]
