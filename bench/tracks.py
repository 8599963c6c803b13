"""Key points of all real videos by our own pose engine: `python -m bench.tracks DIR`.

Writes one key-point file (`.npz`, format in the design) for each video of FLIPTALLY_DATA (default
`../shared/data`), in the folders `rope`, `flips` and `other` of DIR; those that are there already
are kept. The other benchmarks score these tracks, so that the pose network runs once.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

import numpy as np

from bench.clips import SETS, data_folder, timed_pictures
from models.pose import weights
from models.pose.blazepose.estimator import BlazePose
from models.pose.protocol import estimate_one


def track(video: Path, networks: weights.BlazePoseWeights) -> dict[str, np.ndarray]:
    """Key points (T, 33, 3) and capture times (T,) of the first person in each frame."""
    keypoints, times = [], []
    with closing(BlazePose(networks)) as engine:
        for picture, corner, t in timed_pictures(str(video)):
            people = estimate_one(engine, picture).keypoints
            person = people[0] if len(people) else np.zeros((33, 3), np.float32)
            keypoints.append(
                np.where(person[:, 2:] > 0, person + np.array([*corner, 0], np.float32), 0)
            )
            times.append(t)
    return {
        "keypoints": np.array(keypoints, np.float32),
        "t": np.array(times),
        "skeleton": np.array("blazepose_33"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="DIR")
    folder: Path = parser.parse_args().folder
    networks = weights.load()
    for name in SETS:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for video in sorted((data_folder() / name / "videos").iterdir()):
            target = folder / name / f"{video.name}.npz"
            if not target.exists():
                found = track(video, networks)
                np.savez_compressed(target, allow_pickle=False, **found)
                print(f"{name}/{video.name}: {len(found['t'])} frames")


if __name__ == "__main__":
    main()
