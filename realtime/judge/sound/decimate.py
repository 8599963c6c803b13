"""Fewer samples per second, in blocks of a fixed size: what goes in by which chunks changes
nothing."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Floats = NDArray[np.float64]

LOWEST_RATE = 8000.0
"""Samples per second below which too little of the beep is left."""
PASSED_HZ = 4200.0
"""What is below it comes through whole: seven times the start beep's pitch."""

_LEAST_OUT = 11_000.0
_ATTENUATION_DB = 60.0
_BLOCK_S = 0.02


class Decimator:
    """Takes float samples at `rate` and gives blocks of `block` samples at `out_rate`.

    The filter is symmetric and its delay is taken out: sample j of what comes out is of the
    moment of sample `j * factor` of what went in.
    """

    def __init__(self, rate: float) -> None:
        """Raises ValueError for a rate below `LOWEST_RATE`."""
        if not (math.isfinite(rate) and rate >= LOWEST_RATE):
            raise ValueError(
                f"sound: {rate:g} samples per second; expected at least {LOWEST_RATE:g}"
            )
        self.factor = max(1, int(rate // _LEAST_OUT))
        self.out_rate = rate / self.factor
        self.block = round(_BLOCK_S * self.out_rate)
        self._kernel = _low_pass(rate, self.out_rate) if self.factor > 1 else np.ones(1)
        half = len(self._kernel) // 2
        self._held: list[Floats] = [np.zeros(half)]
        self._count = half
        self._need = self.block * self.factor + len(self._kernel) - 1

    def push(self, samples: NDArray[np.floating]) -> list[Floats]:
        """The blocks that are complete with `samples` (n,)."""
        self._held.append(np.asarray(samples, dtype=np.float64))
        self._count += len(samples)
        if self._count < self._need:
            return []
        whole = np.concatenate(self._held)
        step, blocks, begin = self.block * self.factor, [], 0
        while begin + self._need <= len(whole):
            blocks.append(self._filtered(whole[begin : begin + self._need]))
            begin += step
        self._held, self._count = [whole[begin:].copy()], len(whole) - begin
        return blocks

    def _filtered(self, piece: Floats) -> Floats:
        if self.factor == 1:
            return piece.copy()
        windows = sliding_window_view(piece, len(self._kernel))[:: self.factor]
        # Not `@`: the threads that it starts for so little work wait for each other.
        return np.asarray(np.einsum("ij,j->i", windows, self._kernel))


def _low_pass(rate: float, out_rate: float) -> Floats:
    """A Kaiser-windowed sinc (Kaiser 1974): what would fold back below `PASSED_HZ` is taken out."""
    stop_hz = out_rate - PASSED_HZ
    width = 2 * np.pi * (stop_hz - PASSED_HZ) / rate
    half = math.ceil((_ATTENUATION_DB - 8) / (2.285 * width) / 2)
    beta = 0.1102 * (_ATTENUATION_DB - 8.7)
    n = np.arange(-half, half + 1)
    kernel = np.sinc((PASSED_HZ + stop_hz) / rate * n) * np.kaiser(2 * half + 1, beta)
    return np.asarray(kernel / kernel.sum())
