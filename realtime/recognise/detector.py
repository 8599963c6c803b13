"""What both detectors of beats have in common: rows in, settled phases, a look back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from itertools import islice
from typing import Generic, TypeVar

import numpy as np

from realtime.recognise.stride import LAG, STEP_S, CycleDecoder, HalfCycles
from realtime.stream.ring import Floats, RingBuffer

B = TypeVar("B")


class CycleDetector(ABC, Generic[B]):
    """Rows (`columns`,) in, beats of type B out, `LAG` steps late; it remembers `memory_s`.
    Stateful, causal, deterministic."""

    def __init__(self, decoder: CycleDecoder, columns: int, memory_s: float) -> None:
        capacity = round(memory_s / STEP_S)
        self._decoder = decoder
        self._cycles = HalfCycles()
        self._rows = RingBuffer(capacity + LAG, (columns,))
        self._phases: deque[int] = deque(maxlen=capacity)
        self._taken = 0
        self._settled = 0

    def update(self, t: float, row: Floats) -> B | None:
        """Take the row at `t` seconds, `STEP_S` after the last; what is followed is not NaN."""
        self._rows.push(t, row)
        self._taken += 1
        phase = self._decoder.update(self._followed(t, row.tolist()))
        return None if phase is None else self._settle(phase)

    def flush(self) -> list[B]:
        """The beats of the last `LAG` steps as far as they are known. Ends the stream."""
        beats = [self._settle(phase) for phase in self._decoder.unsettled()]
        return [beat for beat in beats if beat is not None]

    def window(self, begin: int, end: int) -> tuple[Floats, Floats]:
        """Rows (n, columns) and phases (n,) of the settled steps `begin` ... `end`, both
        included, as far as they are remembered."""
        last = len(self._phases) - (self._settled - 1 - end)
        phases = islice(self._phases, max(last - (end + 1 - begin), 0), last)
        return self._between(begin, end)[1], np.array(list(phases), np.float64)

    def _between(self, begin: int, end: int) -> tuple[Floats, Floats]:
        times, rows = self._rows.latest(self._taken - begin)
        end -= self._taken - 1  # from the newest
        return (times[:end], rows[:end]) if end < 0 else (times, rows)

    def _settle(self, phase: int) -> B | None:
        """Take the phase of the next settled step."""
        step = self._settled
        self._settled += 1
        self._phases.append(phase)
        return self._beat(step) if self._cycles.update(phase, self._going()) else None

    @abstractmethod
    def _followed(self, t: float, row: list[float]) -> float:
        """-1 ... 1: what the decoder is given of the newest row, at `t` seconds."""

    @abstractmethod
    def _going(self) -> bool:
        """Whether the rhythm goes on, so that no half of the cycle begins twice."""

    @abstractmethod
    def _beat(self, step: int) -> B | None:
        """What the new half of the cycle at `step` is."""
