"""What the network said of one athlete lately, to be asked about an element when it has landed."""

from __future__ import annotations

from realtime.recognise.elements import FLIGHT_S, Element
from realtime.recognise.flip_kinds import Opinion, Probabilities
from realtime.recognise.flip_network import FlipNetwork
from realtime.stream.body import BodyPose
from realtime.stream.ring import RingBuffer

_FLIGHT_S = 0.2
"""After the take-off, the network knows which element it is."""
_CAPACITY = 640
_PAST_S = FLIGHT_S[1] + 1.0


class FlipOpinions:
    """The network and its last answers. Stateful, causal, deterministic."""

    def __init__(self) -> None:
        self._network = FlipNetwork()
        self._said = RingBuffer(_CAPACITY, (3,))
        self.last: Probabilities | None = None
        """(3,), None before the first frame."""

    def update(self, pose: BodyPose) -> None:
        self.last = self._network.update(pose)
        self._said.push(pose.t, self.last)

    def of(self, element: Element) -> Opinion:
        """What was said of an element that has landed."""
        t, said = self._said.window(_PAST_S)
        landed = min(int(t.searchsorted(element.end_s)), len(t) - 1)
        off = min(int(t.searchsorted(element.takeoff_s + _FLIGHT_S)), landed)
        return Opinion(said[off : landed + 1].max(axis=0), said[landed:].mean(axis=0))
