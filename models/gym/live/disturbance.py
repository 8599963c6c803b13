"""What cameras and pose networks do to a stream: other rates, lost frames and joints, sides
exchanged, skeletons turned over, a camera that moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.gym.live.features import Floats
from models.gym.live.streams import Element, Stream, leg_length
from models.simulation.noise.joints import SWAPPED_ARMS, SWAPPED_LEGS, TURNED_OVER, seen_as
from models.skeleton import BODY, Keypoints

RATES = (25.0, 120.0)
_FEET = [BODY.index(f"{s}_{part}") for s in ("left", "right") for part in ("heel", "toe")]
Flags = NDArray[np.bool_]


def disturbed(stream: Stream, rng: np.random.Generator) -> Stream:
    """The stream as another camera, of a rate within RATES, and another pose network might give it.
    Its elements move with it."""
    fps = float(np.exp(rng.uniform(*np.log(RATES))))
    stream = resampled(_warped(stream, rng), _times(stream, fps, rng))
    keypoints = stream.keypoints.copy()
    for step, share in _STEPS:
        if rng.random() < share:
            keypoints = step(keypoints, stream.t, rng)
    keypoints[keypoints[..., 2] <= 0] = 0
    return replace(stream, keypoints=keypoints)


def resampled(stream: Stream, t: Floats) -> Stream:
    """The stream at times `t` (T,): linear between two frames that both show a joint, else as in
    the nearer one."""
    after = np.clip(np.searchsorted(stream.t, t), 1, len(stream.t) - 1)
    part = np.clip((t - stream.t[after - 1]) / (stream.t[after] - stream.t[after - 1]), 0, 1)
    a, b = stream.keypoints[after - 1], stream.keypoints[after]
    mixed = a + (b - a) * part[:, None, None]
    nearer = np.where((part < 0.5)[:, None, None], a, b)
    both = ((a[..., 2] > 0) & (b[..., 2] > 0))[..., None]
    return replace(stream, keypoints=np.where(both, mixed, nearer).astype(np.float32), t=t)


def ghost(stream: Stream, rng: np.random.Generator) -> Stream:
    """What a network that finds nobody may see instead: a body of any size, tilted at will."""
    angle, size = rng.uniform(-np.pi, np.pi), float(np.exp(rng.uniform(-1.0, 0.7)))
    turn = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    keypoints = stream.keypoints.copy()
    seen = keypoints[..., 2] > 0
    places = keypoints[seen][:, :2]
    if len(places):
        middle = places.mean(axis=0)
        keypoints[seen, :2] = (places - middle) @ turn.T + middle
    return replace(stream, keypoints=keypoints)


def _warped(stream: Stream, rng: np.random.Generator) -> Stream:
    """Faster or slower by up to 15 %."""
    pace = float(rng.uniform(0.87, 1.15))
    elements = tuple(
        Element(e.kind, e.takeoff_s * pace, e.landing_s * pace) for e in stream.elements
    )
    return replace(stream, t=stream.t * pace, elements=elements)


def _times(stream: Stream, fps: float, rng: np.random.Generator) -> Floats:
    t = np.arange(stream.t[0], stream.t[-1], 1 / fps) + rng.uniform(0, 1 / fps)
    if rng.random() < 0.5:
        t = t + rng.uniform(-0.35, 0.35, len(t)) / fps
    if rng.random() < 0.3:
        t = t[rng.random(len(t)) > rng.uniform(0, 0.2)]
    return t


def spans(
    t: Floats, rng: np.random.Generator, per_s: float, shortest_s: float, longest_s: float
) -> Flags:
    """Flags (T,) that are set in random spans, `per_s` of them a second."""
    flags = np.zeros(len(t), np.bool_)
    length = t[-1] - t[0]
    for begin in t[0] + rng.uniform(0, length, rng.poisson(per_s * length)):
        flags |= (t >= begin) & (t < begin + rng.uniform(shortest_s, longest_s))
    return flags


def mistaken(keypoints: Keypoints, flags: Flags, state: int) -> Keypoints:
    """Key points (T, 17, 3) with joints taken for others (`noise.joints`) in the frames of `flags`
    (T,)."""
    result = keypoints.copy()
    result[flags] = seen_as(keypoints[flags].astype(np.float64), state)
    return result


def _jitter(keypoints: Keypoints, t: Floats, rng: np.random.Generator) -> Keypoints:
    size = leg_length(keypoints) * rng.uniform(0.0, 0.04)
    noise = rng.standard_normal((*keypoints.shape[:2], 2)) * np.nan_to_num(size)
    keypoints[..., :2] += noise
    return keypoints


def _joints_lost(keypoints: Keypoints, t: Floats, rng: np.random.Generator) -> Keypoints:
    keypoints[rng.random(keypoints.shape[:2]) < rng.uniform(0, 0.35)] = 0
    return keypoints


def _limbs_lost(keypoints: Keypoints, t: Floats, rng: np.random.Generator) -> Keypoints:
    for joint in range(len(BODY)):
        keypoints[spans(t, rng, 0.3, 0.05, 0.5), joint] = 0
    return keypoints


def _nobody(keypoints: Keypoints, t: Floats, rng: np.random.Generator) -> Keypoints:
    keypoints[spans(t, rng, 0.3, 0.03, 0.25)] = 0
    return keypoints


def _no_feet(keypoints: Keypoints, t: Floats, rng: np.random.Generator) -> Keypoints:
    keypoints[:, _FEET] = 0
    return keypoints


def _swapped(keypoints: Keypoints, t: Floats, rng: np.random.Generator) -> Keypoints:
    for state in (SWAPPED_ARMS, SWAPPED_LEGS, SWAPPED_ARMS | SWAPPED_LEGS):
        keypoints = mistaken(keypoints, spans(t, rng, 0.3, 0.03, 0.6), state)
    return keypoints


def _turned_over(keypoints: Keypoints, t: Floats, rng: np.random.Generator) -> Keypoints:
    return mistaken(keypoints, spans(t, rng, 0.4, 0.03, 0.35), TURNED_OVER)


def _camera(keypoints: Keypoints, t: Floats, rng: np.random.Generator) -> Keypoints:
    """A camera that rolls, pans and tilts a little, and slowly."""
    leg = np.nan_to_num(leg_length(keypoints))
    middle = keypoints[keypoints[..., 2] > 0][:, :2].mean(axis=0) if leg else np.zeros(2)
    roll = np.radians(rng.normal(0, 4))
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    squeeze = np.array([rng.uniform(0.85, 1.1), 1.0])
    keypoints[..., :2] = ((keypoints[..., :2] - middle) * squeeze) @ turn.T + middle
    knots = np.arange(t[0], t[-1] + 2, 1.0)
    for axis, size in ((0, 0.5), (1, 0.15)):
        way = np.cumsum(rng.normal(0, size * leg * rng.random(), len(knots)))
        keypoints[..., axis] += np.interp(t, knots, way)[:, None]
    return keypoints


_Step = Callable[[Keypoints, Floats, np.random.Generator], Keypoints]
_STEPS: tuple[tuple[_Step, float], ...] = (
    (_camera, 0.5),
    (_no_feet, 0.4),
    (_swapped, 0.4),
    (_turned_over, 0.5),
    (_jitter, 0.6),
    (_joints_lost, 0.4),
    (_limbs_lost, 0.3),
    (_nobody, 0.3),
)
"""Each with the share of streams that have it."""
