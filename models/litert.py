"""Writes a Keras model as a LiteRT flatbuffer.

Keras does so on its TensorFlow backend only, and a process has one backend: so it happens in a
process of its own, in which nothing else is imported. TensorFlow is in the extra `train`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np


class ExportError(ValueError):
    """The model could not be written; one line."""


def export(builder: str, weights: Path, out: Path) -> None:
    """Write to `out` the model that `builder` ("package.module:function") makes of the list of
    arrays in the `.npz` file `weights`. Raises ExportError."""
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-m", "models.litert", builder, str(weights), str(out)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise ExportError(
            f"export of {builder}: expected a LiteRT file, got: {lines[-1]}; "
            "TensorFlow is needed: pip install 'fliptally[train]'"
        )


def _main(builder: str, weights: str, out: str) -> None:
    module, function = builder.split(":")
    with np.load(weights, allow_pickle=False) as archive:
        arrays = [archive[name] for name in archive.files]
    model = getattr(import_module(module), function)(arrays)
    model.export(out, format="litert", verbose=False)


if __name__ == "__main__":
    _main(*sys.argv[1:])
