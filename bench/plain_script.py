"""The plainest script that a user would write: OpenCV reads, MediaPipe finds the pose, one thread.

Runs in the environment of the peer (`make .venv-mediapipe`): `python -m bench.plain_script URL
SECONDS`. What a user would not write is only how it says what happened: one JSON line with the
number painted into each picture and when its pose was there.
"""

from __future__ import annotations

import json
import sys
import time

import cv2
import mediapipe as mp
import numpy as np

from bench.virtual_stream import painted


def main() -> None:
    url, seconds = sys.argv[1], float(sys.argv[2])
    results = []
    capture = cv2.VideoCapture(url)
    with mp.solutions.pose.Pose() as pose:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            good, picture = capture.read()
            if not good:
                break
            pose.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            results.append((painted(np.asarray(picture, np.uint8)), time.monotonic()))
    capture.release()
    print(json.dumps(results), flush=True)


if __name__ == "__main__":
    main()
