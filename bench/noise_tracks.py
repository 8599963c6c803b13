"""Recordings with truth for the noise models: `python -m bench.noise_tracks DIR`.

Runs BlazePose on rendered scenes of several seeds, sides, frame rates, exposures and lights, and
writes one `.npz` each to DIR/blazepose: a key-point file (format in the design) with `true`
(T, 17, 2) px, the joints of `models.skeleton.BODY`, and `subject`, the seed. Those that are there
already are kept. The real recordings of OpenPose (FLIPTALLY_DATA, gym) go to DIR/openpose with
`true` as `models.simulation.noise.reference` reconstructs it, and `subject`, the athlete.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.clips import data_folder
from bench.rotation import around_events, seen_from
from models.pose import weights
from models.pose.blazepose.estimator import BlazePose
from models.pose.protocol import estimate_one
from models.simulation.curves import Floats
from models.simulation.noise.reference import reference
from models.simulation.scene import Image
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY, SKELETONS, Keypoints, convert

_RATES = (30.0, 60.0)
_FLIPS = ("backflip", "handspring")
_OTHERS = ("speed", "mixed")


_EXPOSURES = (1, 2, 4)
"""Instants, a quarter of the frame time apart, of which a frame is the mean: motion blur."""
_FINE = 4
_GREY = 110.0
_SAME_PX, _SAME_SHARE = 0.5, 0.8


@dataclass(frozen=True)
class Light:
    """The hall's: contrast about a middle grey, standard deviation of the sensor's noise, and how
    many instants a frame is exposed for."""

    contrast: float
    noise: float
    exposed: int

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Light:
        """Half of the takes are in good light."""
        dark = max(0.0, float(rng.uniform(-1.0, 1.0)))
        return cls(1.0 - 0.5 * dark, 8.0 * dark, int(rng.choice(_EXPOSURES)))


@dataclass(frozen=True)
class Take:
    """A scene as it is filmed: `degrees` counter-clockwise from above is the side it is seen
    from."""

    scene: str
    seed: int
    degrees: int
    fps: float
    light: Light

    @property
    def name(self) -> str:
        return f"{self.scene}-{self.seed}-{self.degrees}-{self.fps:g}"

    def filmed(self) -> Iterator[tuple[Image, Floats, float]]:
        """Pictures, true joints (17, 2) in the middle of their exposure, and times of it."""
        scene = seen_from(
            build_scene(self.scene, fps=self.fps * _FINE, seed=self.seed), self.degrees
        )
        rng = np.random.default_rng(self.seed)
        whole = range(scene.frames)
        frames = around_events(scene) if self.scene in _FLIPS else whole
        for i in frames[::_FINE]:
            instants = [min(i + k, whole[-1]) for k in range(self.light.exposed)]
            yield (
                exposed([scene.render(k) for k in instants], self.light, rng),
                np.mean([scene.joints(k) for k in instants], axis=0),
                float(np.mean([scene.time(k) for k in instants])),
            )


def exposed(instants: list[Image], light: Light, rng: np.random.Generator) -> Image:
    mean = np.mean(instants, axis=0, dtype=np.float32)
    grain = light.noise * rng.standard_normal(mean.shape, np.float32)
    seen = (mean - _GREY) * light.contrast + _GREY + grain
    return np.clip(seen, 0, 255).astype(np.uint8)


def takes(seeds: range) -> Iterator[Take]:
    """Flips from two sides for each seed and rate, other scenes from one. The sides are drawn: the
    first within 25 degrees of the side view of a flip."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        for fps in _RATES:
            for name in _FLIPS:
                yield Take(name, seed, int(rng.integers(-25, 26)) % 360, fps, Light.drawn(rng))
                yield Take(name, seed, int(rng.integers(0, 360)), fps, Light.drawn(rng))
        for i, name in enumerate(_OTHERS):
            fps = _RATES[(seed + i) % 2]
            yield Take(name, seed, int(rng.integers(0, 360)), fps, Light.drawn(rng))


def film(take: Take, networks: weights.BlazePoseWeights) -> dict[str, np.ndarray]:
    """What the engine says of a take, beside the truth."""
    found, true, t = [], [], []
    with closing(BlazePose(networks)) as engine:
        for image, joints, time in take.filmed():
            people = estimate_one(engine, image).keypoints
            found.append(people[0] if len(people) else np.zeros((len(BLAZEPOSE_33), 3)))
            true.append(joints)
            t.append(time)
    return {
        "keypoints": np.array(found, np.float32),
        "true": np.array(true),
        "t": np.array(t),
        "skeleton": np.array(BLAZEPOSE_33.name),
        "subject": np.array(str(take.seed)),
        "label": np.array(take.scene),
    }


def reconstructed(clip: Path) -> dict[str, np.ndarray]:
    """A real recording, beside what it was probably a recording of, without the frames that its
    video has twice."""
    with np.load(clip) as file:
        given = {name: file[name] for name in ("keypoints", "skeleton", "subject", "label", "fps")}
    body = convert(given["keypoints"], SKELETONS[str(given["skeleton"])], BODY)
    fps = float(given.pop("fps"))
    new = ~repeated(given["keypoints"])
    found = {
        "keypoints": given.pop("keypoints"),
        "true": reference(body, fps),
        "t": np.arange(len(body)) / fps,
    }
    return {**given, **{name: values[new] for name, values in found.items()}}


def repeated(keypoints: Keypoints) -> NDArray[np.bool_]:
    """Frames (T,) of (T, J, 3) in which most joints are where they were in the frame before."""
    moved = np.linalg.norm(np.diff(keypoints[..., :2], axis=0), axis=-1)
    both = (keypoints[1:, :, 2] > 0) & (keypoints[:-1, :, 2] > 0)
    still = np.sum(both & (moved < _SAME_PX), axis=1) > _SAME_SHARE * np.maximum(
        both.sum(axis=1), 1
    )
    return np.concatenate([[False], still])


def write_gym(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for clip in sorted((data_folder() / "gym" / "clips").glob("*.npz")):
        np.savez_compressed(folder / clip.name, allow_pickle=False, **reconstructed(clip))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, 12), metavar=("FROM", "TO"))
    options = parser.parse_args()
    write_gym(options.folder / "openpose")
    folder: Path = options.folder / "blazepose"
    folder.mkdir(parents=True, exist_ok=True)
    networks = weights.load()
    for take in takes(range(*options.seeds)):
        target = folder / f"{take.name}.npz"
        if not target.exists():
            np.savez_compressed(target, allow_pickle=False, **film(take, networks))
            print(target.stem, flush=True)


if __name__ == "__main__":
    main()
