"""How well a live network does on streams that it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from models.gym.live import network
from models.gym.live.disturbance import mistaken, resampled
from models.gym.live.examples import Centring
from models.gym.live.features import JOINTS, STEP_S, Features, Floats, all_features, on_grid
from models.gym.live.streams import KINDS, Stream
from models.simulation.noise.joints import SWAPPED_ARMS, SWAPPED_LEGS, TURNED_OVER

ASKED_S = 0.1
"""After the landing, a clip is asked what it was."""
HELD_S = 0.1
"""A probability counts when it is kept for this long."""
_AFTER_S = 0.2  # a clip that ends at the landing stands still for this long
_LOST = _EXCHANGED = 0.3
_SIDES = SWAPPED_ARMS | SWAPPED_LEGS
_DELAY = 30


@dataclass(frozen=True)
class Call:
    """The highest probability of an element that is held for HELD_S in a stream, and when."""

    name: str
    probability: float
    kind: str
    at_s: float


def answers(
    model: Any, streams: Sequence[Stream], centring: Centring
) -> list[tuple[Floats, Features]]:
    """Times (S,) and probabilities (S, 3) of each stream on the network's grid."""
    if not streams:
        return []
    found: list[tuple[Floats, Features]] = []
    for stream in streams:
        steps, rows = on_grid(stream.t, centring(stream.keypoints, stream.t))
        found.append((steps, all_features(rows)))
    # One length for all, so that the network is compiled once.
    longest = max(len(seen) for _, seen in found)
    padded = np.zeros((len(found), longest, found[0][1].shape[1]), np.float32)
    for one, (_, seen) in zip(padded, found, strict=True):
        one[: len(seen)] = seen
    said = network.probabilities(model, padded)
    return [(t, one[: len(t)]) for (t, _), one in zip(found, said, strict=True)]


def right(model: Any, streams: Sequence[Stream], centring: Centring) -> list[bool]:
    """Whether each element of each stream is named rightly ASKED_S after its landing, or at the end
    of the stream."""
    results = []
    for stream, (t, said) in zip(streams, answers(model, streams, centring), strict=True):
        for element in stream.elements:
            if element.kind is not None:
                at = min(int(np.searchsorted(t, element.landing_s + ASKED_S)), len(t) - 1)
                results.append(KINDS[int(said[at].argmax())] == element.kind)
    return results


def closest_call(name: str, t: Floats, said: Features) -> Call:
    """What in a stream comes nearest to an element."""
    steps = round(HELD_S / STEP_S) + 1
    best = Call(name, 0.0, KINDS[0], 0.0)
    for kind in range(1, len(KINDS)):
        if len(t) >= steps:
            windows = np.lib.stride_tricks.sliding_window_view(said[:, kind], steps).min(axis=1)
            at = int(windows.argmax())
            if windows[at] > best.probability:
                best = Call(name, float(windows[at]), KINDS[kind], float(t[at]))
    return best


def standing_on(clip: Stream) -> Stream:
    """The clip with its last frame held for a moment."""
    later = clip.t[-1] + np.arange(1, round(60 * (_AFTER_S + ASKED_S))) / 60
    last = np.repeat(clip.keypoints[-1:], len(later), axis=0)
    return replace(
        clip,
        keypoints=np.concatenate([clip.keypoints, last]),
        t=np.concatenate([clip.t, later]),
    )


def _mirrored(clip: Stream, rng: np.random.Generator) -> Stream:
    keypoints = mistaken(clip.keypoints, np.ones(len(clip.t), np.bool_), _SIDES)
    keypoints[..., 0] = np.where(keypoints[..., 2] > 0, 1920 - keypoints[..., 0], 0)
    return replace(clip, keypoints=keypoints)


def _swapped(clip: Stream, rng: np.random.Generator) -> Stream:
    flags = rng.random(len(clip.t)) < _EXCHANGED
    return replace(clip, keypoints=mistaken(clip.keypoints, flags, _SIDES))


def _delayed(clip: Stream, rng: np.random.Generator) -> Stream:
    return clip.cut(float(clip.t[_DELAY]), np.inf)


def _waiting(clip: Stream, rng: np.random.Generator) -> Stream:
    before = clip.t[0] - np.arange(_DELAY, 0, -1) / 60
    first = np.repeat(clip.keypoints[:1], _DELAY, axis=0)
    return replace(
        clip,
        keypoints=np.concatenate([first, clip.keypoints]),
        t=np.concatenate([before, clip.t]),
    )


def _slower(fps: float) -> Callable[[Stream, np.random.Generator], Stream]:
    def slower(clip: Stream, rng: np.random.Generator) -> Stream:
        return resampled(clip, np.arange(clip.t[0], clip.t[-1], 1 / fps))

    return slower


def _lossy(clip: Stream, rng: np.random.Generator) -> Stream:
    keypoints = clip.keypoints.copy()
    keypoints[rng.random(keypoints.shape[:2]) < _LOST] = 0
    return replace(clip, keypoints=keypoints)


def _coco(clip: Stream, rng: np.random.Generator) -> Stream:
    """As a network without heels and toes gives it, at 30 fps."""
    keypoints = clip.keypoints.copy()
    keypoints[:, JOINTS:] = 0
    return _slower(30)(replace(clip, keypoints=keypoints), rng)


def _over(clip: Stream, rng: np.random.Generator) -> Stream:
    """Turned over in the middle third of the flight."""
    [element] = clip.elements
    third = (element.landing_s - element.takeoff_s) / 3
    flags = (clip.t > element.takeoff_s + third) & (clip.t < element.landing_s - third)
    return replace(clip, keypoints=mistaken(clip.keypoints, flags, TURNED_OVER))


def _gone(clip: Stream, rng: np.random.Generator) -> Stream:
    """Nobody seen for 200 ms in the middle of the flight."""
    [element] = clip.elements
    middle = (element.landing_s + element.takeoff_s) / 2
    keypoints = clip.keypoints.copy()
    keypoints[np.abs(clip.t - middle) < 0.1] = 0
    return replace(clip, keypoints=keypoints)


STRESSES: Mapping[str, Callable[[Stream, np.random.Generator], Stream]] = MappingProxyType(
    {
        "as recorded": lambda clip, rng: clip,
        "mirrored": _mirrored,
        "first 30 frames missing": _delayed,
        "30 frames of standing before": _waiting,
        "30 fps": _slower(30),
        "25 fps": _slower(25),
        "15 fps": _slower(15),
        "120 fps": _slower(120),
        "13 joints, 30 fps": _coco,
        "30 % of joints missing": _lossy,
        "sides exchanged in 30 % of frames": _swapped,
        "turned over in mid-flight": _over,
        "nobody for 200 ms in mid-flight": _gone,
    }
)
"""What is done to a clip before it is asked."""
