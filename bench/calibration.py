"""How well lens and floor are recovered, against simulated cameras whose truth is exact.

    python -m bench.calibration [--clicks N]

Lenses: boards drawn by exact projection (`bench.boards`). Floors: the built-in scenes, from corners
that are clicked with an error, and from the athlete as he stands.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from bench.boards import SWEEP, WHOLE, picture
from calibration.board import Board
from calibration.ground import Ground
from calibration.lens import Intrinsics
from calibration.locate import locate_square, locate_standing
from calibration.views import calibrate
from models.lens import LINEAR, WIDE, Floats, Lens
from models.simulation.figure import POINT
from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BODY

SIZE = (960, 540)
LENSES = {
    "linear": Intrinsics(SIZE, (760.0, 760.0), (487.0, 266.0), LINEAR),
    "webcam": Intrinsics(SIZE, (760.0, 760.0), (474.0, 272.0), Lens((-0.08, 0.05, 0, 0, 0))),
    "wide": Intrinsics(SIZE, (505.0, 505.0), (487.0, 266.0), WIDE),
}
STATION = np.array([[-1.5, -1.0], [1.5, -1.0], [1.5, 2.0], [-1.5, 2.0]])
SCENES = ("backflip", "handspring", "wide")
CLICK_PX = 1.5
JOINTS_PX = 0.0, 2.0
_LEAST_PX = 1.0
ANKLE = 0.051


def missed(found: Intrinsics, true: Intrinsics) -> Floats:
    """By how many pixels of the picture undistorted points are off, on a grid over all of it."""
    x, y = np.meshgrid(*(np.linspace(0, side, 41) for side in true.size))
    pixels = np.stack([x, y], axis=-1)
    straight = (found.undistort(pixels) - true.centre) / true.focal
    again = true.project(np.concatenate([straight, np.ones((*x.shape, 1))], axis=-1))
    off: Floats = np.linalg.norm(again - pixels, axis=-1)
    return off


def lenses() -> None:
    print(f"Lens, {SIZE[0]}x{SIZE[1]}: boards through a known camera")
    print(
        "lens    board       views  error px  focal length off  undistorted off: mean  95 %   max"
    )
    for name, true in LENSES.items():
        for kind, holds in (("charuco", SWEEP), ("chessboard", WHOLE)):
            board = Board("charuco" if kind == "charuco" else "chessboard")
            rng = np.random.default_rng(1)
            seen = [board.find(picture(board, true, hold, rng)) for hold in holds]
            start = f"{name:7} {kind:10}"
            try:
                found = calibrate([view for view in seen if view is not None])
            except ValueError as error:
                print(f"{start}  {error}")
                continue
            off = missed(found.intrinsics, true)
            focal = 100 * (found.intrinsics.focal[0] / true.focal[0] - 1)
            print(
                f"{start} {found.views:6} {found.error_px:9.2f} {focal:+15.2f} % "
                f"{off.mean():20.2f} {np.quantile(off, 0.95):6.2f} {off.max():5.2f} px"
            )


def undistortion() -> None:
    lens = LENSES["wide"]
    points = np.random.default_rng(0).uniform(0, 540, (33, 2))
    begin = time.perf_counter()
    for _ in range(1000):
        lens.undistort(points)
    print(f"\nUndistorting 33 points of the wide lens: {time.perf_counter() - begin:.3f} ms")


def grounds(clicks: int, joint_px: float) -> None:
    print(f"\nFloor: {clicks} times corners clicked {CLICK_PX} px off, joints {joint_px} px off")
    print("scene       from             height off: mean, worst (stated)   travel off: mean, worst")
    for name in SCENES:
        scene = build_scene(name)
        camera = scene.camera
        middle = (scene.size[0] / 2, scene.size[1] / 2)
        lens = Intrinsics(scene.size, (camera.focal, camera.focal), middle, camera.lens)
        standing = np.column_stack([scene.joints(0), np.ones(len(BODY))])
        pixels, _ = camera.project(np.column_stack([STATION, np.zeros(4)]))
        stature = scene.cast[0].build.stature

        def square(
            rng: np.random.Generator,
            with_lens: bool,
            *,
            pixels: Floats = pixels,
            lens: Intrinsics = lens,
        ) -> Ground:
            clicked = pixels + rng.normal(0, CLICK_PX, (4, 2))
            return locate_square(clicked, (3.0, 3.0), lens if with_lens else lens.size, CLICK_PX)

        def stand(
            rng: np.random.Generator,
            *,
            standing: Floats = standing,
            lens: Intrinsics = lens,
            stature: float = stature,
        ) -> Ground:
            noise = np.pad(rng.normal(0, joint_px, (len(BODY), 2)), ((0, 0), (0, 1)))
            person = (standing + noise).astype(np.float32)
            return locate_standing([person], BODY, stature, lens, max(joint_px, _LEAST_PX))

        ways: dict[str, Callable[[np.random.Generator], Ground]] = {
            "corners": lambda rng: square(rng, True),
            "corners, no lens": lambda rng: square(rng, False),
            "athlete": stand,
        }
        if camera.lens.distorts:
            del ways["corners, no lens"]
        for way, locate in ways.items():
            _report(f"{name:11} {way:16}", scene, lens, locate, clicks=clicks, joint_px=joint_px)


def _report(
    label: str,
    scene: Scene,
    lens: Intrinsics,
    locate: Callable[[np.random.Generator], Ground],
    *,
    clicks: int,
    joint_px: float,
) -> None:
    hips, ankles = (
        scene.points(scene.t)[:, [POINT[f"{side}_{part}"] for side in ("left", "right")]].mean(
            axis=1
        )
        for part in ("hip", "ankle")
    )
    top = int(hips[:, 2].argmax())
    end = int(np.searchsorted(scene.t, scene.truth.events[0].end_s))
    height, travel = hips[top, 2] - hips[0, 2], np.linalg.norm(ankles[end, :2] - ankles[0, :2])
    seen = np.stack(
        [_middle(scene, *each) for each in ((0, "ankle"), (0, "hip"), (top, "hip"), (end, "ankle"))]
    )
    above = ANKLE * scene.cast[0].build.stature

    def jump(ground: Ground, pixels: Floats) -> Floats:
        place = ground.places(pixels[0], above)
        return ground.heights(place, pixels[2]) - ground.heights(place, pixels[1])

    high, far, stated = [], [], []
    for seed in range(clicks):
        rng = np.random.default_rng(seed)
        ground = locate(rng)
        pixels = lens.undistort(seen + rng.normal(0, joint_px, seen.shape))
        found = ground.measured(jump, pixels, joint_px)
        high.append(100 * (float(found.value) - height))
        stated.append(100 * float(found.error))
        far.append(100 * (float(ground.travel(pixels[0], pixels[3], above)) / travel - 1))
    off = np.abs(high)
    print(
        f"{label} {off.mean():12.1f} {off.max():6.1f} cm (± {np.mean(stated):.1f})"
        f" of {100 * height:3.0f} {np.abs(far).mean():10.1f} {np.abs(far).max():5.1f} % "
        f"of {travel:.2f} m"
    )


def _middle(scene: Scene, frame: int, part: str) -> Floats:
    joints = scene.joints(frame)
    middle: Floats = joints[[BODY.index(f"{side}_{part}") for side in ("left", "right")]].mean(
        axis=0
    )
    return middle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=20, help="repetitions with other errors")
    options = parser.parse_args()
    lenses()
    undistortion()
    for joint_px in JOINTS_PX:
        grounds(options.clicks, joint_px)


if __name__ == "__main__":
    main()
