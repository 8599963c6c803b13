"""How well puppets move as the athletes of real recordings: `python -m bench.puppets --tracks DIR`.

DIR holds key points of the real videos by our own pose engine, as `bench.tracks` makes them; the
other recordings are those in FLIPTALLY_DATA (default `../shared/data`). `--only` takes some of:

- picture: where the puppet's joints are in the picture against the recording's, both from the
  mid-hip and in leg lengths, and the height of the left ankle over the right one.
- engine: puppets are drawn and go through the real pose network: frames in which the figure is
  found, distance of what is found from the truth.
- count: the jump counter on the recording, on the puppet's true joints, and on what the pose
  network sees of the puppet.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from bench.compare import Flags
from bench.counting import Track, count, read_track, read_tracks, score
from bench.rotation import track as follow
from models.simulation.curves import Floats
from models.simulation.figure import POINT
from models.simulation.puppet import build_puppet
from models.simulation.puppet.track import Track as Cleaned
from models.simulation.scene import Scene
from models.skeleton import BODY, COCO_17, Keypoints, convert

PARTS = ("picture", "engine", "count")
_GYM_EVERY, _PENN_EVERY = 4, 5
_PENN_ACTIONS = ("jump_rope", "jumping_jacks", "squat")
_PENN_FPS = 30.0  # not known
_SIDES = ("left", "right")
_ANKLES = [BODY.index(f"{side}_ankle") for side in _SIDES]
_HIPS = [BODY.index(f"{side}_hip") for side in _SIDES]
_LEGS = [BODY.index(f"{side}_{part}") for part in ("knee", "ankle") for side in _SIDES]
_SHARED = slice(0, 13)  # the joints of BODY that every skeleton has
_FRONT_DEG, _SIDE_DEG = 25.0, 65.0
_ENGINE_FRAMES = 240
_SIZE = (960, 540)


@dataclass(frozen=True, eq=False)
class Puppet:
    """A recording of one of the sets, and the scene of its puppet."""

    group: str
    track: Track
    scene: Scene

    @cached_property
    def joints(self) -> Floats:
        """True joints (T, 17, 2) px."""
        return np.array([self.scene.joints(i) for i in range(self.scene.frames)])

    @property
    def leg_px(self) -> float:
        """A leg at the distance of the pelvis."""
        camera = self.scene.camera
        return camera.focal * self.scene.cast[0].build.leg / -float(camera.position[1])

    @property
    def view(self) -> str:
        """How far the hips' axis is from the picture's plane."""
        points = self.scene.points(self.scene.t)
        axis = points[:, POINT["left_hip"]] - points[:, POINT["right_hip"]]
        degrees = np.degrees(np.median(np.arctan2(np.abs(axis[:, 1]), np.abs(axis[:, 0]))))
        if degrees < _FRONT_DEG:
            return "front or back"
        return "side" if degrees > _SIDE_DEG else "three-quarter"


def puppet_of(group: str, track: Track, seed: int = 0) -> Puppet:
    scene = build_puppet(track.keypoints, track.skeleton, 1 / track.frame_s, _SIZE, seed, t=track.t)
    return Puppet(group, track, scene)


def gym() -> Iterator[Puppet]:
    """Every fourth of the flips: BODY_25, from the side."""
    for seed, path in enumerate(sorted((data_folder() / "gym" / "clips").glob("*.npz"))):
        if seed % _GYM_EVERY == 0:
            yield puppet_of("gym", read_track(path), seed)


def rope(tracks: Path) -> Iterator[Puppet]:
    """The rope skippers: BlazePose, from all sides."""
    for track in read_tracks(tracks, data_folder(), "rope"):
        yield puppet_of("rope", track)


def penn() -> Iterator[Puppet]:
    """Every fifth of the sequences of some actions, as COCO-17; their "head" is none of its joints
    and is left out."""
    folder = data_folder() / "penn_action"
    with (folder / "index.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["action"] in _PENN_ACTIONS]
    with np.load(folder / "penn_action_xyv.npz") as archive:
        for row in rows[::_PENN_EVERY]:
            body = np.zeros((int(row["frames"]), len(BODY), 3), np.float32)
            body[:, 1:13] = archive[row["id"]][:, 1:]
            t = np.arange(len(body)) / _PENN_FPS
            keypoints = convert(body, BODY, COCO_17)
            track = Track(row["id"], COCO_17, keypoints, t, np.empty(0), 1 / _PENN_FPS)
            try:
                yield puppet_of(f"penn {row['action']} {row['view']}", track)
            except ValueError:
                continue  # too little of the body is annotated


SETS: dict[str, Callable[[Path], Iterator[Puppet]]] = {
    "gym": lambda _: gym(),
    "rope": rope,
    "penn": lambda _: penn(),
}


def in_legs(xy: Floats, leg_px: Floats) -> Floats:
    """Joints (T, 17, 2) px from the mid-hip, in leg lengths (T,)."""
    centred: Floats = xy - xy[:, _HIPS].mean(axis=1, keepdims=True)
    return centred / leg_px[:, None, None]


def picture_errors(puppet: Puppet) -> tuple[Floats, Floats, Floats]:
    """Distances (N,) of all joints, of knees and ankles, and errors (M,) of the left ankle's height
    over the right one, in leg lengths."""
    body = convert(puppet.track.keypoints, puppet.track.skeleton, BODY)
    cleaned = Cleaned(body, 1 / puppet.track.frame_s)
    leg = cleaned.leg_px(sagittal=puppet.view == "side")
    seen: Flags = (body[..., 2] > 0) & np.all(body[:, _HIPS, 2] > 0, axis=1)[:, None]
    recorded = in_legs(body[..., :2].astype(np.float64), leg)
    own = in_legs(puppet.joints, np.full(len(body), puppet.leg_px))
    away = np.where(seen, np.linalg.norm(recorded - own, axis=-1), np.nan)[:, _SHARED]
    lift = [xy[:, _ANKLES[0], 1] - xy[:, _ANKLES[1], 1] for xy in (recorded, own)]
    lift_error = np.where(np.all(seen[:, _ANKLES], axis=1), np.abs(lift[0] - lift[1]), np.nan)
    return _known(away), _known(away[:, _LEGS]), _known(lift_error)


def _known(values: Floats) -> Floats:
    known: Floats = values[np.isfinite(values)]
    return known


def picture_table(puppets: list[Puppet]) -> Table:
    """Per set and view."""
    table = _table("puppets in the picture of their recordings, % of a leg", "set", "view", "clips")
    for column in ("joints p50", "p95", "knees, ankles p50", "p95", "ankle lift p50", "p95"):
        table.add_column(column, justify="right")
    groups: dict[tuple[str, str], list[tuple[Floats, Floats, Floats]]] = {}
    for puppet in puppets:
        groups.setdefault((puppet.group, puppet.view), []).append(picture_errors(puppet))
    for (group, view), errors in sorted(groups.items()):
        cells = []
        for values in zip(*errors, strict=True):
            joined = np.concatenate(values)
            cells += [f"{100 * v:.1f}" for v in np.percentile(joined, [50, 95])]
        table.add_row(group, view, str(len(errors)), *cells)
    return table


def seen_by_engine(puppet: Puppet, frames: int, threads: int) -> Keypoints:
    """What the pose network sees (T, 17, 3) of the first frames of a puppet."""
    scene = puppet.scene
    pictures = (scene.render(i) for i in range(min(frames, scene.frames)))
    return np.array([*follow(pictures, threads)])


def engine_table(puppets: list[Puppet], threads: int) -> Table:
    """Per set and view."""
    table = _table("puppets through the pose network", "set", "view", "frames")
    for column in ("found %", "error p50, % of a leg", "p95"):
        table.add_column(column, justify="right")
    groups: dict[tuple[str, str], list[Floats]] = {}
    for puppet in puppets:
        found = seen_by_engine(puppet, _ENGINE_FRAMES, threads)
        away = np.linalg.norm(found[..., :2] - puppet.joints[: len(found)], axis=-1)
        away = np.where(found[..., 2] > 0, away / puppet.leg_px, np.nan)[:, _SHARED]
        groups.setdefault((puppet.group, puppet.view), []).append(away)
    for (group, view), parts in sorted(groups.items()):
        away = np.concatenate(parts)
        found_share = np.isfinite(away).any(axis=1).mean()
        p50, p95 = np.nanpercentile(away, [50, 95])
        cells = (100 * found_share, 100 * p50, 100 * p95)
        table.add_row(group, view, str(len(away)), *(f"{v:.1f}" for v in cells))
    return table


def driven(puppet: Puppet, keypoints: Keypoints) -> Track:
    """The recording's track with other key points (T, 17, 3), in the order of BODY."""
    return replace(puppet.track, keypoints=keypoints.astype(np.float32), skeleton=BODY)


def count_table(puppets: Iterable[Puppet], threads: int) -> Table:
    """Per labelled clip; errors are of the count between the first and the last label."""
    table = _table("jumps counted", "clip", "view", "labels")
    for column in ("recording", "puppet's truth", "network sees puppet"):
        table.add_column(column, justify="right")
        table.add_column("F1", justify="right")
    for puppet in puppets:
        true = np.ones((*puppet.joints.shape[:2], 3), np.float32)
        true[..., :2] = puppet.joints
        seen = seen_by_engine(puppet, puppet.scene.frames, threads)
        cells = []
        for track in (puppet.track, driven(puppet, true), driven(puppet, seen)):
            one = score(track, count(track))
            cells += [f"{one.inside} ({one.error:+d})", f"{one.f1:.3f}"]
        table.add_row(puppet.track.name, puppet.view, str(len(puppet.track.labels)), *cells)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title)
    for column in columns:
        table.add_column(column)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tracks", type=Path, required=True, help="folder of key-point files")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--engine-threads", type=int, default=2, metavar="N")
    options = parser.parse_args()
    console = Console(width=140)
    puppets = [puppet for name in options.sets for puppet in SETS[name](options.tracks)]
    if "picture" in options.only:
        console.print(picture_table(puppets))
    if "engine" in options.only:
        console.print(engine_table(puppets, options.engine_threads))
    if "count" in options.only:
        labelled = [puppet for puppet in puppets if len(puppet.track.labels)]
        console.print(count_table(labelled, options.engine_threads))


if __name__ == "__main__":
    main()
