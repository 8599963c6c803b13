"""The pose engine: against the truth of simulated athletes, then what can be told without a truth,
side by side with real videos."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.table import Table

from bench.compare import Comparison, compare, largest_step, rotation_of, trunk_axis
from bench.counting import Track, read_track
from bench.reality_measures import (
    JOINTS,
    LIMBS,
    between,
    confidence_quantiles,
    jitter,
    limb_variation,
    seen_share,
)
from bench.reality_scenes import Filmed
from bench.swaps import Agreement, agreement, left_lower
from models.skeleton import BODY, Keypoints, convert

_SHARES = (0.05, 0.25, 0.5)
_STEP_KIND = "speed_step"
_STANDING = {"hiro_2.mp4": (10, 190), "jp_1.mp4": (10, 250), "single_with_idle.mp4": (150, 350)}
"""Frames in which the athletes of these clips wait (README of the data)."""
_INVERTED = (120.0, 240.0)
_AROUND_S = (0.3, 0.5)  # before the take-off, after the landing
_NETWORK_FPS = 30.0  # of the real videos

Columns = Mapping[str, Sequence[Keypoints]]
"""By the name of a column, the key points (T, 17, 3) of several clips."""


def pose_tables(tracks: Path, data: Path, shots: Sequence[Filmed]) -> Iterator[Table]:
    yield _truth_table(shots)
    at_30 = [shot for shot in shots if shot.shot.fps == _NETWORK_FPS]
    yield _flight_table(tracks, data, at_30)
    yield _sides_table(tracks, data, at_30)
    steps = {
        "real": list(real_steps(tracks, data).values()),
        "simulated": [simulated_steps(shot) for shot in at_30 if shot.shot.group == "speed"],
    }
    standing = {
        "real": list(real_standing(tracks)),
        **{
            f"simulated, {picture}": list(simulated_standing(at_30, picture))
            for picture in ("clean", "as filmed")
        },
    }
    flights = {
        "real": [part for _, part in real_flights(tracks, data)],
        "simulated": [part for _, part in simulated_flights(at_30)],
    }
    yield _joint_table("jitter standing still, % of the trunk", standing, jitter, JOINTS, 100)
    yield _joint_table(
        "spread of limb lengths in speed step, % of the mean", steps, limb_variation, LIMBS, 100
    )
    yield _confidence_table({"speed step": steps, "backflip": flights})


def body_of(track: Track) -> Keypoints:
    return convert(track.keypoints, track.skeleton, BODY)


def real_steps(tracks: Path, data: Path) -> dict[str, Keypoints]:
    """The labelled speed steps, from the first label to the last."""
    found = {}
    for name, entry in json.loads((data / "rope" / "labels.json").read_text()).items():
        if entry["kind"] == _STEP_KIND:
            track = read_track(tracks / "rope" / f"{name}.npz", entry["frames"])
            inside = between(track.t, track.labels[0], track.labels[-1])
            found[name] = body_of(track.part(inside))
    return found


def simulated_steps(shot: Filmed) -> Keypoints:
    """From the first jump to the last."""
    jumps = shot.truth.jumps
    return shot.found[between(shot.t, jumps[0].time_s, jumps[-1].time_s)]


def real_standing(tracks: Path) -> Iterator[Keypoints]:
    for name, (first, last) in _STANDING.items():
        yield body_of(read_track(tracks / "rope" / f"{name}.npz"))[first:last]


def simulated_standing(shots: Sequence[Filmed], picture: str) -> Iterator[Keypoints]:
    """Before the rope is taken up."""
    for shot in shots:
        if shot.shot.group == "speed" and shot.shot.picture == picture:
            yield shot.found[between(shot.t, 0.3, shot.shot.stands_s)]


def real_flights(tracks: Path, data: Path) -> Iterator[tuple[Keypoints, Keypoints]]:
    """The labelled backflips: from take-off to landing, and with what is around."""
    for name, entry in json.loads((data / "flips" / "labels.json").read_text()).items():
        for event in entry["events"]:
            if event["skill"] == "backflip":
                track = read_track(tracks / "flips" / f"{name}.npz")
                begin, end = (float(track.t[event[edge]]) for edge in ("takeoff", "landing"))
                yield _flight(body_of(track), track.t, begin, end)


def simulated_flights(shots: Sequence[Filmed]) -> Iterator[tuple[Keypoints, Keypoints]]:
    for shot in shots:
        for event in shot.truth.events:
            if event.kind == "backflip" and shot.shot.view == "side":
                yield _flight(shot.found, shot.t, event.takeoff_s, event.landing_s)


def _flight(
    keypoints: Keypoints, t: np.ndarray, begin: float, end: float
) -> tuple[Keypoints, Keypoints]:
    flight = keypoints[between(t, begin, end)]
    return flight, keypoints[between(t, begin - _AROUND_S[0], end + _AROUND_S[1])]


def _truth_table(shots: Sequence[Filmed]) -> Table:
    """Errors of those frames whose skeleton is not turned over."""
    table = Table(title="pose engine against the truth, simulated: % of the trunk, p50 / p95")
    groups = list(dict.fromkeys((shot.shot.group, shot.shot.view) for shot in shots))
    names = ("frames", "found %", "upside down", "turned over %", "sides exchanged %", *JOINTS)
    table.add_column("clips")
    for name in names:
        table.add_column(name, justify="right")
    for group, view in groups:
        parts = [s for s in shots if (s.shot.group, s.shot.view) == (group, view)]
        rows = Comparison.joined([compare(s.joints, s.found) for s in parts])
        rotation = np.concatenate([rotation_of(trunk_axis(s.joints)) for s in parts])
        table.add_row(f"{group}, {view}", *_truth_cells(rows, rotation))
    return table


def _truth_cells(rows: Comparison, rotation: np.ndarray) -> list[str]:
    inverted = between(rotation, *_INVERTED)
    over = rows.overturned[inverted]
    told = rows.swapped[np.isfinite(rows.swapped)]
    cells = [str(len(rotation)), f"{100 * rows.detected.mean():.1f}", str(int(inverted.sum()))]
    cells += [f"{100 * v.mean():.1f}" if len(v) else "" for v in (over, told)]
    error = rows.error[rows.usable]
    for joints in JOINTS.values():
        here = error[:, joints]
        here = here[np.isfinite(here)]
        p50, p95 = np.percentile(here, (50, 95)) if len(here) else (np.nan, np.nan)
        cells.append(f"{100 * p50:.1f}/{100 * p95:.0f}")
    return cells


def _flight_table(tracks: Path, data: Path, shots: Sequence[Filmed]) -> Table:
    table = Table(title=f"backflips from the side at {_NETWORK_FPS:g} fps, BlazePose")
    for column in ("clips", "flips", "skeleton in flight %", "largest trunk step, p50 / max, deg"):
        table.add_column(column, justify="left" if column == "clips" else "right")
    for name, flights in (
        ("real", list(real_flights(tracks, data))),
        ("simulated", list(simulated_flights(shots))),
    ):
        seen = np.mean([seen_share(flight) for flight, _ in flights])
        steps = [largest_step(around) for _, around in flights]
        cells = f"{100 * seen:.1f}", f"{np.median(steps):.0f} / {max(steps):.0f}"
        table.add_row(name, str(len(flights)), *cells)
    return table


def _sides_table(tracks: Path, data: Path, shots: Sequence[Filmed]) -> Table:
    """See `bench.swaps`."""
    table = Table(title="speed steps in which the lower foot alternates (bench.swaps)")
    for column in ("clips", "labels", "seen", "agree %", "neighbours %", "exchanges / 100"):
        table.add_column(column, justify="left" if column == "clips" else "right")
    rows: dict[str, list[Agreement]] = {"real": [], "simulated, all": []}
    for name, entry in json.loads((data / "rope" / "labels.json").read_text()).items():
        if entry["kind"] == _STEP_KIND:
            track = read_track(tracks / "rope" / f"{name}.npz")
            rows["real"].append(agreement(left_lower(body_of(track), entry["frames"])))
    for shot in shots:
        if shot.shot.group == "speed":
            times = [jump.time_s for jump in shot.truth.jumps]
            frames = [int(i) for i in np.searchsorted(shot.t, times)]
            one = agreement(left_lower(shot.found, frames))
            rows["simulated, all"].append(one)
            rows.setdefault(f"simulated, {shot.shot.view}", []).append(one)
    for name, clips in rows.items():
        table.add_row(name, *_sides_cells(clips))
    return table


def _sides_cells(clips: Sequence[Agreement]) -> list[str]:
    labels, seen, agree, swaps = (
        sum(getattr(clip, name) for clip in clips) for name in ("labels", "seen", "agree", "swaps")
    )
    neighbours = float(np.mean([clip.alternate for clip in clips]))
    shares = f"{100 * agree / max(seen, 1):.1f}", f"{100 * neighbours:.1f}"
    return [str(labels), str(seen), *shares, f"{100 * swaps / max(labels, 1):.1f}"]


def _joint_table(
    title: str,
    columns: Columns,
    measure: Callable[[Keypoints], dict[str, float]],
    names: Mapping[str, object],
    scale: float,
) -> Table:
    """Median of the clips (least to most) of what `measure` says."""
    table = Table(title=title)
    table.add_column("")
    for column, clips in columns.items():
        table.add_column(f"{column} ({len(clips)} clips)", justify="right")
    measured = {column: [measure(clip) for clip in clips] for column, clips in columns.items()}
    for name in names:
        cells = []
        for found in measured.values():
            values = scale * np.array([one[name] for one in found])
            cells.append(
                f"{np.nanmedian(values):.2f} ({np.nanmin(values):.2f}-{np.nanmax(values):.2f})"
            )
        table.add_row(name, *cells)
    return table


def _confidence_table(groups: Mapping[str, Columns]) -> Table:
    shares = "/".join(f"{100 * share:.0f}" for share in _SHARES)
    table = Table(title=f"confidence of BlazePose, {shares} % of the frames are below")
    table.add_column("")
    quantiles = []
    for group, columns in groups.items():
        for column, clips in columns.items():
            table.add_column(f"{group}, {column}", justify="right")
            quantiles.append(confidence_quantiles(np.concatenate(clips), _SHARES))
    for name in JOINTS:
        table.add_row(name, *("/".join(f"{v:.2f}" for v in one[name]) for one in quantiles))
    return table
