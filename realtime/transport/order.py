"""Poses in the order in which their frames were sent, whichever worker is first."""

from __future__ import annotations

from collections import OrderedDict

from realtime.observations import Lost, Observed


class Order:
    """Each frame has one place; what is settled waits for those before it."""

    def __init__(self) -> None:
        self._places: OrderedDict[int, Observed | Lost | None] = OrderedDict()

    def __bool__(self) -> bool:
        """Whether any frame is not given out yet."""
        return bool(self._places)

    def place(self, seq: int) -> None:
        """A frame was sent; one sent again keeps its place."""
        self._places.setdefault(seq, None)

    def settle(self, outcome: Observed | Lost) -> None:
        """What became of a frame; the first to be said holds."""
        if self._places.get(outcome.seq, outcome) is None:
            self._places[outcome.seq] = outcome

    def take(self) -> list[Observed | Lost]:
        """All that nothing before it holds back."""
        taken: list[Observed | Lost] = []
        while self._places:
            seq, outcome = next(iter(self._places.items()))
            if outcome is None:
                break
            del self._places[seq]
            taken.append(outcome)
        return taken
