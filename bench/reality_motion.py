"""How real and how simulated athletes do speed steps, seen through the same pose engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.table import Table

from bench.counting import read_tracks
from bench.reality_measures import StepMotion, between, flight_motion, step_motion
from bench.reality_pose import body_of
from bench.reality_scenes import Filmed
from bench.staged import Ingredients
from bench.transfer_clips import Clip, gym_clips
from bench.transfer_simulated import simulated_flips

_FLIGHTS, _FLIGHTS_SEED = 100, 3
_REAL = ("china_1", "hiro_1", "hiro_2", "jp_1", "us_3", "alternate_1")


def motion_tables(tracks: Path, data: Path, shots: Sequence[Filmed]) -> Iterator[Table]:
    yield _steps_table(tracks, data, shots)
    yield _flights_table(data)


def _steps_table(tracks: Path, data: Path, shots: Sequence[Filmed]) -> Table:
    """Each real clip, the range of these, and that of the simulated ones at 30 fps by view."""
    table = Table(title="speed steps as the pose engine shows them; simulated: least to most")
    columns = ("swing, legs", "down %", "bounce, legs", "lean, deg", "steps / s", "unsteady %")
    for column in ("clips", *columns):
        table.add_column(column, justify="left" if column == "clips" else "right")
    real = dict(_real(tracks, data))
    for name, motion in real.items():
        table.add_row(name, *(f"{value:.3g}" for value in _numbers(motion)))
    table.add_row("real, all", *_range(list(real.values())))
    table.add_section()
    views: dict[str, list[StepMotion]] = {}
    for shot in shots:
        if shot.shot.group == "speed" and shot.shot.fps == 30:
            views.setdefault(shot.shot.view, []).append(_simulated(shot))
    for view, found in views.items():
        table.add_row(f"simulated, {view}", *_range(found))
    table.add_row("simulated, all", *_range([one for found in views.values() for one in found]))
    return table


def _flights_table(data: Path) -> Table:
    """The recordings of real athletes and true joints of simulated ones, all from the side."""
    table = Table(title="take-off to landing, 5/50/95 %; heights and ways in leg lengths")
    columns = ("clips", "n", "ms", "hips rise", "hips travel")
    for column in columns:
        table.add_column(column, justify="left" if column == "clips" else "right")
    exact = Ingredients(noise=None, views=False)
    sets = {
        "real": gym_clips(data / "gym"),
        "simulated": simulated_flips(_FLIGHTS, _FLIGHTS_SEED, exact),
    }
    for kind in ("backflip", "handspring"):
        for name, clips in sets.items():
            these = [clip for clip in clips if clip.kind == kind]
            table.add_row(f"{kind}, {name}", str(len(these)), *_flight_cells(these))
    return table


def _flight_cells(clips: Sequence[Clip]) -> list[str]:
    flights = [flight_motion(c.keypoints, c.t, c.takeoff_s, c.landing_s) for c in clips]
    rows = np.array([(1000 * f.seconds, f.rise, f.travel) for f in flights])
    spread = np.nanpercentile(rows, (5, 50, 95), axis=0).T
    return ["/".join(f"{value:.3g}" for value in column) for column in spread]


def _real(tracks: Path, data: Path) -> Iterator[tuple[str, StepMotion]]:
    for track in read_tracks(tracks, data, "rope"):
        if track.name in _REAL:
            part = track.part(between(track.t, track.labels[0], track.labels[-1]))
            yield track.name, step_motion(body_of(part), part.t)


def _simulated(shot: Filmed) -> StepMotion:
    jumps = shot.truth.jumps
    inside = between(shot.t, jumps[0].time_s, jumps[-1].time_s)
    return step_motion(shot.found[inside], shot.t[inside])


def _numbers(motion: StepMotion) -> list[float]:
    return [
        *(motion.swing, 100 * motion.down, motion.bounce),
        *(motion.lean_deg, motion.cadence, 100 * motion.unsteady),
    ]


def _range(motions: Sequence[StepMotion]) -> list[str]:
    columns = np.array([_numbers(motion) for motion in motions]).T
    return [f"{column.min():.2g}-{column.max():.2g}" for column in columns]
