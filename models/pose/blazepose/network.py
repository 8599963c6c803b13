"""One LiteRT network with fixed shapes: an input array to fill, output arrays to read."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from models.pose.blazepose.prune import Shape, keep_outputs
from models.pose.errors import WeightsError

Tensor = NDArray[np.float32]

_MEND = "fliptally weights fetch --force"


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

    def __init__(
        self, path: Path, *, input_shape: Shape, output_shapes: Collection[Shape], threads: int
    ) -> None:
        """Only the outputs of `output_shapes` are computed. Raises WeightsError when the file is
        no network with one input of `input_shape` and these outputs."""
        self._model = path.read_bytes()  # kept, as LiteRT reads from it
        interpreter = _load(path, self._model, threads)
        inputs = _shapes(interpreter.get_input_details())
        outputs = _shapes(interpreter.get_output_details())
        if set(inputs) != {input_shape} or not set(output_shapes) <= set(outputs):
            raise WeightsError(
                f"{path}: expected an input of shape {input_shape} and outputs of "
                f"{sorted(output_shapes)}, got {sorted(inputs)} and {sorted(outputs)}: another "
                f"network; run: {_MEND}"
            )
        if set(outputs) != set(output_shapes):
            self._model = keep_outputs(self._model, output_shapes)
            interpreter = _load(path, self._model, threads)
        with _silent_stderr():
            interpreter.allocate_tensors()
        self._interpreter = interpreter
        self._input = _shapes(interpreter.get_input_details())[input_shape]
        self._outputs = _shapes(interpreter.get_output_details())

    @property
    def input(self) -> Tensor:
        """The input to fill: a view into the network, to be let go before `run`."""
        view: Tensor = self._interpreter.tensor(self._input)()
        return view

    def run(self) -> None:
        self._interpreter.invoke()

    def read(self, shape: Shape) -> Tensor:
        """The output of this shape: a view into the network, to be let go before the next `run`."""
        view: Tensor = self._interpreter.tensor(self._outputs[shape])()
        return view


def _load(path: Path, model: bytes, threads: int) -> Interpreter:
    try:
        return Interpreter(model_content=model, num_threads=threads)
    except (ValueError, RuntimeError) as error:
        raise WeightsError(f"{path}: not a LiteRT network; run: {_MEND}") from error


def _shapes(details: Sequence[dict[str, Any]]) -> dict[Shape, int]:
    return {tuple(int(n) for n in detail["shape"]): int(detail["index"]) for detail in details}
