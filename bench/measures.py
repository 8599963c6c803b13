"""How exactly flights and steps are measured: `python -m bench.measures`.

Simulated athletes, seen from the side, against their exact truth: with exact key points and with
those that the noise models of BlazePose and OpenPose make of them. Then what the recordings of
`gym` measure (FLIPTALLY_DATA, default `../shared/data`), whose truth nobody knows, beside what was
found on them before.

The simulation's feet may skim the floor before they meet it: what is lower than 1 cm is on the
floor in the column "skims", the most that this moves a landing.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from bench.counting import read_track
from calibration.measures import (
    Floats,
    MeasureError,
    centre_of_mass,
    filled,
    from_pixels,
    leg_length,
)
from calibration.measures_cadence import cadence_curve, step_times
from calibration.measures_flight import Flight, flights
from calibration.measures_motion import (
    height_from_airtime,
    jump_height,
    rotation,
    take_off,
    travel,
)
from models.simulation.figure import POINT
from models.simulation.figure import centre_of_mass as true_centre_of_mass
from models.simulation.noise.model import KeypointNoise, Network
from models.simulation.scene import Scene
from models.simulation.script import Script
from models.simulation.staging import build_scene
from models.skeleton import BODY, convert

MOVES = ("backflip", "handspring", "straight_jump", "front_tuck")
NETWORKS: tuple[Network | None, ...] = (None, "blazepose", "openpose")
RATES = (30.0, 60.0, 120.0)
STANDS_S = 1.2
SKIMMING_M = 0.01
FOUND_BEFORE = {
    "backflip": "airtime 475/600/667 ms, 364/434/505 deg/s, rise .48/.67/.85, travel -.06/.39/.61",
    "handspring": "feet off 567/717/817 ms, rise .17/.26/.46, travel .91/1.23/1.67, "
    "angle -7/60/88 deg",
}
"""5/50/95 % of the gym recordings, measured by the study before this code; rise is of the hips."""
_JOINTS = [POINT[joint] for joint in BODY.joints]
_FEET = [POINT[f"{side}_{part}"] for side in ("left", "right") for part in ("heel", "toe")]
_STANDING_FRAMES = 40
_HIPS = [BODY.index("left_hip"), BODY.index("right_hip")]
_ON_FEET = [POINT[f"{s}_{part}"] for s in ("left", "right") for part in ("ankle", "heel", "toe")]


def scene_of(move: str, fps: float, seed: int, facing_deg: float = -90.0) -> Scene:
    """Somebody who stands, does `move` and stands."""
    fills = move == "speed_step"
    after = {"move": "stand", "seconds": 1.0} if fills else {"move": "stand"}
    doing = [{"move": "stand", "seconds": STANDS_S}, {"move": move}, after]
    script = msgspec.convert(
        {
            "title": move,
            "seconds": 12.0 if fills else 5.0,
            "seed": seed,
            "camera": {"width": 640, "height": 360},
            "person": [{"facing_deg": facing_deg, "do": doing}],
        },
        Script,
    )
    return build_scene(script, fps=fps)


def seen_points(scene: Scene, network: Network | None, seed: int) -> Floats:
    """Points as in `calibration.measures`, exact or as a network would give them."""
    pixels = scene.camera.project(scene.points(scene.t))[0][:, _JOINTS]
    if network is not None:
        noise = _noise(network)
        noisy = noise.apply(pixels, scene.t, np.random.default_rng(seed))
        keypoints = convert(noisy, noise.skeleton, BODY)
        pixels = np.where(keypoints[..., 2:] > 0, keypoints[..., :2].astype(np.float64), np.nan)
    return from_pixels(pixels, leg_length(pixels[scene.t < STANDS_S]))


@cache
def _noise(network: Network) -> KeypointNoise:
    return KeypointNoise.load(network)


@dataclass(frozen=True)
class TrueFlight:
    """What truly happens in the scene's only element; `skims_s` as the module says."""

    takeoff_s: float
    landing_s: float
    airtime_s: float
    rise_cm: float
    above_takeoff_cm: float
    angle_deg: float
    travel: float
    turn_deg_s: float
    asymmetry_s: float
    skims_s: float


def true_flight(scene: Scene) -> TrueFlight:
    event = scene.truth.events[0]
    t = np.linspace(event.takeoff_s, event.landing_s, 600)
    points = scene.points(t)
    mass = true_centre_of_mass(points)
    velocity = (mass[6] - mass[0]) / (t[6] - t[0])
    trunk = points[:, POINT["neck"]] - points[:, POINT["pelvis"]]
    turned = np.degrees(np.unwrap(np.arctan2(-trunk[:, 0], trunk[:, 2])))
    feet = scene.points(np.array([event.takeoff_s - 0.3, event.landing_s + 0.25]))
    went = float(np.diff(feet[:, _ON_FEET, 0].mean(axis=1))[0])
    floor = float(points[-1, _FEET, 2].min())
    low = points[:, _FEET, 2].min(axis=1) < floor + SKIMMING_M
    aloft = t[~low]
    landed = [c.begin_s for c in scene.truth.contacts if c.begin_s > event.takeoff_s]
    down = {c.limb: c.begin_s for c in scene.truth.contacts if c.begin_s in landed}
    return TrueFlight(
        event.takeoff_s,
        event.landing_s,
        event.airtime_s,
        100 * event.rise_m,
        100 * float(mass[:, 2].max() - mass[0, 2]),
        float(np.degrees(np.arctan2(velocity[2], abs(velocity[0])))),
        went / scene.cast[0].build.leg,
        float(turned[-1] - turned[0]) / (event.landing_s - event.takeoff_s),
        down["left_foot"] - down["right_foot"],
        event.landing_s - float(aloft[-1]) if len(aloft) else 0.0,
    )


def errors_of(scene: Scene, points: Floats, true: TrueFlight) -> dict[str, float]:
    """Measured less true, by the column's name; without what cannot be measured. Raises
    MeasureError where there is no flight at all."""
    t, leg_m = scene.t, scene.cast[0].build.leg
    found = flights(t, points)
    if not found:
        raise MeasureError("no flight was found")
    flight = max(found, key=lambda f: f.feet_off_s)
    measures: dict[str, Callable[[], float]] = {
        "take-off ms": lambda: 1e3 * (flight.takeoff_s - true.takeoff_s),
        "landing ms": lambda: 1e3 * (flight.landing_s - true.landing_s),
        "airtime ms": lambda: 1e3 * (flight.airtime_s - true.airtime_s),
        "rise cm": lambda: jump_height(t, points, flight, leg_m).above_standing_cm - true.rise_cm,
        "height cm": lambda: _from_airtime(t, points, flight, leg_m) - true.above_takeoff_cm,
        "angle deg": lambda: take_off(t, points, flight, leg_m).angle_deg - true.angle_deg,
        "turn deg/s": lambda: rotation(t, points, flight).mean_deg_s - true.turn_deg_s,
        "travel": lambda: travel(t, points, flight) - true.travel,
        "symmetry ms": lambda: 1e3 * (flight.landing_asymmetry_s - true.asymmetry_s),
    }
    errors = {}
    for name, measure in measures.items():
        try:
            errors[name] = measure()
        except MeasureError:
            continue
    return errors


def _from_airtime(t: Floats, points: Floats, flight: Flight, leg_m: float) -> float:
    """The height above the take-off, by the airtime of a flight without hands."""
    if flight.hands_s is not None:
        raise MeasureError("hands were on the floor")
    y = centre_of_mass(t, points)[:, 1]
    begin, end = (float(np.interp(s, t, y)) for s in (flight.takeoff_s, flight.landing_s))
    return height_from_airtime(flight.airtime_s, (end - begin) * leg_m)


COLUMNS = (
    *("take-off ms", "landing ms", "airtime ms", "rise cm", "height cm", "angle deg"),
    *("turn deg/s", "travel", "symmetry ms"),
)


def flight_table(seeds: int) -> Table:
    table = Table("move", "points", "fps", "n", *COLUMNS, "skims ms")
    table.title = "error of flights, 50 / 90 %, all absolute"
    for move in MOVES:
        for network in NETWORKS:
            for fps in RATES:
                errors: dict[str, list[float]] = defaultdict(list)
                skims, found = [], 0
                for seed in range(seeds):
                    scene = scene_of(move, fps, seed)
                    true = true_flight(scene)
                    skims.append(1e3 * true.skims_s)
                    try:
                        one = errors_of(scene, seen_points(scene, network, seed), true)
                    except MeasureError:
                        continue
                    found += 1
                    for name, error in one.items():
                        errors[name].append(abs(error))
                table.add_row(
                    *(move, network or "exact", f"{fps:g}", f"{found}/{seeds}"),
                    *(_two(errors[name]) for name in COLUMNS),
                    f"{max(skims):.0f}",
                )
    return table


def _two(values: list[float]) -> str:
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return "-"
    low, high = np.quantile(known, (0.5, 0.9))
    digits = 2 if high < 1 else 1 if high < 20 else 0
    return f"{low:.{digits}f} / {high:.{digits}f}"


def step_table(seeds: int) -> Table:
    table = Table("points", "facing", "fps", "steps", "found", "cadence %, 50 / 90 %")
    table.title = "speed step: switches found, and the error of the cadence curve"
    for network in NETWORKS:
        for facing in (0.0, -90.0):
            for fps in RATES:
                steps, found, errors = 0, 0, list[float]()
                for seed in range(seeds):
                    scene = scene_of("speed_step", fps, seed, facing)
                    true = np.array([jump.time_s for jump in scene.truth.jumps])
                    seen = step_times(scene.t, seen_points(scene, network, seed)).time_s
                    at, rate = cadence_curve(true)
                    _, measured = cadence_curve(seen, at)
                    errors += (100 * np.abs(measured / rate - 1)).tolist()
                    # The first lift and the last foot put down are switches too, but no jumps.
                    steps, found = steps + len(true) + 2, found + len(seen)
                table.add_row(
                    *(network or "exact", f"{facing:g}", f"{fps:g}", str(steps), str(found)),
                    _two(errors),
                )
    return table


def gym_table() -> Table:
    """What the flights in the gym recordings measure: quantiles by label."""
    columns = (
        *("airtime ms", "feet off ms", "index ms", "turn deg/s", "hip rise", "travel"),
        "angle deg",
    )
    table = Table("label", "clips", *columns, "found before")
    table.title = "gym recordings, 5 / 50 / 95 %; lengths in legs; travel backward positive"
    folder = data_folder() / "gym"
    measured: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    clips: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    with (folder / "index.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            label = row["label"]
            clips[label][1] += 1
            one = _gym_measures(folder / "clips" / f"{row['clip']}.npz", row)
            clips[label][0] += bool(one)
            for name, value in one.items():
                measured[label][name].append(value)
    for label, values in sorted(measured.items()):
        found, whole = clips[label]
        cells = (_three(values[name]) for name in columns)
        table.add_row(label, f"{found}/{whole}", *cells, FOUND_BEFORE[label])
    return table


def _gym_measures(path: Path, row: dict[str, str]) -> dict[str, float]:
    """Measures of one recording; empty where no flight is found."""
    track = read_track(path)
    body = convert(track.keypoints, track.skeleton, BODY)
    pixels = np.where(body[..., 2:] > 0, body[..., :2].astype(np.float64), np.nan)
    # The clips end as the feet come down: without a floor after them there would be no landing.
    t = np.append(track.t, track.t[-1] + (1 + np.arange(_STANDING_FRAMES)) / 60)
    standing = filled(track.t, pixels)[[int(row["takeoff"]) - 10]]
    pixels = np.concatenate([pixels, np.repeat(standing, _STANDING_FRAMES, 0)])
    index = (int(row["landing"]) - int(row["takeoff"])) / 60
    try:
        points = from_pixels(pixels, leg_length(pixels))
        found = flights(t, points)
        flight = max(found, key=lambda f: f.feet_off_s) if found else None
    except MeasureError:
        flight = None
    if flight is None:
        return {}
    hips = filled(t, points[:, _HIPS, 1]).mean(axis=1)
    aloft = (t > flight.takeoff_s) & (t < min(flight.landing_s, track.t[-1]))
    within = replace(flight, landing_s=min(flight.landing_s, float(track.t[-1])))
    measures: dict[str, Callable[[], float]] = {
        "airtime ms": lambda: 1e3 * flight.airtime_s,
        "feet off ms": lambda: 1e3 * flight.feet_off_s,
        "index ms": lambda: 1e3 * index,
        "turn deg/s": lambda: abs(rotation(t, points, within).mean_deg_s),
        # As in the study: over standing at the clip's beginning.
        "hip rise": lambda: float(np.nanmax(hips[aloft]) - np.nanmedian(hips[:10])),
        "travel": lambda: _across(t, points, within),
        "angle deg": lambda: take_off(t, points, flight).angle_deg,
    }
    result = {}
    for name, measure in measures.items():
        try:
            result[name] = measure()
        except MeasureError:
            continue
    return result


def _across(t: Floats, points: Floats, flight: Flight) -> float:
    """Of the hips, as clips end before the athlete stands; all face left."""
    hips = filled(t, points[:, _HIPS, 0]).mean(axis=1)
    begin, end = np.interp((flight.takeoff_s, flight.landing_s), t, hips)
    return float(end - begin)


def _three(values: list[float]) -> str:
    if not values:
        return "-"
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    digits = 2 if abs(high) < 5 else 0
    return f"{low:.{digits}f} / {middle:.{digits}f} / {high:.{digits}f}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=12, help="athletes of each kind")
    seeds = parser.parse_args().seeds
    console = Console(width=190)
    console.print(flight_table(seeds))
    console.print(step_table(max(seeds // 4, 2)))
    if (data_folder() / "gym").is_dir():
        console.print(gym_table())


if __name__ == "__main__":
    main()
