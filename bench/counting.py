"""How well the jump counter counts: `python -m bench.counting --tracks DIR`.

DIR holds key-point files (`.npz`, format in the design) in the folders `rope`, `flips` and `other`,
named like the videos in FLIPTALLY_DATA (default `../shared/data`), whose labels they are scored
against: steps of speed and alternate step, and jumps with both feet. In every other clip nobody
jumps over a rope: there each count is a false one. `bench.counting_limits` says what the limits are
worth.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.clips import SETS, data_folder
from models.rope.learned.network import shipped
from models.skeleton import SKELETONS, Keypoints, Skeleton
from realtime.marks import Jump
from realtime.recognise.jumps import JumpCounter
from realtime.stream.body import BodyPose, BodyStream
from realtime.stream.ring import Floats

STEP_KINDS = frozenset({"speed_step", "alternate"})
BOTH_KINDS = frozenset({"single", "double_under"})
SLACK_FRAMES = 3
"""A count this far before the first or after the last label is still inside."""
MATCH_FRAMES = 2
"""A count this near to a label is that label's (F1)."""
_LANDING_S = 0.5  # after the highest point, which some labels are of
PEERS: dict[str, tuple[str, ...]] = {
    "china_1": ("40", "0", "58", "0 / 1", "7", "145", "233"),
    "hiro_1": ("77", "2", "3", "0 / 0", "0", "52", "80"),
    "hiro_2": ("73", "0", "2", "0 / 0", "1", "67", "139"),
    "jp_1": ("184", "35", "63", "3 / 0", "0", "139", "303"),
    "us_3": ("128", "0", "36", "4 / 63", "3", "108", "246"),
}
"""What others count on the same key points, as in the project's findings, us_3 cropped to the
athlete where that was tried. The two networks of the seed count the whole clip, on which they were
trained."""
PEER_NAMES = ("Hooneybadger", "chenwr727", "ryuh2929", "AIGym L/R", "danimaaz", "flow", "grey")


@dataclass(frozen=True, eq=False)
class Track:
    """One clip's key points (T, joints, 3), capture times (T,) in seconds, increasing, and the
    times of its labelled jumps (n,). `exactly` is whether these are landings; where only the number
    is known, there are no labels but `about` so many jumps within `spans` (seconds)."""

    name: str
    skeleton: Skeleton
    keypoints: Keypoints
    t: Floats
    labels: Floats
    frame_s: float
    kind: str = ""
    exactly: bool = True
    about: int = 0
    spans: tuple[tuple[float, float], ...] = ()

    @property
    def expected(self) -> int:
        """How often somebody jumps over a rope."""
        return len(self.labels) or self.about

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


def read_tracks(tracks: Path, data: Path, which: str, kinds: Set[str] = STEP_KINDS) -> list[Track]:
    """All tracks of one set, by name, with the labels of those `kinds`."""
    labels = json.loads((data / which / "labels.json").read_text())
    found = []
    for path in sorted((tracks / which).glob("*.npz")):
        entry = labels.get(path.stem, {})
        known = entry.get("kind") in kinds
        track = read_track(path, entry.get("frames", ()) if known else ())
        found.append(labelled(track, entry) if known else track)
    return found


def labelled(track: Track, entry: dict[str, Any]) -> Track:
    """The track, whose labels have their times, with what else its entry of the labels says."""
    spans = tuple((a * track.frame_s, b * track.frame_s) for a, b in entry.get("segments", ()))
    exactly = entry["kind"] in STEP_KINDS or entry.get("marks_are") == "landings"
    return replace(
        track,
        kind=entry["kind"],
        exactly=exactly,
        about=sum(entry.get("count_approx", ())),
        spans=spans,
    )


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


def poses(track: Track) -> list[BodyPose]:
    """What the counter sees of a track."""
    body = BodyStream(track.skeleton)
    return [
        body.update(frame, float(t), person if person.any() else None)
        for frame, (t, person) in enumerate(zip(track.t, track.keypoints, strict=True))
    ]


def jumps_of(seen: Iterable[BodyPose], counter: JumpCounter) -> list[Jump]:
    """The jumps that the counter says of what it sees."""
    marks = [mark for pose in seen for mark in counter.update(pose)] + counter.finish()
    return [mark for mark in marks if isinstance(mark, Jump)]


def count(track: Track, counter: JumpCounter | None = None) -> list[Jump]:
    """What the counter says about a track."""
    return jumps_of(poses(track), counter or JumpCounter(witness=shipped()))


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
    tolerance = (MATCH_FRAMES + 0.5) * track.frame_s
    inside = sum(int(np.sum((times > a) & (times < b))) for a, b in _inside(track))
    pairs = matches(times, labels, tolerance)
    waits = [jump.emitted_s - jump.time_s for jump in jumps] or [np.nan]
    return Score(
        track.name,
        track.expected,
        inside,
        len(jumps) - inside,
        2 * pairs / max(len(labels) + len(jumps), 1) if track.exactly and len(labels) else np.nan,
        (float(np.median(waits)), float(np.percentile(waits, 95))),
    )


def _inside(track: Track) -> tuple[tuple[float, float], ...]:
    """When (seconds) a count is not outside."""
    if not len(track.labels):
        return track.spans
    slack = (SLACK_FRAMES + 0.5) * track.frame_s
    landing = 0.0 if track.exactly else _LANDING_S
    return ((float(track.labels[0]) - slack, float(track.labels[-1]) + slack + landing),)


Variant = Callable[[Track], Track]
VARIANTS: dict[str, Variant] = {
    "native": lambda track: track,
    "15 fps": lambda track: at_rate(track, 15),
    "25 fps": lambda track: at_rate(track, 25),
    "60 fps": lambda track: at_rate(track, 60),
    "120 fps": lambda track: at_rate(track, 120),
    "5 % drops": lambda track: with_drops(track, 0.05),
}


def report(labelled: Sequence[Track], others: Sequence[Track]) -> tuple[Table, list[Score]]:
    """One table: a row per labelled clip and variant, the totals (of absolute errors), and the
    false counts. Delay: median / 95 % from a jump to its being said. With the scores as filmed."""
    table = Table("clip", "frames", "labels", "inside", "error", "outside", "F1", "delay ms")
    as_filmed: list[Score] = []
    for name, variant in VARIANTS.items():
        scores = [score(varied, count(varied)) for varied in map(variant, labelled)]
        as_filmed = as_filmed or scores
        for one in scores:
            latency = " / ".join(f"{1000 * s:.0f}" for s in one.latency)
            f1 = "" if np.isnan(one.f1) else f"{one.f1:.3f}"
            table.add_row(one.name, name, *_cells(one), f1, latency)
        false = {clip.name: len(count(variant(clip))) for clip in others}
        total = [sum(values) for values in zip(*map(_numbers, scores), strict=True)]
        table.add_row("total", name, *map(str, total))
        table.add_row(f"{len(others)} other clips", name, "0", "", "", str(sum(false.values())))
        for clip, counts in false.items():
            if counts:
                table.add_row(f"  {clip}", name, "0", "", "", str(counts))
        table.add_section()
    return table, as_filmed


def peers_table(scores: Iterable[Score]) -> Table:
    """Counts inside the labelled interval, ours and others'."""
    table = Table("clip", "labels", "FlipTally", *PEER_NAMES, title="others on the same key points")
    for one in scores:
        theirs = PEERS.get(Path(one.name).stem)
        if theirs:
            table.add_row(one.name, str(one.labels), str(one.inside), *theirs)
    return table


def _numbers(one: Score) -> tuple[int, int, int, int]:
    return one.labels, one.inside, abs(one.error), one.outside


def _cells(one: Score) -> tuple[str, str, str, str]:
    return str(one.labels), str(one.inside), f"{one.error:+d}", str(one.outside)


def read_all(tracks: Path) -> tuple[list[Track], list[Track]]:
    """The tracks in which somebody jumps over a rope, steps first, and all others."""
    kinds, data = STEP_KINDS | BOTH_KINDS, data_folder()
    found = [track for which in SETS for track in read_tracks(tracks, data, which, kinds)]
    jumping = [track for track in found if track.expected]
    jumping.sort(key=lambda track: track.kind not in STEP_KINDS)
    return jumping, [track for track in found if not track.expected]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=Path, required=True, help="folder of key-point files")
    table, scores = report(*read_all(parser.parse_args().tracks))
    console = Console()
    console.print(table)
    console.print(peers_table(scores))


if __name__ == "__main__":
    main()
