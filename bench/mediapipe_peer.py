"""The peer: MediaPipe's own Pose, in an environment of its own (`make .venv-mediapipe`).

Reads requests from standard input, one JSON object a line, and answers each with one line: key
points of some frames and the time of every call. Only PyAV, NumPy and MediaPipe are needed.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import mediapipe as mp
import numpy as np
from mediapipe.python import solution_base

from bench.clips import decoded_ahead


def use_threads(threads: int) -> None:
    """Let MediaPipe's inference calculators use this many threads.

    Its Python API has no such option (the default is one thread on a PC), so the expanded graph
    is edited before it runs.
    """
    original = solution_base.calculator_graph.CalculatorGraph

    def with_threads(graph_config: Any, **others: Any) -> Any:
        for node in graph_config.node:
            if node.calculator == "InferenceCalculator" or node.calculator.startswith("Inference"):
                _set_threads(node, threads)
        return original(graph_config=graph_config, **others)

    solution_base.calculator_graph.CalculatorGraph = with_threads


def _set_threads(node: Any, threads: int) -> None:
    from mediapipe.calculators.tensor import inference_calculator_pb2 as pb  # noqa: PLC0415

    for options in node.node_options:
        if options.Is(pb.InferenceCalculatorOptions.DESCRIPTOR):
            inference = pb.InferenceCalculatorOptions()
            options.Unpack(inference)
            inference.delegate.xnnpack.num_threads = threads
            options.Pack(inference)
            return
    extension = pb.InferenceCalculatorOptions.ext
    node.options.Extensions[extension].delegate.xnnpack.num_threads = threads


def run(video: str, keep_every: int) -> dict[str, Any]:
    """Key points of every `keep_every`-th frame (pixels) and seconds of each call."""
    kept: dict[int, list[list[float]]] = {}
    seconds = []
    with mp.solutions.pose.Pose(model_complexity=1, smooth_landmarks=False) as pose:
        for i, (picture, offset) in enumerate(decoded_ahead(video)):
            rgb = np.ascontiguousarray(picture[..., ::-1])
            begin = time.perf_counter()
            found = pose.process(rgb).pose_landmarks
            seconds.append(time.perf_counter() - begin)
            if i % keep_every == 0:
                height, width = rgb.shape[:2]
                kept[i] = [
                    [round(p.x * width + offset[0], 1), round(p.y * height + offset[1], 1)]
                    for p in (found.landmark if found else ())
                ]
    return {"keypoints": kept, "seconds": seconds}


def main() -> None:
    use_threads(int(sys.argv[1]))
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(run(request["video"], request["keep_every"])), flush=True)


if __name__ == "__main__":
    main()
