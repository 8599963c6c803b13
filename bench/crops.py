"""What tells a crop that is turned wrongly from a right one: `python -m bench.crops`.

Drawn figures in a backflip and a handspring, from four sides. The landmark network is given crops
that are turned by so much too far; printed are what it says of them: its presence, visibility and
sharpness, and how much of the error its trunk corrects.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.compare import trunk_axis
from bench.rotation import around_events, seen_from
from models.pose import weights
from models.pose.blazepose.landmarks import LandmarkNetwork, Landmarks
from models.pose.blazepose.region import Region, wrapped
from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY

ERRORS = range(0, 181, 30)
SIDES = (0, 40, 90, 270)
EVERY = 4
_MAIN = [
    BLAZEPOSE_33.index(f"{side}_{part}")
    for part in ("shoulder", "hip", "knee", "ankle")
    for side in ("left", "right")
]
_HIPS = [BODY.index("left_hip"), BODY.index("right_hip")]
_REACH = 2.6  # side of a region, in distances from the hips to the farthest joint

Floats = NDArray[np.float64]


def right_region(joints: Floats) -> Region:
    """The region that stands the body of true joints (17, 2) upright."""
    hips = joints[_HIPS].mean(axis=0)
    dx, dy = trunk_axis(joints)
    side = _REACH * float(np.hypot(*(joints - hips).T).max())
    return Region(float(hips[0]), float(hips[1]), side, float(np.arctan2(dx, -dy)))


def corrected_share(seen: Landmarks, error: float) -> float:
    """How much of `error`, radians, the trunk's lean takes back; 1 = all of it."""
    return -seen.lean / error if error else float("nan")


def rows(scene: Scene, network: LandmarkNetwork) -> list[tuple[int, float, float, float, float]]:
    found = []
    for i in list(around_events(scene))[::EVERY]:
        image, region = scene.render(i), right_region(scene.joints(i))
        for degrees in ERRORS:
            error = float(np.radians(degrees))
            turned = Region(region.x, region.y, region.side, wrapped(region.rotation + error))
            seen = network.read(image, turned)
            visibility = float(seen.joints[_MAIN, 2].mean())
            share = corrected_share(seen, error)
            found.append((degrees, seen.presence, visibility, seen.sharpness, share))
    return found


def main() -> None:
    network = LandmarkNetwork(weights.load().landmarks, threads=2)
    found = np.array(
        [
            row
            for kind in ("backflip", "handspring")
            for degrees in SIDES
            for row in rows(seen_from(build_scene(kind, fps=30.0, seed=3), degrees), network)
        ]
    )
    table = Table(title="crops of drawn figures, turned wrongly")
    for column in ("degrees", "crops", "presence", "visibility", "sharpness", "corrected"):
        table.add_column(column, justify="right")
    for degrees in ERRORS:
        part = found[found[:, 0] == degrees]
        presence, visibility, sharpness = part[:, 1:4].mean(axis=0)
        share = "" if degrees == 0 else f"{np.median(part[:, 4]):.2f}"
        table.add_row(
            *(str(degrees), str(len(part)), f"{presence:.2f}", f"{visibility:.2f}"),
            *(f"{sharpness:.2f}", share),
        )
    Console().print(table)


if __name__ == "__main__":
    main()
