"""A gated recurrent unit (Cho et al., 2014) that says at each step which foot takes the weight."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]

AHEAD = (2, 3, 4, 24)
"""Steps that each answer looks ahead: the newest step it speaks of is that many ago."""
ANSWERS = ("neither", "left", "right", "both")
"""What each answer is about: jumps over a rope, by the foot that touches the floor."""
SHIPPED = Path(__file__).parents[2] / "weights" / "rope.npz"


@cache
def shipped() -> Weights:
    """The weights that come with FlipTally, read once."""
    return load()


def load(path: Path = SHIPPED) -> Weights:
    """The weights of a network. Raises OSError and KeyError when the file is not one."""
    with np.load(path) as file:
        return {name: file[name] for name in ("W", "U", "b", "O", "c")}


def save(weights: Weights, path: Path) -> None:
    """Write what `load` reads."""
    np.savez_compressed(path, allow_pickle=False, **weights)


class StepNetwork:
    """Features in, probabilities out, step by step. Stateful, causal, deterministic."""

    def __init__(self, weights: Weights) -> None:
        self._input, self._state, self._bias = weights["W"], weights["U"], weights["b"]
        self._output, self._offset = weights["O"], weights["c"]
        self._units = len(self._state)
        self.forget()

    def forget(self) -> None:
        """What comes has nothing to do with what was."""
        self._memory = np.zeros(self._units, np.float32)

    def update(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (len(AHEAD), len(ANSWERS)) after `features` (F,) of the next step; row i is
        about the step `AHEAD[i]` steps ago."""
        n, memory = self._units, self._memory
        new, old = features @ self._input, memory @ self._state
        new += self._bias
        gates = new[: 2 * n] + old[: 2 * n]
        np.negative(gates, out=gates)
        np.exp(gates, out=gates)
        gates += 1
        np.divide(1, gates, out=gates)
        reset, keep = gates[:n], gates[n:]
        proposed = new[2 * n :]
        proposed += np.multiply(reset, old[2 * n :], out=reset)
        np.tanh(proposed, out=proposed)
        # keep * memory + (1 - keep) * proposed
        memory *= keep
        proposed *= np.subtract(1, keep, out=keep)
        memory += proposed
        scores = memory @ self._output
        scores += self._offset
        chances = scores.reshape(len(AHEAD), len(ANSWERS))
        chances -= np.maximum.reduce(chances, axis=1, keepdims=True)
        np.exp(chances, out=chances)
        chances /= np.add.reduce(chances, axis=1, keepdims=True)
        return chances
