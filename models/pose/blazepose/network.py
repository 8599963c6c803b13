"""One LiteRT network with fixed shapes: an input array to fill, output arrays to read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from models.pose.errors import WeightsError

Tensor = NDArray[np.float32]


def sigmoid(logits: Tensor) -> Tensor:
    """The logistic function, safe for any logit."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -80, 80))), np.float32)


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """LiteRT writes a line about its delegate straight to file descriptor 2, and has no switch
    for it; a person would take it for an error."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


class Network:
    """A `.tflite` file on LiteRT (XNNPACK). Outputs are told apart by shape, not by name, as
    MediaPipe's wheels and `.task` bundles name them differently."""

    def __init__(self, path: Path, input_shape: tuple[int, ...], threads: int) -> None:
        """Raises WeightsError when the file is no network with one input of `input_shape`."""
        try:
            with _silent_stderr():
                self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise WeightsError(
                f"{path}: not a LiteRT network; run: fliptally weights fetch --force"
            ) from error
        self._input = self._interpreter.get_input_details()[0]["index"]
        found = tuple(int(n) for n in self._interpreter.get_input_details()[0]["shape"])
        if found != input_shape:
            raise WeightsError(
                f"{path}: expected an input of shape {input_shape}, got {found}: "
                "another network; run: fliptally weights fetch --force"
            )
        self._path = path
        self._outputs = {
            tuple(int(n) for n in detail["shape"]): detail["index"]
            for detail in self._interpreter.get_output_details()
        }

    def output(self, shape: tuple[int, ...]) -> int:
        """The handle of the output of this shape. Raises WeightsError if there is none."""
        if shape not in self._outputs:
            raise WeightsError(
                f"{self._path}: expected an output of shape {shape}, got "
                f"{sorted(self._outputs)}: another network; run: fliptally weights fetch --force"
            )
        return int(self._outputs[shape])

    def run(self, tensor: Tensor) -> None:
        self._interpreter.set_tensor(self._input, tensor)
        self._interpreter.invoke()

    def read(self, output: int) -> Tensor:
        """A copy of an output of the last run."""
        return np.asarray(self._interpreter.get_tensor(output), np.float32)
