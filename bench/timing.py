"""How exactly sound and picture are put together: `python -m bench.timing`.

Simulated recordings with a known offset: a rendered athlete lit by a flash, whose light is shared
between frames by exposure and readout, with sensor noise; beeps or claps in a hall, with echo. The
picture errors are tabled by camera, the sound errors by the noise of the hall, then the offset of
whole recordings with five repetitions each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from rich.console import Console
from rich.table import Table

from calibration.measures import Floats
from calibration.onsets import flash_onsets, row_levels, sound_onsets
from calibration.timing import Offset, TimingError, camera_latency, frame_rate, offset_between
from models.simulation.scene import Scene
from models.simulation.sound.hall import hall_noise, reverberated
from models.simulation.sound.impacts import clicks
from models.simulation.sound.waves import RATE, Samples, gain, mix_in, square_beep
from models.simulation.staging import build_scene

REPETITIONS = 5
RECORDINGS = 24
ROWS = 24
FLASH_S = 0.3
BRIGHTER = 60.0
"""Grey levels by which the flash lights the middle rows."""
NOISES_DB: tuple[float | None, ...] = (None, -30.0, -20.0, -15.0, -10.0)
Kind = Literal["beep", "clap"]


@dataclass(frozen=True)
class Shutter:
    """A camera's frame rate, exposure and readout of all rows, and the noise of one pixel (grey
    levels)."""

    name: str
    fps: float
    exposure_s: float = 0.0
    readout_s: float = 0.0
    noise: float = 4.0


SHUTTERS = (
    Shutter("30 fps, short exposure", 30),
    Shutter("30 fps, 1/60 s", 30, 1 / 60),
    Shutter("30 fps, 1/30 s, rolling 20 ms", 30, 1 / 30, 0.020),
    Shutter("60 fps, short exposure", 60),
    Shutter("60 fps, 1/120 s, rolling 12 ms", 60, 1 / 120, 0.012),
    Shutter("120 fps, 1/240 s, rolling 6 ms", 120, 1 / 240, 0.006),
)


def flashed_rows(scene: Scene, shutter: Shutter, at: Floats, rng: np.random.Generator) -> Floats:
    """Row brightness (T, ROWS) of the scene's pictures with flashes that begin at `at` (N,)."""
    levels = _unlit(scene)
    rows = levels[np.arange(scene.frames) * len(levels) // scene.frames]
    light = light_of(scene.t, at, shutter)
    falloff = BRIGHTER * (1 - 0.4 * np.linspace(-1, 1, ROWS) ** 2)
    pixels = scene.size[0] * scene.size[1] / 4 / ROWS
    flicker = rng.normal(0, 0.5, (scene.frames, 1))  # automatic exposure
    return rows + light * falloff + flicker + rng.normal(0, shutter.noise / pixels**0.5, rows.shape)


@cache
def _unlit(scene: Scene) -> Floats:
    """Row brightness (K, ROWS) of some pictures of a scene."""
    pictures = [scene.render(i) for i in range(0, scene.frames, max(scene.frames // 8, 1))]
    return row_levels(pictures, ROWS)


def light_of(t: Floats, at: Floats, shutter: Shutter) -> Floats:
    """The share (T, ROWS) of the light of flashes that begin at `at` (N,) in frames at `t` (T,)."""
    delay = ((np.arange(ROWS) + 0.5) / ROWS - 0.5) * shutter.readout_s
    middle = t[:, None] + delay
    light = np.zeros(middle.shape)
    for onset in at:
        light += _share(middle - onset, shutter.exposure_s)
        light -= _share(middle - onset - FLASH_S, shutter.exposure_s)
    return light


def _share(late: Floats, exposure_s: float) -> Floats:
    """The share of an exposure around times `late` after the flash that the light falls into."""
    if exposure_s == 0:
        return (late > 0).astype(np.float64)
    return np.clip(late / exposure_s + 0.5, 0, 1)


def hall_track(
    kind: Kind, at: Floats, seconds: float, noise_db: float | None, rng: np.random.Generator
) -> Samples:
    """Beeps or claps that begin at `at` (N,), in an echoing hall; `noise_db` as in the scenes."""
    track = np.zeros(round(seconds * RATE), np.float32)
    for onset in at:
        if kind == "beep":
            square_beep(578.3, FLASH_S, float(onset), track)
        else:
            mix_in(track, next(iter(clicks(1, rng))), float(onset))
    track = reverberated(track, 1.2, -10.0, rng)
    if noise_db is not None:
        noise = hall_noise(("hall", "crowd", "cheering"), len(track), rng)
        track += np.float32(gain(noise_db)) * noise
    return track * np.float32(0.25)


def moments(rng: np.random.Generator) -> Floats:
    """About a second apart, at any phase of the frames."""
    return 0.8 + 1.0 * np.arange(REPETITIONS) + rng.uniform(0, 0.3, REPETITIONS)


def nearest(found: Floats, true: Floats, within_s: float) -> Floats:
    """Signed errors (K,) of those of `true` that were found within `within_s`."""
    if not len(found):
        return np.empty(0)
    apart = found[None] - true[:, None]
    best = np.take_along_axis(apart, np.abs(apart).argmin(axis=1)[:, None], axis=1)[:, 0]
    return best[np.abs(best) <= within_s]


def recording_offset(
    scene: Scene, shutter: Shutter, kind: Kind, noise_db: float | None, seed: int
) -> tuple[float, Offset]:
    """The true offset of a simulated recording and the one that is found."""
    rng = np.random.default_rng(seed)
    at, true = moments(rng), float(rng.uniform(-0.4, 0.4))
    rows = flashed_rows(scene, shutter, at, rng)
    seen, bound = flash_onsets(
        scene.t, rows, exposure_s=shutter.exposure_s, readout_s=shutter.readout_s
    )
    track = hall_track(kind, at + true, scene.duration_s + 1, noise_db, rng)
    heard = sound_onsets(track.astype(np.float64), RATE)
    return true, offset_between(seen, heard, resolution_s=bound)


@cache
def scene_of(shutter: Shutter) -> Scene:
    return build_scene("speed", seconds=0.8 + REPETITIONS + 0.8, fps=shutter.fps, size=(320, 180))


def _ms(errors: Floats) -> str:
    if not len(errors):
        return "-"
    median, most, worst = np.quantile(np.abs(errors) * 1e3, (0.5, 0.95, 1.0))
    return f"{median:.2f} / {most:.2f} / {worst:.2f}"


def pictures() -> Table:
    table = Table("camera", "flashes", "found", "error ms, 50 / 95 / 100 %", "frame ms")
    for shutter in SHUTTERS:
        scene, errors, wanted = scene_of(shutter), [], 0
        for seed in range(RECORDINGS):
            rng = np.random.default_rng(seed)
            at = moments(rng)
            rows = flashed_rows(scene, shutter, at, rng)
            seen, _ = flash_onsets(
                scene.t, rows, exposure_s=shutter.exposure_s, readout_s=shutter.readout_s
            )
            errors.append(nearest(seen, at, 0.1))
            wanted += len(at)
        found = np.concatenate(errors)
        table.add_row(
            *(shutter.name, str(wanted), str(len(found)), _ms(found), f"{1e3 / shutter.fps:.1f}")
        )
    return table


def sounds() -> Table:
    table = Table("sound", "noise dB", "played", "found", "too many", "error ms, 50 / 95 / 100 %")
    kinds: tuple[Kind, ...] = ("beep", "clap")
    for kind in kinds:
        for noise_db in NOISES_DB:
            errors, wanted, heard = [], 0, 0
            for seed in range(RECORDINGS // 2):
                rng = np.random.default_rng(seed)
                at = moments(rng)
                track = hall_track(kind, at, 8.0, noise_db, rng)
                onsets = sound_onsets(track.astype(np.float64), RATE)
                errors.append(nearest(onsets, at, 0.03))
                wanted, heard = wanted + len(at), heard + len(onsets)
            found = np.concatenate(errors)
            noise = "none" if noise_db is None else f"{noise_db:g}"
            extra = str(heard - len(found))
            table.add_row(kind, noise, str(wanted), str(len(found)), extra, _ms(found))
    return table


def offsets() -> Table:
    table = Table(
        "camera", "sound", "noise dB", "measured", "error ms, 50 / 95 / 100 %", "within a frame"
    )
    for shutter in SHUTTERS:
        scene = scene_of(shutter)
        cases: tuple[tuple[Kind, float], ...] = (("beep", -30.0), ("clap", -20.0), ("beep", -15.0))
        for kind, noise_db in cases:
            errors = []
            for seed in range(RECORDINGS):
                try:
                    true, found = recording_offset(scene, shutter, kind, noise_db, seed)
                except TimingError:
                    continue
                errors.append(found.offset_s - true)
            inside = int((np.abs(errors) <= 1 / shutter.fps).sum())
            table.add_row(
                *(shutter.name, kind, f"{noise_db:g}", f"{len(errors)}/{RECORDINGS}"),
                *(_ms(np.array(errors)), f"{inside}/{len(errors)}"),
            )
    return table


def latencies() -> Table:
    """A screen of 60 Hz flashed at known times, seen by cameras of known latency and jitter."""
    table = Table("camera", "jitter ms", "error of latency ms", "jitter found ms (median)")
    for shutter in SHUTTERS:
        for jitter in (0.0, 0.005):
            errors, spreads = [], []
            for seed in range(RECORDINGS):
                rng = np.random.default_rng(seed)
                shown, late = np.cumsum(rng.uniform(0.7, 1.1, 10)), float(rng.uniform(0.03, 0.6))
                lit = shown + late + rng.normal(0, jitter, 10)
                t = np.arange(0, float(shown[-1]) + 2, 1 / shutter.fps)
                rows = (
                    40 + BRIGHTER * light_of(t, lit, shutter) + rng.normal(0, 0.3, (len(t), ROWS))
                )
                seen, bound = flash_onsets(t, rows)  # the command does not know the exposure
                found = camera_latency(shown, seen, resolution_s=bound)
                errors.append(found.offset_s - late)
                spreads.append(found.spread_s)
            found_ms = f"{1e3 * float(np.median(spreads)):.1f}"
            table.add_row(shutter.name, f"{1e3 * jitter:g}", _ms(np.array(errors)), found_ms)
    return table


def rates() -> Table:
    table = Table("true", "fps", "jitter ms", "dropped", "drift ppm")
    for fps, jitter, drop, drift in ((60, 0, 0, 0), (60, 1e-3, 0.05, 200), (30, 2e-3, 0.1, -500)):
        rng = np.random.default_rng(1)
        t = np.arange(1800) / fps * (1 + drift * 1e-6) + rng.normal(0, jitter, 1800)
        kept = t[np.concatenate([[True], rng.random(1798) >= drop, [True]])]
        found = frame_rate(kept, nominal_fps=float(fps))
        table.add_row(
            f"{fps} fps, jitter {1e3 * jitter * 2**0.5:.1f} ms, {1800 - len(kept)} dropped, "
            f"{drift} ppm",
            *(f"{found.fps:.2f}", f"{1e3 * found.jitter_s:.2f}", str(found.dropped)),
            f"{found.drift_ppm:.1f} ± {found.drift_error_ppm:.1f}",
        )
    return table


def main() -> None:
    console = Console(width=140)
    for title, table in (
        ("flash in the picture", pictures()),
        ("sound in the hall", sounds()),
        (f"offset from {REPETITIONS} repetitions", offsets()),
        ("camera latency from 10 flashes", latencies()),
        ("frame rate", rates()),
    ):
        table.title = title
        console.print(table)


if __name__ == "__main__":
    main()
