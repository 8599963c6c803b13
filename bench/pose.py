"""Our BlazePose runtime beside MediaPipe's: `python -m bench.pose`.

Prints, for each real video of `rope/` and every fourth of `other/`, the distance of our key points
from MediaPipe's (`smooth_landmarks=False`) in torso lengths, once following people as MediaPipe
does and once with our second looks, and whole-call frames per second of both (ours with second
looks), video by video in one run, with the same number of threads. `--reference` writes
MediaPipe's key points to `bench/reference/`; `--parity` compares with those only. MediaPipe runs in
an environment of its own: `make .venv-mediapipe`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder, decoded_ahead
from models.pose import weights
from models.pose.blazepose.estimator import BlazePose
from models.pose.protocol import estimate_one
from models.skeleton import BLAZEPOSE_33

REFERENCE = Path(__file__).parent / "reference" / "mediapipe_pose.json"
PEER = Path(".venv-mediapipe/bin/python")
KEEP_EVERY = 25
THREADS = 2

Floats = NDArray[np.float64]
_HIPS = [BLAZEPOSE_33.index(f"{side}_hip") for side in ("left", "right")]
_SHOULDERS = [BLAZEPOSE_33.index(f"{side}_shoulder") for side in ("left", "right")]


@dataclass(frozen=True, eq=False)
class Run:
    """Key points of some frames, (33, 2) px or (0, 2) where nobody was found, and call times."""

    keypoints: dict[int, Floats]
    seconds: Floats


def run_ours(video: Path, *, second_looks: bool) -> Run:
    kept, seconds = {}, []
    engine = BlazePose(weights.load(), THREADS, second_looks=second_looks)
    with closing(engine):
        for i, (picture, corner) in enumerate(decoded_ahead(str(video))):
            begin = time.perf_counter()
            people = estimate_one(engine, picture).keypoints
            seconds.append(time.perf_counter() - begin)
            if i % KEEP_EVERY == 0:
                person = people[0] if len(people) else np.zeros((0, 3))
                seen = np.where(person[:, 2:] > 0, person[:, :2] + corner, np.nan)
                kept[i] = seen.astype(np.float64)
    return Run(kept, np.array(seconds))


@contextmanager
def peer() -> Iterator[subprocess.Popen[str]]:
    """MediaPipe in its own process; it works only when it is asked."""
    command = [str(PEER), "-m", "bench.mediapipe_peer", str(THREADS)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": "."},
    ) as process:
        yield process


def run_peer(process: subprocess.Popen[str], video: Path) -> Run:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the peer has no pipes")
    process.stdin.write(json.dumps({"video": str(video), "keep_every": KEEP_EVERY}) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        sys.exit(f"MediaPipe ended; see: {PEER} -m bench.mediapipe_peer {THREADS}")
    return parse_run(json.loads(answer))


def parse_run(found: dict[str, Any]) -> Run:
    keypoints = {
        int(frame): np.array(points, np.float64).reshape(-1, 2)
        for frame, points in found["keypoints"].items()
    }
    return Run(keypoints, np.array(found.get("seconds", ())))


def distances(ours: Run, theirs: Run) -> tuple[Floats, int]:
    """Distance of every joint seen by both, in torso lengths (shoulder to hip midpoint), and the
    number of frames in which only one of the two found somebody."""
    found, alone = [np.empty(0)], 0
    for frame, reference in theirs.keypoints.items():
        mine = ours.keypoints[frame]
        if len(mine) != len(reference):
            alone += 1
        elif len(mine):
            torso = np.hypot(*(reference[_HIPS].mean(axis=0) - reference[_SHOULDERS].mean(axis=0)))
            apart = np.hypot(*(mine - reference).T) / torso
            found.append(apart[np.isfinite(apart)])
    return np.concatenate(found), alone


def rate(run: Run) -> float:
    """Whole calls per second (median call; the first, which loads, is left out)."""
    return float(1 / np.median(run.seconds[1:]))


def percentiles(run: Run) -> str:
    return " / ".join(f"{v * 1000:.1f}" for v in np.percentile(run.seconds[1:], [50, 95, 99]))


def compare(videos: list[Path], *, with_rate: bool) -> Table:
    table = Table(title=f"BlazePose Full: ours and MediaPipe 0.10.21, {THREADS} threads each")
    columns = ["video", "as MediaPipe: p50 %", "p95 %", "one alone"]
    columns += ["second looks: p50 %", "p95 %", "one alone"]
    if with_rate:
        columns += ["ours ms p50/95/99", "MediaPipe ms p50/95/99", "ratio"]
    for column in columns:
        table.add_column(column, justify="left" if column == "video" else "right")
    for row in _rows_measured(videos) if with_rate else _rows_stored(videos):
        table.add_row(*row)
    return table


def _parity(ours: Run, theirs: Run) -> list[str]:
    apart, alone = distances(ours, theirs)
    p50, p95 = np.percentile(apart, [50, 95]) * 100 if len(apart) else (np.nan, np.nan)
    return [f"{p50:.2f}", f"{p95:.2f}", f"{alone} of {len(theirs.keypoints)}"]


def _rows_stored(videos: list[Path]) -> Iterator[list[str]]:
    stored = json.loads(REFERENCE.read_text())
    for video in videos:
        theirs = parse_run(stored[video.name])
        plain, ours = (run_ours(video, second_looks=looks) for looks in (False, True))
        yield [video.name, *_parity(plain, theirs), *_parity(ours, theirs)]


def _rows_measured(videos: list[Path]) -> Iterator[list[str]]:
    ratios = []
    with peer() as process:
        for video in videos:
            theirs, ours = run_peer(process, video), run_ours(video, second_looks=True)
            plain = run_ours(video, second_looks=False)
            ratios.append(rate(ours) / rate(theirs))
            yield [
                *(video.name, *_parity(plain, theirs), *_parity(ours, theirs)),
                *(percentiles(ours), percentiles(theirs)),
                f"{ratios[-1]:.2f}",
            ]
    yield ["median", *[""] * 8, f"{np.median(ratios):.2f}"]


def write_reference(videos: list[Path]) -> None:
    with peer() as process:
        found = {}
        for video in videos:
            run = run_peer(process, video)
            points = {str(i): [[*map(float, p)] for p in k] for i, k in run.keypoints.items()}
            found[video.name] = {"keypoints": points}
    REFERENCE.parent.mkdir(exist_ok=True)
    REFERENCE.write_text(json.dumps(found, separators=(",", ":")) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--reference", action="store_true", help="write MediaPipe's key points")
    parser.add_argument("--parity", action="store_true", help="no MediaPipe, no rates")
    options = parser.parse_args()
    videos = sorted((data_folder() / "rope" / "videos").iterdir())
    videos += sorted((data_folder() / "other" / "videos").iterdir())[::4]
    if not options.parity and not PEER.exists():
        sys.exit(f"{PEER} is missing; run: make .venv-mediapipe (or give --parity)")
    if options.reference:
        write_reference(videos)
    else:
        Console(width=160).print(compare(videos, with_rate=not options.parity))


if __name__ == "__main__":
    main()
