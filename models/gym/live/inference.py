"""Runs the live network on LiteRT, one step at a time."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from models.gym.live.features import FEATURES, Features

WEIGHTS = Path(__file__).parents[2] / "weights" / "flips.tflite"

Probabilities = NDArray[np.float32]
State = NDArray[np.float32]


class LiveNetwork:
    """A flatbuffer of `network.step`. It keeps nothing between steps: the state is the caller's.
    Threads may share it."""

    def __init__(self, path: Path = WEIGHTS) -> None:
        """Raises ValueError when the file is not a network of this form."""
        self._model = path.read_bytes()  # kept, as LiteRT reads from it
        try:
            # For 10,000 weights a delegate costs more than it saves.
            self._interpreter = Interpreter(
                model_content=self._model,
                num_threads=1,
                experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            )
        except (ValueError, RuntimeError) as error:
            raise ValueError(
                f"{path}: not a LiteRT network; restore it from the package"
            ) from error
        self._interpreter.allocate_tensors()
        seen, before = self._interpreter.get_input_details()
        said, after = self._interpreter.get_output_details()
        if seen["shape"][-1] != FEATURES:
            seen, before = before, seen
        if said["shape"][-1] == before["shape"][-1]:
            said, after = after, said
        if seen["shape"][-1] != FEATURES or after["shape"][-1] != before["shape"][-1]:
            raise ValueError(
                f"{path}: expected {FEATURES} features and a state, got inputs of "
                f"{seen['shape'][-1]} and {before['shape'][-1]}; restore it from the package"
            )
        self._seen, self._before = seen["index"], before["index"]
        self._said, self._after = said["index"], after["index"]
        self._states = int(before["shape"][-1])
        self._lock = Lock()

    @classmethod
    @lru_cache(maxsize=1)
    def shipped(cls) -> LiveNetwork:
        """That of `models/weights`, loaded once."""
        return cls()

    def start(self) -> State:
        """The state (1, N) before the first step."""
        return np.zeros((1, self._states), np.float32)

    def step(self, seen: Features, state: State) -> tuple[Probabilities, State]:
        """Probabilities (3,) of `streams.KINDS` and the next state, after features (FEATURES,)."""
        interpreter = self._interpreter
        with self._lock:
            interpreter.set_tensor(self._seen, seen[None])
            interpreter.set_tensor(self._before, state)
            interpreter.invoke()
            said: Probabilities = interpreter.get_tensor(self._said)[0]
            return said, interpreter.get_tensor(self._after)
