"""The jump counter: its errors on labelled real clips beside those on simulated ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.table import Table

from bench.counting import MATCH_FRAMES, Track, count, read_tracks, score
from bench.reality_scenes import Filmed
from bench.staged import Floats
from models.skeleton import BODY, Keypoints
from realtime.marks import Jump

Seen = Callable[[Filmed], Keypoints]
"""Key points (T, 17, 3) of a shot as one kind of network would give them."""
_REAL = ("china_1", "hiro_1", "hiro_2", "jp_1", "us_3")


@dataclass(frozen=True, eq=False)
class Counted:
    """The counter's answers to one clip: `error` counts too many inside the labelled interval,
    `outside` those beyond it, `f1` of single steps; of those that match a label, how much later
    than it they are marked (`late_s`) and said (`said_s`), both (n,)."""

    steps: int
    error: int
    outside: int
    f1: float
    late_s: Floats
    said_s: Floats


def counted(track: Track) -> Counted:
    jumps = count(track)
    result = score(track, jumps)
    near = [_nearest(jump, track) for jump in jumps] if len(track.labels) else []
    pairs = np.array([pair for pair in near if pair is not None]).reshape(-1, 2)
    return Counted(result.labels, result.error, result.outside, result.f1, pairs[:, 0], pairs[:, 1])


def _nearest(jump: Jump, track: Track) -> tuple[float, float] | None:
    """How much later than the nearest label a jump is marked and said; None for one too far."""
    label = track.labels[np.abs(track.labels - jump.time_s).argmin()]
    if abs(jump.time_s - label) > (MATCH_FRAMES + 0.5) * track.frame_s:
        return None
    return float(jump.time_s - label), float(jump.emitted_s - label)


def as_track(shot: Filmed, keypoints: Keypoints) -> Track:
    """A simulated shot with its true jumps as labels."""
    labels = np.array([jump.time_s for jump in shot.truth.jumps])
    return Track(shot.shot.view, BODY, keypoints, shot.t, labels, 1 / shot.shot.fps)


def counting_table(
    tracks: Path, data: Path, shots: Sequence[Filmed], seen: dict[str, Seen]
) -> Table:
    """A row for each real clip, their sum, and the simulated ones by what takes the place of the
    pose network, view, frame rate and picture; those with a miss, which no real clip has, apart."""
    table = Table(title="counter: speed steps", caption="later: medians, in ms after the label")
    columns = ("clips", "n", "steps", "errors / 100", "outside / 100", "exact %", "F1")
    for column in (*columns, "marked later", "said later"):
        table.add_column(column, justify="left" if column == "clips" else "right")
    real = [t for t in read_tracks(tracks, data, "rope") if t.name in _REAL]
    for track in real:
        table.add_row(f"real, {track.name}", *_cells([counted(track)]))
    table.add_row("real, all", *_cells([counted(track) for track in real]))
    speed = [shot for shot in shots if shot.shot.group == "speed"]
    for name, how in seen.items():
        table.add_section()
        found = [(shot.shot, counted(as_track(shot, how(shot)))) for shot in speed]
        steady = [(shot, one) for shot, one in found if not shot.misses]
        for trait, unit in (("view", ""), ("fps", " fps"), ("picture", "")):
            for value in dict.fromkeys(getattr(shot, trait) for shot, _ in steady):
                part = [one for shot, one in steady if getattr(shot, trait) == value]
                table.add_row(f"simulated, {name}, {value}{unit}", *_cells(part))
        table.add_row(f"simulated, {name}, all", *_cells([one for _, one in steady]))
        if caught := [one for shot, one in found if shot.misses]:
            table.add_row(f"simulated, {name}, with a miss", *_cells(caught))
    return table


def _cells(clips: Sequence[Counted]) -> list[str]:
    steps = max(sum(clip.steps for clip in clips), 1)
    errors = sum(abs(clip.error) for clip in clips)
    outside = sum(clip.outside for clip in clips)
    exact = np.mean([clip.error == 0 and clip.outside == 0 for clip in clips])
    late, said = (
        np.concatenate([getattr(c, name) for c in clips]) for name in ("late_s", "said_s")
    )
    return [
        *(str(len(clips)), str(steps)),
        *(f"{100 * errors / steps:.2f}", f"{100 * outside / steps:.2f}"),
        *(f"{100 * exact:.0f}", f"{np.mean([clip.f1 for clip in clips]):.3f}"),
        *(f"{1000 * np.median(v):.0f}" if len(v) else "" for v in (late, said)),
    ]
