"""What scaling and JPEG cost: `python -m bench.packing`.

First the work: bytes, time to scale and encode and to decode a 720p picture with the noise of a
camera, and for how long the thread that asks for it is held up. Then the poses: BlazePose on the
simulated athlete, near (the lens follows him) and far (a wide lens: a fifth of the picture's
height), against the true joints, with the frames as a worker on another machine gets them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import zmq
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from models.pose.engines import open_engine
from models.pose.options import PoseOptions
from models.pose.protocol import Image, estimate_one
from models.simulation.film.settings import CameraSettings
from models.simulation.moves.locomotion import Stand
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import Backflip
from models.simulation.scene import Scene
from models.simulation.script import Person, Script
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY, convert
from realtime.messages import FrameHeader
from realtime.transport.packing import Job, Packer, pack, unpack
from realtime.transport.quality import LEVELS

SIDES = (1280, 960, 800, 640)
_ANKLES = [BODY.index(f"{side}_ankle") for side in ("left", "right")]
Floats = NDArray[np.float64]


class Part:
    """A message part, as ZeroMQ gives it."""

    def __init__(self, data: bytes | memoryview) -> None:
        self.buffer = memoryview(data)


def scene(*, far: bool) -> Scene:
    moves = (Stand(seconds=0.5), SpeedStep(seconds=3.0), Stand(seconds=0.6), Backflip(), Stand())
    camera = CameraSettings(fov_deg=75.0, distance_m=7.0) if far else CameraSettings()
    script = Script("packing", 7.0, (Person(moves, facing_deg=-35.0),), seed=5, camera=camera)
    return build_scene(script, fps=30.0, size=(1280, 720))


def filmed(one: Scene) -> Iterator[Image]:
    rng = np.random.default_rng(3)
    for number in range(one.frames):
        noise = rng.normal(0, 3, (720, 1280, 3))
        yield np.clip(one.render(number) + noise, 0, 255).astype(np.uint8)


def packed(image: Image, side: int, jpeg: int | None) -> tuple[FrameHeader, bytes | memoryview]:
    height, width = image.shape[:2]
    header = FrameHeader(0, 0, 0, width, height)
    size = (side, round(height * side / width))
    return pack(header, image.data.cast("B"), size, jpeg)


def cost(images: list[Image]) -> Table:
    table = Table(title="one 720p picture, packed for a worker on another machine")
    columns = ("size", "as", "kB", "bytes/px", "pack ms", "unpack ms", "asking thread ms")
    for column in columns:
        table.add_column(column, justify="left" if column == "as" else "right")
    with zmq.Context() as context, closing(Packer(context, "inproc://packed")) as packer:
        for side in (1280, 960, 640):
            for level in LEVELS:
                packing, unpacking, asking, sizes = [], [], [], []
                for image in images:
                    begin = time.perf_counter()
                    header, data = packed(image, side, level.jpeg)
                    packing.append(time.perf_counter() - begin)
                    begin = time.perf_counter()
                    unpack(header, [Part(data)])  # type: ignore[list-item]
                    unpacking.append(time.perf_counter() - begin)
                    sizes.append(len(data))
                    asking.append(_asked(packer, image, (header.width, header.height), level.jpeg))
                times = [1000 * float(np.median(x)) for x in (packing, unpacking, asking)]
                size = float(np.median(sizes))
                per_pixel = size / (header.width * header.height)
                table.add_row(
                    f"{header.width}x{header.height}",
                    str(level),
                    f"{size / 1000:.0f}",
                    f"{per_pixel:.2f}",
                    *(f"{ms:.2f}" for ms in times),
                )
    return table


def _asked(packer: Packer, image: Image, size: tuple[int, int], jpeg: int | None) -> float:
    """Seconds that it takes to ask and to be given the result, not to wait for it."""
    header = FrameHeader(0, 0, 0, image.shape[1], image.shape[0])
    begin = time.perf_counter()
    packer.put(Job(b"w", header, Part(image.data.cast("B")), size, jpeg))  # type: ignore[arg-type]
    asked_s = time.perf_counter() - begin
    packer.socket.poll()
    begin = time.perf_counter()
    packer.socket.recv_multipart(copy=False)
    return asked_s + time.perf_counter() - begin


def errors(one: Scene, images: list[Image], side: int, jpeg: int | None) -> tuple[Floats, float]:
    """Pixels of the whole picture (frames, 17) between joints found and true, NaN where there is
    none, and the share of frames with nobody."""
    found = np.full((one.frames, len(BODY)), np.nan)
    nobody = 0
    with closing(open_engine("blazepose", PoseOptions(threads=2, people=1))) as engine:
        for number, image in enumerate(images):
            header, data = packed(image, side, jpeg)
            poses = estimate_one(engine, unpack(header, [Part(data)]))  # type: ignore[list-item]
            if not len(poses.keypoints):
                nobody += 1
                continue
            keypoints = convert(poses.keypoints, BLAZEPOSE_33, BODY)[0]
            apart = keypoints[:, :2] * (1280 / side) - one.joints(number)
            found[number] = np.where(keypoints[:, 2] > 0, np.linalg.norm(apart, axis=1), np.nan)
    return found, nobody / one.frames


def accuracy(one: Scene, images: list[Image], name: str) -> Table:
    true = np.array([one.joints(number) for number in range(one.frames)])
    tall = float(np.median(true[..., 1].max(axis=1) - true[..., 1].min(axis=1)))
    table = Table(title=f"BlazePose, {name}: the athlete is {tall:.0f} px tall of 720")
    for column in ("sent as", "all joints p50 px", "p95", "ankles p50 px", "p95", "nobody %"):
        table.add_column(column, justify="left" if column == "sent as" else "right")
    for side in SIDES:
        for jpeg in (None, 85, 60):
            found, nobody = errors(one, images, side, jpeg)
            told = "raw" if jpeg is None else f"JPEG {jpeg}"
            values = [
                f"{np.nanpercentile(part, share):.1f}"
                for part in (found, found[:, _ANKLES])
                for share in (50, 95)
            ]
            table.add_row(f"{side} {told}", *values, f"{100 * nobody:.1f}")
    return table


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    console = Console()
    for far in (False, True):
        one = scene(far=far)
        images = list(filmed(one))
        if not far:
            console.print(cost(images[::12]))
        console.print(accuracy(one, images, "far" if far else "near"))


if __name__ == "__main__":
    main()
