"""Do identities last? `python -m bench.tracking`.

Simulated: an athlete on the spot and others who walk across before and behind him and stop there.
The key points are the true ones with noise, of nobody who is hidden by others to more than 60 % of
his joints; `bench.crossings` draws such scenes and lets the pose engine find everybody. The peer is
Norfair (mean distance of joints, its best of four thresholds), in an environment of its own:
`make .venv-norfair`.

Real: the gym recordings of one athlete (FLIPTALLY_DATA, default `../shared/data`), in which he must
stay one in every flip, although few of his joints may be seen.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from models.poses import Poses
from models.simulation.moves.locomotion import Stand, Walk
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.scene import Scene
from models.simulation.script import Person, Script
from models.simulation.staging import build_scene
from models.skeleton import BODY, Keypoints
from realtime.sources.keypoints import read_keypoints
from realtime.stream.ring import Floats
from realtime.stream.tracking import Tracker

PEER = Path(".venv-norfair/bin/python")
SECONDS, FPS = 20.0, 30.0
HIDDEN = 0.6
"""Share of somebody's joints behind others from which on no engine sees him."""
MISSED = 0.02
"""Share of the others' frames in which they are missed all the same."""
_WALKS = 2  # of each passer; more do not always fit into the time
_NOISE = 0.006  # of the body's size, per joint and frame
_NEAR = 0.35  # of the true body's size: a found body this near is his


@dataclass(frozen=True, eq=False)
class Watched:
    """A scene's people (P, T) as found: which found person of each frame is who, -1 for nobody."""

    name: str
    t: Floats
    poses: list[Poses]
    who: list[list[int]]


@dataclass(frozen=True)
class Score:
    """Identity switches of all and of the athlete, per minute of somebody's presence."""

    name: str
    people: int
    switches: float
    athlete_switches: int
    followed: float
    identities: int


def scenes(people: int, seeds: Sequence[int]) -> Iterator[Scene]:
    """An athlete and `people` - 1 others who cross the picture again and again."""
    for seed in seeds:
        rng = np.random.default_rng([people, seed])
        crowd = [passer(rng) for _ in range(people - 1)]
        athlete = Person((Stand(seconds=0.8), SpeedStep()), facing_deg=-35.0)
        script = Script(f"{people} people, {seed}", SECONDS, (athlete, *crowd), seed=seed)
        yield build_scene(script, fps=FPS)


def passer(rng: np.random.Generator) -> Person:
    """Somebody who walks about before or behind the athlete."""
    depth = float(rng.choice([rng.uniform(-1.6, -0.7), rng.uniform(0.7, 2.5)]))
    begin = float(rng.uniform(-2.2, 2.2))
    moves: list[Stand | Walk] = []
    for _ in range(_WALKS):
        stop = float(rng.uniform(-2.2, 2.2))
        moves += [
            Stand(seconds=float(rng.uniform(0.2, 1.5))),
            Walk(x=stop, y=depth, facing_deg=90.0 if rng.random() < 0.5 else -90.0),
        ]
    return Person(tuple(moves), role="spectator", x=begin, y=depth, facing_deg=0.0)


def found_by_rule(scene: Scene, seed: int = 0) -> Watched:
    """The true joints with noise of everybody who is not hidden, in a random order."""
    rng = np.random.default_rng(seed)
    poses, who = [], []
    for i in range(scene.frames):
        bodies = bodies_of(scene, i)
        seen = [n for n in range(len(bodies)) if _visible(scene, i, n, bodies, rng)]
        rng.shuffle(seen)
        keypoints = np.ones((len(seen), len(BODY), 3), np.float32)
        for row, n in enumerate(seen):
            noise = _NOISE * _size(bodies[n]) * rng.standard_normal(bodies[n].shape)
            keypoints[row, :, :2] = bodies[n] + noise
        poses.append(Poses(BODY, keypoints))
        who.append(seen)
    return Watched(scene.name, scene.t, poses, who)


def bodies_of(scene: Scene, i: int) -> list[Floats]:
    """Everybody's true joints (17, 2)."""
    return [scene.joints(i, n) for n in range(len(scene.cast))]


def _visible(scene: Scene, i: int, n: int, bodies: list[Floats], rng: np.random.Generator) -> bool:
    width, height = scene.size
    inside = np.all((bodies[n] > 0) & (bodies[n] < (width, height)), axis=1)
    if inside.mean() < 0.5 or (n and rng.random() < MISSED):
        return False
    return hidden_share(scene, i, n, bodies) < HIDDEN


def hidden_share(scene: Scene, i: int, n: int, bodies: list[Floats]) -> float:
    """The share of somebody's joints that are outside the picture or behind others' boxes."""
    mine = bodies[n]
    hidden = ~np.all((mine > 0) & (mine < scene.size), axis=1)
    for other in range(len(bodies)):
        if other != n and _depth(scene, i, other) < _depth(scene, i, n):
            low, high = bodies[other].min(axis=0), bodies[other].max(axis=0)
            hidden |= np.all((mine > low) & (mine < high), axis=1)
    return float(hidden.mean())


def _depth(scene: Scene, i: int, n: int) -> float:
    return float(scene.points(scene.t[[i]], n)[0, :, 1].mean())


def _size(body: Floats) -> float:
    return float(np.linalg.norm(np.ptp(body, axis=0)))


def assigned(found: Sequence[Keypoints], bodies: list[Floats]) -> list[int]:
    """Who each found body (17, 3) is: the nearest true one, -1 when none is near."""
    who = []
    for body in found:
        apart = [np.median(np.hypot(*(body[:, :2] - true).T)) / _size(true) for true in bodies]
        best = int(np.argmin(apart))
        who.append(best if apart[best] < _NEAR and best not in who else -1)
    return who


def tracked(watched: Watched) -> list[list[int]]:
    """The identity that our tracker gives to each found person of each frame."""
    tracker, ids = Tracker(watched.poses[0].skeleton), []
    for t, poses in zip(watched.t, watched.poses, strict=True):
        known = {p.keypoints.tobytes(): p.id for p in tracker.update(float(t), poses)}
        ids.append([known[k.tobytes()] for k in poses.keypoints])
    return ids


def by_peer(watched: Watched, fps: float = FPS) -> list[list[list[int]]]:
    """The peer's identities (-1: none yet) for each of its thresholds."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "found.npz"
        counts = [len(poses.keypoints) for poses in watched.poses]
        everybody = np.concatenate([poses.keypoints for poses in watched.poses])
        np.savez(path, fps=fps, counts=counts, people=everybody)
        command = [str(PEER), "bench/norfair_peer.py", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers: list[list[list[int]]] = json.loads(done.stdout)
    return answers


def score(watched: Watched, ids: list[list[int]], people: int) -> Score:
    last: dict[int, int] = {}
    switches = np.zeros(people, int)
    present, athlete_ids = 0, []
    for who, frame_ids in zip(watched.who, ids, strict=True):
        for n, identity in zip(who, frame_ids, strict=True):
            if n < 0 or identity < 0:
                continue
            present += 1
            switches[n] += last.get(n, identity) != identity
            last[n] = identity
            if n == 0:
                athlete_ids.append(identity)
    minutes = present / FPS / 60
    main = max(set(athlete_ids), key=athlete_ids.count)
    seen = sum(0 in who for who in watched.who)
    everybody = {identity for frame in ids for identity in frame if identity >= 0}
    return Score(
        watched.name,
        people,
        float(switches.sum() / minutes),
        int(switches[0]),
        athlete_ids.count(main) / seen,
        len(everybody),
    )


def one_athlete(recordings: Sequence[Path]) -> str:
    """In words, how many key-point recordings of one athlete have one identity only."""
    broken = off = frames = 0
    for path in recordings:
        recording = read_keypoints(path)
        tracker = Tracker(recording.skeleton)
        ids = Counter(
            person.id
            for t, poses in zip(recording.t, recording.poses, strict=True)
            for person in tracker.update(float(t), poses)
        )
        broken += len(ids) > 1
        off += ids.total() - max(ids.values(), default=0)
        frames += ids.total()
    return (
        f"gym recordings in which one athlete has more than one identity: {broken} of "
        f"{len(recordings)}; frames without his main one: {off} of {frames}"
    )


def table(title: str, scores: dict[str, list[Score]]) -> Table:
    result = Table(title=title, title_justify="left")
    for column in ("people", "tracker", "switches/min", "athlete's", "athlete followed", "ids"):
        result.add_column(column, justify="right")
    for people in sorted({s.people for rows in scores.values() for s in rows}):
        for name, rows in scores.items():
            mine = [s for s in rows if s.people == people]
            result.add_row(
                str(people),
                name,
                f"{np.mean([s.switches for s in mine]):.2f}",
                str(sum(s.athlete_switches for s in mine)),
                f"{100 * np.mean([s.followed for s in mine]):.1f} %",
                f"{np.mean([s.identities for s in mine]):.1f}",
            )
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scenes", type=int, default=6, help="of each number of people")
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args(arguments)
    if not options.no_peer and not PEER.exists():
        sys.exit(f"{PEER} is missing; run: make .venv-norfair (or give --no-peer)")
    scores: dict[str, list[Score]] = {"ours": []}
    for people in range(2, 7):
        for scene in scenes(people, range(options.scenes)):
            watched = found_by_rule(scene)
            scores["ours"].append(score(watched, tracked(watched), people))
            if not options.no_peer:
                for i, ids in enumerate(by_peer(watched)):
                    scores.setdefault(f"Norfair {i + 1}", []).append(score(watched, ids, people))
    console = Console(width=100)
    console.print(table("identities, true joints with noise", scores))
    console.print(
        one_athlete(sorted((data_folder() / "gym" / "clips").glob("*.npz"))), soft_wrap=True
    )


if __name__ == "__main__":
    main()
