"""Leaves out what a network computes for outputs that nobody reads.

A third of the time of BlazePose's landmark network goes into a segmentation mask. LiteRT has no
switch for that, but its model format is open: the operators that only the mask needs are taken out
before the model is loaded. What is left computes the same numbers.
"""

from __future__ import annotations

from collections.abc import Collection

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

_IDENTIFIER = b"TFL3"

Shape = tuple[int, ...]


def keep_outputs(model: bytes, shapes: Collection[Shape]) -> bytes:
    """A valid `.tflite` model with only those outputs that have one of `shapes`.

    `model` must be a valid model of one subgraph (the interpreter has checked it).
    """
    parsed = schema.ModelT.InitFromPackedBuf(model, 0)
    [graph] = parsed.subgraphs
    kept = [i for i in graph.outputs if tuple(graph.tensors[i].shape) in shapes]
    needed = set(kept)
    operators = []
    for operator in reversed(graph.operators):
        if needed.intersection(operator.outputs):
            needed.update(operator.inputs)
            operators.append(operator)
    graph.operators = operators[::-1]
    graph.outputs = np.array(kept, np.int32)
    parsed.signatureDefs = None  # they name outputs that are gone
    builder = flatbuffers.Builder(len(model))
    builder.Finish(parsed.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())
