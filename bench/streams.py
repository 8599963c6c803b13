"""Streams in which athletes stand, walk, jump, and now and then do a backflip or a handspring.

Joined streams: real recordings of the gym between stretches of the real videos (who stands, walks,
exercises or jumps over a rope there begins and ends upright), sometimes one recording out of the
landing of another, as in a series; `bench/streams_join.py` says how they are joined. Simulated
streams: one athlete who does it all without a cut, series included, seen by the noise model of a
network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.counting import Track, at_rate, read_track
from bench.flips_cases import Case, Expected, gym_cases
from bench.flips_stress import reflected
from bench.staged import Move, drawn_seed, in_parallel, seen_by, stage, true_joints
from bench.streams_join import FPS, Part, join, leg_px
from models.simulation.noise.model import Network
from models.skeleton import BODY, Keypoints, convert

JOINED = "real, joined"
SERIES = "real, joined out of a landing"
SIMULATED: dict[str, Network] = {
    "simulated, OpenPose's noise": "openpose",
    "simulated, BlazePose's noise": "blazepose",
}
_CLIPS = 4
"""Recordings of the gym in a stream."""
_LONG_S = (2.0, 4.0)
_EACH = 3
"""Stretches of one video, at most."""
_TRIES = 40
_SEAM_S, _AFTER_LANDING_S = (0.4, 0.7), (0.6, 1.0)
_REBOUND_S, _BEFORE_S = 0.2, 0.15
_LIMBS = slice(1, 13)
_UPRIGHT_DEG = 35.0
_CUT = 0.5  # leg lengths between two frames at 30 fps
_STEADY = 0.25
_STANDING = 0.12  # leg lengths
_ENDS = 6  # frames
_SHOULDERS, _HIPS = (
    [BODY.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("shoulder", "hip")
)
_FEET = [
    BODY.index(f"{side}_{joint}")
    for side in ("left", "right")
    for joint in ("ankle", "heel", "toe")
]


def joined_streams(gym: Path, tracks: Path, seed: int = 3) -> Iterator[Case]:
    """Every recording of the gym once in a stream with pauses, and again out of a landing."""
    rng = np.random.default_rng(seed)
    clips = gym_cases(gym)
    stretches = [one for which in ("rope", "other") for one in _stretches(tracks / which, rng)]
    for group in (JOINED, SERIES):
        order = rng.permutation(len(clips))
        for number, begin in enumerate(range(0, len(order), _CLIPS)):
            chosen = [clips[i] for i in order[begin : begin + _CLIPS]]
            parts = list(_parts(chosen, stretches, rng, series=group == SERIES))
            keypoints, truth = join(parts, rng)
            if rng.random() < 0.5:
                keypoints = reflected(keypoints, BODY)
            t = np.arange(len(keypoints)) / FPS
            name = f"{number}: {', '.join(clip.name for clip in chosen)}"
            yield Case(name, group, BODY, keypoints, t, truth)


def _parts(
    clips: Sequence[Case], stretches: Sequence[Part], rng: np.random.Generator, *, series: bool
) -> Iterator[Part]:
    for i, clip in enumerate(clips):
        rebound = series and i % 2 == 1
        if not rebound:
            yield _after(stretches[int(rng.integers(len(stretches)))], rng, landed=i > 0)
        yield _flip(clip, rng, rebound=rebound)
    yield _after(stretches[int(rng.integers(len(stretches)))], rng, landed=True)


def _after(stretch: Part, rng: np.random.Generator, *, landed: bool) -> Part:
    seam_s = float(rng.uniform(*(_AFTER_LANDING_S if landed else _SEAM_S)))
    return Part(stretch.name, stretch.keypoints, seam_s)


def _flip(clip: Case, rng: np.random.Generator, *, rebound: bool) -> Part:
    """A recording of the gym; out of a landing it begins just before its take-off."""
    [true] = clip.truth
    body = convert(clip.keypoints, clip.skeleton, BODY)
    begin_s = max(0.0, true.takeoff_s - _BEFORE_S) if rebound else 0.0
    begin = round(begin_s * FPS)
    truth = Expected(true.kind, true.takeoff_s - begin / FPS, true.landing_s - begin / FPS)
    seam_s = _REBOUND_S if rebound else float(rng.uniform(*_SEAM_S))
    return Part(clip.name, body[begin:], seam_s, (truth,))


def _stretches(folder: Path, rng: np.random.Generator) -> Iterator[Part]:
    """A few stretches of each video in which one person is there all the time and begins and ends
    upright on his feet."""
    for path in sorted(folder.glob("*.npz")):
        track = read_track(path)
        body = convert(track.keypoints, track.skeleton, BODY)
        if len(track.t) < 2 or np.ptp(track.t) < _LONG_S[1]:
            continue
        even = at_rate(Track(path.stem, BODY, body, track.t, np.empty(0), 1 / FPS), FPS)
        found = 0
        for _ in range(_TRIES):
            count = round(float(rng.uniform(*_LONG_S)) * FPS)
            begin = int(rng.integers(0, len(even.t) - count)) if len(even.t) > count else 0
            keypoints = even.keypoints[begin : begin + count]
            if _one_person(keypoints) and found < _EACH:
                found += 1
                yield Part(f"{path.stem} {even.t[begin]:.1f} s", keypoints, 0.0)


def _one_person(keypoints: Keypoints) -> bool:
    """Whether key points (T, 17, 3) are of one person of one size, whole and without a cut, who
    begins and ends upright on his feet."""
    seen = keypoints[..., 2] > 0.3
    if seen[:, _LIMBS].mean() < 0.95 or not seen[:_ENDS, _LIMBS].all():
        return False
    leg = leg_px(keypoints)
    middle = keypoints[:, _HIPS, :2].mean(axis=1)
    steps = np.linalg.norm(np.diff(middle, axis=0), axis=1)
    if not seen[-_ENDS:, _LIMBS].all() or steps.max() > _CUT * leg / 2:
        return False
    ends = (keypoints[:_ENDS], keypoints[-_ENDS:])
    return all(_upright(end, leg) for end in ends) and _of_one_size(keypoints, leg)


def _of_one_size(keypoints: Keypoints, leg: float) -> bool:
    thirds = np.array_split(keypoints, 3)
    return all(abs(leg_px(third) / leg - 1) < _STEADY for third in thirds)


def _upright(end: Keypoints, leg: float) -> bool:
    trunk = (end[:, _SHOULDERS, :2] - end[:, _HIPS, :2]).mean(axis=(0, 1))
    lean = np.degrees(np.arctan2(abs(trunk[0]), -trunk[1]))
    feet = np.where(end[:, _FEET, 2] > 0, end[:, _FEET, 1], -np.inf).max(axis=1)
    legs = (feet - end[:, _HIPS, 1].mean(axis=1)) / leg
    return bool(lean < _UPRIGHT_DEG and legs.min() > 0.8 and np.ptp(legs) < _STANDING)


def simulated_streams(count: int, jobs: int, seed: int = 5) -> list[Case]:
    """So many streams of each of SIMULATED, each of another athlete."""
    exact = in_parallel(partial(_performance, seed), range(count), jobs)
    cases = []
    for group, network in SIMULATED.items():
        rng = np.random.default_rng([seed, len(group)])
        for number, (joints, t, truth) in enumerate(exact):
            seen = seen_by(network, joints, t, rng)
            cases.append(Case(f"{number}", group, BODY, seen, t, truth))
    return cases


_Performance = tuple[NDArray[np.float64], NDArray[np.float64], tuple[Expected, ...]]
_ELEMENTS: tuple[Move, ...] = (
    {"move": "backflip"},
    {"move": "handspring"},
    {"move": "series", "skills": ["round_off", "handspring", "backflip"]},
    {"move": "series", "skills": ["backflip", "backflip", "backflip"]},
    {"move": "series", "skills": ["round_off", "handspring", "handspring", "backflip"]},
)
_BETWEEN: tuple[Move, ...] = (
    *({"move": name, "seconds": 3.2} for name in ("speed_step", "bounce", "jumping_jacks", "wait")),
    *({"move": name} for name in ("straight_jump", "aborted", "forward_roll")),
    {"move": "stand", "seconds": 0.8},
)
_TOGETHER = 3
_LONGEST_S = 45.0
_VIEW_DEG = 30.0


def _performance(seed: int, number: int) -> _Performance:
    """True joints (T, 17, 2) at times (T,) of somebody who does elements between other moves, and
    what is true of it."""
    rng = np.random.default_rng([seed, number])
    facing = float(rng.choice([-90.0, 90.0]) + rng.uniform(-_VIEW_DEG, _VIEW_DEG))
    moves: list[Move] = []
    for i in rng.choice(len(_ELEMENTS), _TOGETHER, replace=False):
        moves.append(_BETWEEN[int(rng.integers(len(_BETWEEN)))])
        way = (float(rng.uniform(-0.8, 0.8)), float(rng.uniform(-0.3, 0.3)))
        turned = facing + float(rng.uniform(-10.0, 10.0))
        moves.append({"move": "walk", "x": way[0], "y": way[1], "facing_deg": turned})
        moves.append(_ELEMENTS[i])
    scene = stage(moves, drawn_seed(rng), facing_deg=facing, fps=FPS, seconds=_LONGEST_S)
    last = scene.truth.events[-1].end_s + 1.0
    frames = range(int(np.searchsorted(scene.t, last)))
    truth = tuple(Expected(e.kind, e.takeoff_s, e.landing_s) for e in scene.truth.events)
    return true_joints(scene, frames), scene.t[: len(frames)], truth
