"""What each causal filter costs and gives: `python -m bench.smoothing`.

Lag and amplitude are of a sine of a stepping foot's size, by its first harmonic. Jitter, error and
gaps are on real key points: the OpenPose recordings of `gym` (60 fps, and every second frame as 30
fps) and the hand-annotated joints of `penn_action` (taken as 30 fps), centred and in leg lengths as
the recognisers see them. Folder: FLIPTALLY_DATA (default `../shared/data`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from bench.counting import Track, read_track
from models.skeleton import BODY
from realtime.stream.body import BodyStream
from realtime.stream.filters import (
    Exponential,
    Kalman,
    Median,
    MovingAverage,
    OneEuro,
    Predictive,
    Raw,
)
from realtime.stream.ring import Floats
from realtime.stream.smoothing import Filter, Smoother

FILTERS: dict[str, Callable[[int], Filter]] = {
    "raw": Raw,
    "moving average, 3": MovingAverage,
    "moving average, 5": lambda joints: MovingAverage(joints, 5),
    "exponential, 20 ms": Exponential,
    "1 euro, 1 Hz + 0.5, 1 Hz": lambda joints: OneEuro(joints, 1.0, 0.5, 1.0),
    "1 euro, 3 Hz + 10, 4 Hz": OneEuro,
    "median, 3": Median,
    "median, 5": lambda joints: Median(joints, 5),
    "Kalman, jerk 60": Kalman,
    "Kalman, jerk 20": lambda joints: Kalman(joints, jerk=20.0),
    "predictive, 5, line": lambda joints: Predictive(joints, 5, 1),
    "predictive, 7, parabola": Predictive,
    "predictive, 5, line, 10 ms": lambda joints: Predictive(joints, 5, 1, lead_s=0.01),
}
RATES = (30.0, 60.0, 120.0)
RECORD_HZ = 115 / 30
"""Each foot's rate at record pace: 230 steps in 30 s (shared rules: 115 counted)."""
FREQUENCIES = (1.0, 2.0, RECORD_HZ, 4.0, 8.0)
FOOT = 0.15
"""Half of a foot's lift in speed step, leg lengths."""
_STILL, _FAST = 0.3, 2.0  # leg lengths per second
_REACH = 4  # the reference looks this many frames both ways
_WIDTH = 150
_GAPS_S = (0.05, 0.1, 0.15)


@dataclass(frozen=True, eq=False)
class Recording:
    """Centred points (T, 17, 2) in leg lengths, NaN where missing, with times and confidence."""

    t: Floats
    points: Floats
    confidence: Floats

    def thinned(self, every: int) -> Recording:
        return Recording(self.t[::every], self.points[::every], self.confidence[::every])


def run(kernel: Filter, recording: Recording) -> tuple[Floats, Floats]:
    """The filter's points (T, J, 2) and what is bridged (T, J)."""
    smoother = Smoother(kernel, recording.points.shape[1])
    frames = zip(recording.t, recording.points, recording.confidence, strict=True)
    smoothed = [smoother.update(float(t), p, c) for t, p, c in frames]
    return np.array([s.points for s in smoothed]), np.array([s.bridged for s in smoothed])


def response(kernel: Filter, hz: float, fps: float) -> tuple[float, float]:
    """Lag in seconds (to half a period) and the share of the amplitude that is kept."""
    t = np.arange(0, 12, 1 / fps)
    wave = np.stack([FOOT * np.sin(2 * np.pi * hz * t)] * 2, axis=-1)[:, None]
    filtered = run(kernel, Recording(t, wave, np.ones((len(t), 1))))[0][:, 0, 0]
    whole = t >= 12 - np.floor(8 * hz) / hz - 1e-9
    turning = np.exp(-2j * np.pi * hz * t[whole])
    ratio = np.sum(filtered[whole] * turning) / np.sum(wave[whole, 0, 0] * turning)
    return float(-np.angle(ratio) / (2 * np.pi * hz)), float(np.abs(ratio))


def centred(track: Track) -> Recording:
    body = BodyStream(track.skeleton)
    frames = enumerate(zip(track.t, track.keypoints, strict=True))
    poses = [body.update(i, float(t), k) for i, (t, k) in frames]
    confidence = np.array([pose.confidence for pose in poses])
    points = np.array([pose.points for pose in poses])
    return Recording(track.t, np.where(confidence[..., None] > 0, points, np.nan), confidence)


def gym() -> Iterator[Recording]:
    for path in sorted((data_folder() / "gym" / "clips").glob("*.npz")):
        yield centred(read_track(path))


def penn(every: int = 10, fps: float = 30.0) -> Iterator[Recording]:
    """Every tenth sequence; its 13 joints are the first ones of `BODY`, the head for the nose."""
    with np.load(data_folder() / "penn_action" / "penn_action_xyv.npz") as file:
        for name in sorted(file.files)[::every]:
            keypoints = np.zeros((len(file[name]), len(BODY), 3), np.float32)
            keypoints[:, :13] = file[name]
            t = np.arange(len(keypoints)) / fps
            yield centred(Track(name, BODY, keypoints, t, np.empty(0), 1 / fps))


@dataclass(frozen=True)
class Quality:
    """Of all joints and recordings: share of the jitter of still joints that is left, and the RMS
    distance of fast joints from the reference (leg lengths)."""

    jitter: float
    error: float


def quality(make: Callable[[int], Filter], recordings: list[Recording]) -> Quality:
    left, right = [np.zeros(2) for _ in range(2)]
    missed = []
    for recording in recordings:
        filtered, bridged = run(make(len(BODY)), recording)
        filtered[bridged] = np.nan
        reference, speed = _reference(recording)
        still, fast = speed < _STILL, speed > _FAST
        left += _rough(filtered, still)
        right += _rough(recording.points, still)
        apart = np.sum((filtered - reference) ** 2, axis=-1)[fast]
        missed.append(apart[np.isfinite(apart)])
    jitter = np.sqrt((left[0] / left[1]) / (right[0] / right[1]))
    return Quality(float(jitter), float(np.sqrt(np.concatenate(missed).mean())))


def _reference(recording: Recording) -> tuple[Floats, Floats]:
    """What the joints truly did, looking both ways: the parabola of least squares through nine
    frames (T, J, 2), and the speed (T, J) in leg lengths per second. NaN near gaps and ends."""
    n = np.arange(-_REACH, _REACH + 1)
    solve = np.linalg.pinv(np.stack([n**0, n, n**2], axis=1).astype(np.float64))
    reference = np.full_like(recording.points, np.nan)
    speed = np.full(recording.points.shape[:2], np.nan)
    if len(recording.t) > 2 * _REACH:
        windows = np.lib.stride_tricks.sliding_window_view(recording.points, len(n), axis=0)
        inside = slice(_REACH, -_REACH)
        reference[inside] = windows @ solve[0]
        frame_s = float(np.median(np.diff(recording.t)))
        speed[inside] = np.linalg.norm(windows @ solve[1], axis=-1) / frame_s
    return reference, speed


def _rough(points: Floats, still: np.ndarray) -> Floats:
    """Sum and number of the squared second differences of still joints."""
    second = np.full(points.shape[:2], np.nan)
    second[1:-1] = np.sum(np.diff(points, n=2, axis=0) ** 2, axis=-1)
    chosen = second[still & np.isfinite(second)]
    return np.array([chosen.sum(), len(chosen)])


def gap_error(make: Callable[[int], Filter], recordings: list[Recording], gap_s: float) -> float:
    """Median distance (leg lengths) of the last bridged point of a fast joint from where it was."""
    rng = np.random.default_rng(0)
    distances: list[float] = []
    for recording in recordings:
        frames = round(gap_s / float(np.median(np.diff(recording.t))))
        begins = rng.integers(_REACH, max(len(recording.t) - frames, _REACH + 1), 4)
        speed = _reference(recording)[1]
        for begin in begins.tolist():
            cut = recording.confidence.copy()
            cut[begin : begin + frames] = 0
            last = min(begin + frames, len(cut)) - 1
            part = Recording(recording.t[: last + 1], recording.points[: last + 1], cut[: last + 1])
            filtered, bridged = run(make(len(BODY)), part)
            fast = bridged[last] & (speed[last] > _FAST)
            apart = np.linalg.norm(filtered[last] - recording.points[last], axis=-1)[fast]
            distances += apart[np.isfinite(apart)].tolist()
    return float(np.median(distances))


def response_table(fps: float) -> Table:
    table = Table(title=f"{fps:g} fps: lag in ms, amplitude kept in %", title_justify="left")
    table.add_column("filter")
    for hz in FREQUENCIES:
        table.add_column(f"{hz:.3g} Hz", justify="right")
    for name, make in FILTERS.items():
        answers = [response(make(1), hz, fps) for hz in FREQUENCIES]
        table.add_row(name, *(f"{1000 * lag:.0f}, {100 * kept:.0f}" for lag, kept in answers))
    return table


def quality_table(sets: dict[str, list[Recording]], gaps: list[Recording]) -> Table:
    table = Table(title="real key points", title_justify="left")
    table.add_column("filter", no_wrap=True)
    for name in sets:
        table.add_column(f"{name}: jitter left, %", justify="right")
        table.add_column("error, leg %", justify="right")
    for gap_s in _GAPS_S:
        table.add_column(f"after {1000 * gap_s:.0f} ms gap, leg %", justify="right")
    for name, make in FILTERS.items():
        row = []
        for recordings in sets.values():
            found = quality(make, recordings)
            row += [f"{100 * found.jitter:.0f}", f"{100 * found.error:.1f}"]
        row += [f"{100 * gap_error(make, gaps, gap_s):.0f}" for gap_s in _GAPS_S]
        table.add_row(name, *row)
    return table


def main() -> None:
    console = Console(width=_WIDTH)
    for fps in RATES:
        console.print(response_table(fps))
    recordings = list(gym())
    sets = {
        "gym 60 fps": recordings,
        "gym 30 fps": [recording.thinned(2) for recording in recordings],
        "penn": list(penn()),
    }
    console.print(quality_table(sets, recordings[::4]))


if __name__ == "__main__":
    main()
