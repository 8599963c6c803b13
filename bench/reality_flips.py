"""The flip rule: what it finds on real and on simulated key points, and how often it is wrong."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.table import Table

from bench.counting import Track, read_track
from bench.flips_cases import Expected
from bench.reality_scenes import Filmed
from bench.staged import Floats
from models.skeleton import BODY, Keypoints, Skeleton
from realtime.marks import Event
from realtime.recognise.flips import FlipRecogniser
from realtime.stream.body import BodyStream

Seen = Callable[[Filmed], Keypoints]
_NEAR_S = 0.35
"""An event whose landing is this near to a true one is about that."""
_GYM_FPS = 60.0
_ELEMENTS = ("backflip", "handspring")
_OF_TUMBLERS = ("flips",)


@dataclass(frozen=True, eq=False)
class Judged:
    """Of `elements` true ones, `right` were said, `wrong` were said to be the other kind, the rest
    missed; `false` events belong to none, in `seconds`. `late_s` (n,) is how much later than the
    true landing those that are right say it was."""

    elements: int
    right: int
    wrong: int
    false: int
    seconds: float
    late_s: Floats


def events(skeleton: Skeleton, keypoints: Keypoints, t: Floats) -> list[Event]:
    """What the rule says about key points (T, joints, 3) at times `t` (T,)."""
    body, rule, marks = BodyStream(skeleton), FlipRecogniser(evidence="kinematics"), []
    for frame, (now, person) in enumerate(zip(t, keypoints, strict=True)):
        marks += rule.update(body.update(frame, float(now), person if person.any() else None))
    return [mark for mark in [*marks, *rule.finish()] if isinstance(mark, Event)]


def judge(said: Sequence[Event], expected: Sequence[Expected], seconds: float) -> Judged:
    """Each true element takes the first event near its landing."""
    left, late = list(said), []
    right = wrong = 0
    for one in expected:
        near = next((e for e in left if abs(e.end_s - one.landing_s) < _NEAR_S), None)
        if near is None:
            continue
        left.remove(near)
        if near.kind == one.kind:
            right += 1
            late.append(near.end_s - one.landing_s)
        else:
            wrong += 1
    return Judged(len(expected), right, wrong, len(left), seconds, np.array(late))


def judged_track(track: Track, expected: Sequence[Expected]) -> Judged:
    said = events(track.skeleton, track.keypoints, track.t)
    return judge(said, expected, float(np.ptp(track.t)))


def gym(folder: Path) -> dict[str, list[Judged]]:
    """The real recordings by kind."""
    found: dict[str, list[Judged]] = {kind: [] for kind in _ELEMENTS}
    with (folder / "index.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            moments = (int(row[name]) / _GYM_FPS for name in ("takeoff", "landing"))
            track = read_track(folder / "clips" / f"{row['clip']}.npz")
            found[row["label"]].append(judged_track(track, [Expected(row["label"], *moments)]))
    return found


def filmed_flips(tracks: Path, data: Path) -> Iterator[Judged]:
    """The videos with labelled backflips on the ground."""
    for name, entry in json.loads((data / "flips" / "labels.json").read_text()).items():
        flips = [event for event in entry["events"] if event["skill"] == "backflip"]
        if flips:
            track = read_track(tracks / "flips" / f"{name}.npz")
            yield judged_track(
                track,
                [
                    Expected("backflip", *(float(track.t[f[m]]) for m in ("takeoff", "landing")))
                    for f in flips
                ],
            )


def no_flips(tracks: Path, data: Path) -> dict[str, list[Judged]]:
    """The videos without backflip and handspring, by set."""
    labels = json.loads((data / "flips" / "labels.json").read_text())
    skills = {"backflip", "back_handspring", "double_back_somersault"}
    tumbled = {n for n, e in labels.items() if any(x["skill"] in skills for x in e["events"])}
    found: dict[str, list[Judged]] = {}
    for path in sorted(tracks.glob("*/*.npz")):
        if path.stem not in tumbled:
            found.setdefault(path.parent.name, []).append(judged_track(read_track(path), []))
    return found


def simulated(shot: Filmed, keypoints: Keypoints) -> Judged:
    expected = [
        Expected(event.kind, event.takeoff_s, event.landing_s)
        for event in shot.truth.events
        if event.kind in _ELEMENTS
    ]
    return judge(events(BODY, keypoints, shot.t), expected, float(np.ptp(shot.t)))


def flip_tables(
    tracks: Path, data: Path, shots: Sequence[Filmed], seen: dict[str, Seen]
) -> Iterator[Table]:
    yield _found_table(tracks, data, shots, seen)
    yield _false_table(tracks, data, shots, seen)


def _found_table(tracks: Path, data: Path, shots: Sequence[Filmed], seen: dict[str, Seen]) -> Table:
    table = Table(title="flip rule: elements")
    columns = ("clips", "elements", "right", "other kind", "missed", "landing late ms, 5/50/95 %")
    for column in columns:
        table.add_column(column, justify="left" if column == "clips" else "right")
    for kind, parts in gym(data / "gym").items():
        table.add_row(f"real, OpenPose, side, {kind}", *_found_cells(parts))
    films = list(filmed_flips(tracks, data))
    table.add_row("real, BlazePose, side, backflip", *_found_cells(films))
    flips = [shot for shot in shots if shot.shot.group == "flips"]
    for name, how in seen.items():
        table.add_section()
        for view in dict.fromkeys(shot.shot.view for shot in flips):
            for kind in _ELEMENTS:
                parts = [
                    simulated(shot, how(shot))
                    for shot in flips
                    if shot.shot.view == view and shot.truth.events[0].kind == kind
                ]
                table.add_row(f"simulated, {name}, {view}, {kind}", *_found_cells(parts))
    return table


def _found_cells(parts: Sequence[Judged]) -> list[str]:
    elements, right, wrong = (
        sum(getattr(part, name) for part in parts) for name in ("elements", "right", "wrong")
    )
    late = np.concatenate([part.late_s for part in parts]) if parts else np.empty(0)
    spread = "/".join(f"{1000 * v:.0f}" for v in np.percentile(late, (5, 50, 95))) if right else ""
    counts = (elements, right, wrong, elements - right - wrong)
    return [*map(str, counts), spread]


def _false_table(tracks: Path, data: Path, shots: Sequence[Filmed], seen: dict[str, Seen]) -> Table:
    table = Table(title="flip rule: false events")
    for column in ("clips", "n", "minutes", "false", "in a minute"):
        table.add_column(column, justify="left" if column == "clips" else "right")
    for which, parts in no_flips(tracks, data).items():
        table.add_row(f"real, {which}", *_false_cells(parts))
    for name, how in seen.items():
        table.add_section()
        for group in dict.fromkeys(shot.shot.group for shot in shots):
            parts = [simulated(s, how(s)) for s in shots if s.shot.group == group]
            table.add_row(f"simulated, {name}, {group}", *_false_cells(parts))
    return table


def _false_cells(parts: Sequence[Judged]) -> list[str]:
    minutes, false = sum(p.seconds for p in parts) / 60, sum(p.false for p in parts)
    return [str(len(parts)), f"{minutes:.1f}", str(false), f"{false / max(minutes, 1e-9):.2f}"]
