"""Key points of all real videos by our own pose engine: `python -m bench.tracks DIR`.

Writes one key-point file (`.npz`, format in the design) for each video of FLIPTALLY_DATA (default
`../shared/data`), in the folders `rope`, `flips` and `other` of DIR; those that are there already
are kept. The other benchmarks score these tracks, so that the pose network runs once.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np

from calibration.zone import Zone
from models.pose import weights
from models.pose.blazepose.estimator import BlazePose
from realtime.sources.errors import SourceError
from realtime.sources.video import VideoSource

SETS = ("rope", "flips", "other")
ZONES = {"us_3.mp4": Zone(460, 40, 440, 480)}
"""Where the labelled athlete is, for the one clip with several at once (see the data's README)."""


def data_folder() -> Path:
    return Path(os.environ.get("FLIPTALLY_DATA", "../shared/data"))


def track(video: Path, networks: weights.BlazePoseWeights) -> dict[str, np.ndarray]:
    """Key points (T, 33, 3) and capture times (T,) of the first person in each frame."""
    zone = ZONES.get(video.name)
    source = VideoSource(str(video))
    keypoints, times = [], []
    try:
        with BlazePose(networks) as engine:
            for frame in iter(source.read, None):
                image, offset = frame.image, np.zeros(3, np.float32)
                if zone is not None:
                    image = image[zone.y : zone.y + zone.height, zone.x : zone.x + zone.width]
                    offset[:2] = zone.x, zone.y
                people = engine.estimate(np.ascontiguousarray(image)).keypoints
                person = people[0] if len(people) else np.zeros((33, 3), np.float32)
                keypoints.append(np.where(person[:, 2:] > 0, person + offset, 0))
                times.append(frame.t)
    except SourceError as error:
        sys.stderr.write(f"{error}\n")  # what came before is a track too
    finally:
        source.close()
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
