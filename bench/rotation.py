"""The pose engine through a full rotation: `python -m bench.rotation [--engine-threads N]`.

Figures with exact truth, drawn from the simulated athlete (`drawn`, `views`) and from key points of
real athletes (`puppets`), by the rotation of the true trunk, from the side and from other sides
(`views`); then how much of the rotation is kept in the real backflips (`flips`). `--only` takes
some of these parts.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import Picture, data_folder, timed_pictures
from bench.compare import (
    BIN_DEG,
    BINS,
    Comparison,
    Score,
    by_rotation,
    compare,
    kept_rotation,
    largest_step,
    rotation_of,
    score,
    steps,
    trunk_axis,
    turned,
)
from bench.counting import read_track
from models.pose import weights
from models.pose.blazepose.estimator import BlazePose
from models.pose.protocol import estimate_one
from models.simulation.curves import Floats
from models.simulation.motion import Instants, Motion, Placement
from models.simulation.puppet import build_puppet
from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BODY, Keypoints, convert

VIEWS = {
    "side": 0.0,
    "three-quarter": 50.0,
    "front": 90.0,
    "three-quarter back": -50.0,
    "back": -90.0,
}
"""Degrees by which the athlete who faces left is turned towards the camera."""
_PUPPET_VIEWS = ("three-quarter", "three-quarter back")
_SEEDS = range(4)
_BEFORE_S, _AFTER_S = 0.5, 0.3
_AROUND_S = (0.3, 0.5)  # before take-off and after landing
_CLIPS_EACH = 2
_ONE_TURN_DEG = (200.0, 350.0)  # recordings end when the athlete lands, still bent forward
_FASTEST_DEG_S = 1500.0


def seen_from(scene: Scene, degrees: float) -> Scene:
    """The scene with its motion turned about the vertical through the origin, counter-clockwise
    from above."""
    axis = Placement(heading=float(np.radians(degrees)))
    return replace(scene, cast=[replace(a, motion=_Placed(a.motion, axis)) for a in scene.cast])


class _Placed:
    """A motion as it looks from another place."""

    def __init__(self, motion: Motion, place: Placement) -> None:
        self._motion = motion
        self._place = place

    def at(self, t: Floats) -> Instants:
        there = self._motion.at(t)
        return Instants(self._place.place(there.points), there.rope)


def around_events(scene: Scene) -> range:
    """The frames of a scene's elements, with what an engine needs to find the athlete before."""
    first, last = scene.truth.events[0], scene.truth.events[-1]
    begin, end = first.start_s - _BEFORE_S, last.landing_s + _AFTER_S
    return range(round(begin * scene.fps), min(round(end * scene.fps), scene.frames))


def follow(scene: Scene, frames: Iterable[int], threads: int) -> Comparison:
    """A fresh engine on these frames of a scene."""
    frames = list(frames)
    found = [*track((scene.render(i) for i in frames), threads)]
    return compare(np.array([scene.joints(i) for i in frames]), np.array(found))


def track(images: Iterable[Picture], threads: int) -> Iterator[Keypoints]:
    """Key points (17, 3) of the first person in each picture, zeros where nobody is found."""
    with closing(BlazePose(weights.load(), threads)) as engine:
        for image in images:
            poses = estimate_one(engine, image)
            people = convert(poses.keypoints, poses.skeleton, BODY)
            yield people[0] if len(people) else np.zeros((len(BODY), 3), np.float32)


def drawn(view: str, threads: int) -> Comparison:
    """Both skills of several athletes at 30 and 60 fps, seen from one side."""
    parts = []
    for name in ("backflip", "handspring"):
        for seed in _SEEDS:
            for fps in (30.0, 60.0):
                scene = seen_from(build_scene(name, fps=fps, seed=seed), VIEWS[view])
                parts.append(follow(scene, around_events(scene), threads))
    return Comparison.joined(parts)


def puppets(view: str, threads: int) -> Comparison:
    """Figures driven by recordings of real athletes, at 60 and 30 fps, seen from one side."""
    parts = []
    for scene in gym_puppets(data_folder() / "gym"):
        for every in (1, 2):
            filmed = seen_from(thinned(scene, every), VIEWS[view])
            parts.append(follow(filmed, range(filmed.frames), threads))
    return Comparison.joined(parts)


def gym_puppets(folder: Path) -> Iterator[Scene]:
    """Puppets of the first clips of each athlete and skill, in the order of the index, that turn
    over once. In some the recording lacks half of the turn, so that the puppet goes back."""
    taken: Counter[tuple[str, str]] = Counter()
    with (folder / "index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for seed, row in enumerate(rows):
        group = row["subject"], row["label"]
        if taken[group] < _CLIPS_EACH:
            clip = read_track(folder / "clips" / f"{row['clip']}.npz")
            scene = build_puppet(clip.keypoints, clip.skeleton, 1 / clip.frame_s, seed=seed)
            if turns_once(scene):
                taken[group] += 1
                yield scene


def turns_once(scene: Scene) -> bool:
    """Whether the true trunk goes over backward once, as fast as an athlete can."""
    axis = trunk_axis(np.array([scene.joints(i) for i in range(scene.frames)]))
    fastest = np.abs(steps(rotation_of(axis))).max(initial=0.0) * scene.fps
    least, most = _ONE_TURN_DEG
    return least < turned(rotation_of(axis)) < most and bool(fastest < _FASTEST_DEG_S)


def thinned(scene: Scene, every: int) -> Scene:
    """Every n-th frame of a scene."""
    return replace(scene, fps=scene.fps / every, t=scene.t[::every])


def backflips(data: Path) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Each video with backflips on the ground: its path and take-off and landing frames."""
    for name, entry in json.loads((data / "flips" / "labels.json").read_text()).items():
        events = [e for e in entry["events"] if e["skill"] == "backflip"]
        if events:
            path = data / "flips" / "videos" / name
            yield str(path), [(e["takeoff"], e["landing"]) for e in events]


def rotation_table(title: str, rows: Comparison) -> Table:
    table = _table(title, "true rotation")
    bins = by_rotation(rows)
    worst = min((one.usable for one in bins if one.frames), default=float("nan"))
    table.caption = f"least usable in a bin: {100 * worst:.1f} %"
    for i, one in enumerate(bins):
        if one.frames:
            end_on = i == BINS
            table.add_row(
                "end-on" if end_on else f"{i * BIN_DEG}-{(i + 1) * BIN_DEG}°", *_cells(one)
            )
    table.add_section()
    table.add_row("all", *_cells(score(rows)))
    return table


def _table(title: str, first: str) -> Table:
    table = Table(title=title)
    table.add_column(first)
    for column in (
        *("frames", "detected %", "overturned %", "usable %"),
        *("error p50 %", "p95 %", "sides told", "swapped %"),
    ):
        table.add_column(column, justify="right")
    return table


def _cells(one: Score) -> list[str]:
    shares = (one.detected, one.overturned, one.usable, one.error_p50, one.error_p95)
    percent = ["" if np.isnan(v) else f"{100 * v:.1f}" for v in (*shares, one.swapped)]
    return [str(one.frames), *percent[:5], str(one.told), percent[5]]


def drawn_tables(threads: int) -> Iterator[Table]:
    yield rotation_table("drawn figures, side view", drawn("side", threads))


def puppet_tables(threads: int) -> Iterator[Table]:
    yield rotation_table("puppets of real athletes, side view", puppets("side", threads))


def view_tables(threads: int) -> Iterator[Table]:
    for view in VIEWS:
        if view != "side":
            yield rotation_table(f"drawn figures, {view}", drawn(view, threads))
    for view in _PUPPET_VIEWS:
        yield rotation_table(f"puppets of real athletes, {view}", puppets(view, threads))


def flip_tables(threads: int) -> Iterator[Table]:
    """At take-off the trunk already leans back, on landing it is still bent forward: the flight
    alone is less than a full turn, and the time around it is given too. A largest step, from frame
    to frame in all that time, near 180 degrees is a skeleton that was turned over."""
    table = Table(title="real backflips: rotation of the trunk, direction / axis, degrees")
    for column in (
        *("video", "frames", "detected"),
        *("take-off to landing", "and around", "largest step"),
    ):
        table.add_column(column, justify="left" if column == "video" else "right")
    for video, events in backflips(data_folder()):
        times: list[float] = []
        found = np.array([*track(_noting_times(video, times), threads)])
        t = np.array(times)
        for takeoff, landing in events:
            around = found[(t >= t[takeoff] - _AROUND_S[0]) & (t <= t[landing] + _AROUND_S[1])]
            flight = found[takeoff : landing + 1]
            table.add_row(
                Path(video).stem,
                f"{takeoff}-{landing}",
                f"{np.count_nonzero(flight[..., 2].any(axis=1))} of {len(flight)}",
                *(_kept(part) for part in (flight, around)),
                f"{largest_step(around):.0f}",
            )
    yield table


def _noting_times(video: str, times: list[float]) -> Iterator[Picture]:
    for picture, _, t in timed_pictures(video):
        times.append(t)
        yield picture


def _kept(keypoints: Keypoints) -> str:
    return " / ".join(f"{abs(kept_rotation(keypoints, period)):.0f}" for period in (360.0, 180.0))


PARTS: dict[str, Callable[[int], Iterator[Table]]] = {
    "drawn": drawn_tables,
    "puppets": puppet_tables,
    "views": view_tables,
    "flips": flip_tables,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--engine-threads", type=int, default=2, metavar="N")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    console = Console(width=120)
    for part in options.only:
        for table in PARTS[part](options.engine_threads):
            console.print(table)


if __name__ == "__main__":
    main()
