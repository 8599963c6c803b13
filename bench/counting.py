"""How well the jump counter counts: `python -m bench.counting --tracks DIR`.

DIR holds key-point files (`.npz`, format in the design) in the folders `rope`, `flips` and `other`,
named like the videos in FLIPTALLY_DATA (default `../shared/data`), whose labels they are scored
against. Only steps of speed and alternate step are counted so far: in every other clip, each count
is a false one.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.clips import SETS, data_folder
from models.skeleton import SKELETONS, Keypoints, Skeleton
from realtime.marks import Jump
from realtime.recognise.jumps import JumpCounter
from realtime.stream.body import BodyStream
from realtime.stream.ring import Floats

STEP_KINDS = frozenset({"speed_step", "alternate"})
SLACK_FRAMES = 3
"""A count this far before the first or after the last label is still inside."""
MATCH_FRAMES = 2
"""A count this near to a label is that label's (F1)."""


@dataclass(frozen=True, eq=False)
class Track:
    """One clip's key points (T, joints, 3), capture times (T,) in seconds, increasing, and the
    times of its labelled steps (n,), empty where nobody jumps."""

    name: str
    skeleton: Skeleton
    keypoints: Keypoints
    t: Floats
    labels: Floats
    frame_s: float

    def part(self, keep: NDArray[np.bool_]) -> Track:
        """The frames of this track where `keep` (T,) is true."""
        return replace(self, keypoints=self.keypoints[keep], t=self.t[keep])


@dataclass(frozen=True)
class Score:
    """Counts inside and outside the labelled interval, F1 of single steps, latencies (seconds)."""

    name: str
    labels: int
    inside: int
    outside: int
    f1: float
    latency: tuple[float, float]

    @property
    def error(self) -> int:
        return self.inside - self.labels


def read_track(path: Path, label_frames: Sequence[int] = ()) -> Track:
    """The key-point file at `path`; frames whose time does not increase are left out.

    Raises KeyError when the file lacks key points, skeleton or times.
    """
    with np.load(path) as file:
        keypoints = file["keypoints"]
        skeleton = SKELETONS[str(file["skeleton"])]
        t = file["t"] if "t" in file else np.arange(len(keypoints)) / float(file["fps"])
    labels = t[list(label_frames)] if label_frames else np.empty(0)
    newest = np.maximum.accumulate(np.concatenate(([-np.inf], t[:-1])))
    track = Track(
        Path(path.stem).stem, skeleton, keypoints, t, labels, float(np.median(np.diff(t)))
    )
    return track.part(t > newest)


def read_tracks(tracks: Path, data: Path, which: str) -> list[Track]:
    """All tracks of one set, by name."""
    labels = json.loads((data / which / "labels.json").read_text())
    found = []
    for path in sorted((tracks / which).glob("*.npz")):
        entry = labels.get(path.stem, {})
        steps = entry["frames"] if entry.get("kind") in STEP_KINDS else ()
        found.append(read_track(path, steps))
    return found


def at_rate(track: Track, fps: float) -> Track:
    """The track at another, constant frame rate: linear interpolation between the frames.

    Nobody is seen in a frame that has such a neighbour.
    """
    t = np.arange(track.t[0], track.t[-1], 1 / fps)
    after = np.clip(np.searchsorted(track.t, t), 1, len(track.t) - 1)
    before = after - 1
    part = ((t - track.t[before]) / (track.t[after] - track.t[before]))[:, None, None]
    keypoints = track.keypoints[before] * (1 - part) + track.keypoints[after] * part
    seen = np.count_nonzero(track.keypoints[..., 2], axis=1) > 0
    keypoints[~(seen[before] & seen[after])] = 0
    return replace(track, keypoints=keypoints.astype(np.float32), t=t)


def with_drops(track: Track, share: float, seed: int = 0) -> Track:
    """The track without a random `share` of its frames."""
    kept = np.random.default_rng(seed).random(len(track.t)) >= share
    return track.part(kept)


def count(track: Track, counter: JumpCounter | None = None) -> list[Jump]:
    """What the counter says about a track."""
    counter = counter or JumpCounter()
    body = BodyStream(track.skeleton)
    marks = []
    for frame, (t, person) in enumerate(zip(track.t, track.keypoints, strict=True)):
        marks += counter.update(body.update(frame, float(t), person if person.any() else None))
    marks += counter.finish()
    return [mark for mark in marks if isinstance(mark, Jump)]


def matches(found: Floats, labels: Floats, tolerance: float) -> int:
    """The most pairs of a count and a label within `tolerance`, each used once; both sorted."""
    pairs = i = j = 0
    while i < len(found) and j < len(labels):
        if abs(found[i] - labels[j]) <= tolerance:
            pairs, i, j = pairs + 1, i + 1, j + 1
        elif found[i] < labels[j]:
            i += 1
        else:
            j += 1
    return pairs


def score(track: Track, jumps: Sequence[Jump]) -> Score:
    """Compares counts with the track's labels; frames are those of the original video."""
    times = np.array([jump.time_s for jump in jumps])
    labels = track.labels
    slack, tolerance = ((n + 0.5) * track.frame_s for n in (SLACK_FRAMES, MATCH_FRAMES))
    inside = 0
    if len(labels):
        inside = int(np.sum((times > labels[0] - slack) & (times < labels[-1] + slack)))
    pairs = matches(times, labels, tolerance)
    waits = [jump.emitted_s - jump.time_s for jump in jumps] or [np.nan]
    return Score(
        track.name,
        len(labels),
        inside,
        len(jumps) - inside,
        2 * pairs / max(len(labels) + len(jumps), 1),
        (float(np.median(waits)), float(np.percentile(waits, 95))),
    )


Variant = Callable[[Track], Track]
VARIANTS: dict[str, Variant] = {
    "native": lambda track: track,
    "15 fps": lambda track: at_rate(track, 15),
    "25 fps": lambda track: at_rate(track, 25),
    "60 fps": lambda track: at_rate(track, 60),
    "120 fps": lambda track: at_rate(track, 120),
    "5 % drops": lambda track: with_drops(track, 0.05),
}


def report(labelled: Iterable[Track], unlabelled: Sequence[Track]) -> Table:
    """One table: a row per labelled clip and variant, the totals (of absolute
    errors), and the false counts. Delay: median / 95 % from a jump to its being said."""
    table = Table("clip", "frames", "labels", "inside", "error", "outside", "F1", "delay ms")
    clips = list(labelled)
    for name, variant in VARIANTS.items():
        scores = []
        for clip in clips:
            varied = variant(clip)
            scores.append(score(varied, count(varied)))
        for one in scores:
            latency = " / ".join(f"{1000 * s:.0f}" for s in one.latency)
            table.add_row(one.name, name, *_cells(one), f"{one.f1:.3f}", latency)
        false = sum(len(count(variant(clip))) for clip in unlabelled)
        total = [sum(values) for values in zip(*map(_numbers, scores), strict=True)]
        table.add_row("total", name, *map(str, total))
        table.add_row(f"{len(unlabelled)} other clips", name, "0", "", "", str(false))
        table.add_section()
    return table


def _numbers(one: Score) -> tuple[int, int, int, int]:
    return one.labels, one.inside, abs(one.error), one.outside


def _cells(one: Score) -> tuple[str, str, str, str]:
    return str(one.labels), str(one.inside), f"{one.error:+d}", str(one.outside)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=Path, required=True, help="folder of key-point files")
    arguments = parser.parse_args()
    data = data_folder()
    tracks = [track for which in SETS for track in read_tracks(arguments.tracks, data, which)]
    labelled = [track for track in tracks if len(track.labels)]
    others = [track for track in tracks if not len(track.labels)]
    Console().print(report(labelled, others))


if __name__ == "__main__":
    main()
