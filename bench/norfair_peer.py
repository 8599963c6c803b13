"""The peer: Norfair on key points, in an environment of its own (`make .venv-norfair`).

Reads an archive of found people frame by frame and answers with the identities it gives them, for
each of its distance thresholds: JSON [threshold][frame][person], -1 where it has none yet.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from norfair import Detection, Tracker

THRESHOLDS = (0.15, 0.3, 0.6, 1.0)
"""Mean distance of the joints, in sizes of the body, up to which two are the same."""


def distance(detection: Any, tracked: Any) -> float:
    size = np.linalg.norm(np.ptp(detection.points, axis=0))
    return float(np.linalg.norm(detection.points - tracked.estimate, axis=1).mean() / size)


def identities(frames: list[Any], fps: float, threshold: float) -> list[list[int]]:
    tracker = Tracker(
        distance_function=distance,
        distance_threshold=threshold,
        hit_counter_max=round(1.5 * fps),
        initialization_delay=2,
    )
    answer = []
    for people in frames:
        detections = [
            Detection(points=p[:, :2].astype(float), data=i) for i, p in enumerate(people)
        ]
        objects = tracker.update(detections=detections)
        ids = [-1] * len(people)
        for tracked in objects:
            if tracked.last_detection in detections and tracked.id is not None:
                ids[tracked.last_detection.data] = tracked.id
        answer.append(ids)
    return answer


def main() -> None:
    with np.load(sys.argv[1]) as file:
        frames = np.split(file["people"], np.cumsum(file["counts"])[:-1])
        fps = float(file["fps"])
    json.dump([identities(frames, fps, threshold) for threshold in THRESHOLDS], sys.stdout)


if __name__ == "__main__":
    main()
