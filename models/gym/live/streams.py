"""Streams of key points with what is done in them, and streams made of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.gym.live.features import Floats
from models.skeleton import BODY, Keypoints

Kind = Literal["neither", "backflip", "handspring"]
KINDS: tuple[Kind, ...] = ("neither", "backflip", "handspring")
"""The classes, in the order of the network's output."""

_LEGS = [
    [BODY.index(f"{side}_{part}") for part in ("hip", "knee", "ankle")]
    for side in ("left", "right")
]
_SETTLED_FRAMES = 6


@dataclass(frozen=True)
class Element:
    """A backflip or handspring; `kind` None: a skill of which nothing is asked in the air (half a
    backflip that ends as a fall, a double somersault), and that is neither once it is over."""

    kind: Kind | None
    takeoff_s: float
    landing_s: float


@dataclass(frozen=True, eq=False)
class Stream:
    """Key points (T, 17, 3) of one person in the order of BODY at times `t` (T,), and the elements
    in them. `group` names the athlete or the video: what is in one part of a split as a whole."""

    name: str
    group: str
    keypoints: Keypoints
    t: Floats
    elements: tuple[Element, ...] = ()

    def cut(self, begin_s: float, end_s: float) -> Stream:
        """What lies between two times."""
        kept = (self.t >= begin_s) & (self.t <= end_s)
        elements = tuple(e for e in self.elements if begin_s < e.landing_s and e.takeoff_s < end_s)
        return replace(self, keypoints=self.keypoints[kept], t=self.t[kept], elements=elements)

    def backwards(self) -> Stream:
        """The same played backwards. Who turned backward turns forward: neither of the elements."""
        t = self.t[-1] - self.t[::-1]
        return replace(self, keypoints=self.keypoints[::-1], t=t, elements=())


def leg_length(keypoints: Keypoints) -> float:
    """Thigh plus shank in px: the median over (T, 17, 3) of the longer leg, as a view only ever
    shortens. NaN where no leg is seen."""
    legs = keypoints[:, _LEGS]
    lengths = np.linalg.norm(np.diff(legs[..., :2], axis=2), axis=-1).sum(axis=-1)
    lengths[(legs[..., 2] <= 0).any(axis=2)] = np.nan
    known = lengths[np.isfinite(lengths).any(axis=1)]
    return float(np.median(np.nanmax(known, axis=1))) if len(known) else float("nan")


def joined(parts: Sequence[Stream], rng: np.random.Generator, *, blends: bool = True) -> Stream:
    """The parts one after the other. With `blends` each is in the scale and on the floor of the one
    before, and the body goes over into it in a fraction of a second. Without, the film is cut, or
    somebody else is followed: he may be anywhere and of any size."""
    whole = parts[0]
    for part in parts[1:]:
        gap_s = float(rng.uniform(0.15, 0.6)) if blends else 1 / 30
        near = blends or rng.random() < 0.5
        whole = _then(whole, _placed(part, whole) if near else part, gap_s)
    groups = {part.group for part in parts if part.group}
    return replace(whole, group="+".join(sorted(groups)))


def _then(first: Stream, second: Stream, gap_s: float) -> Stream:
    begin = float(first.t[-1]) + gap_s
    t = second.t - second.t[0] + begin
    between = np.arange(first.t[-1], begin - 1e-6, 1 / 60)[1:]
    part = ((between - first.t[-1]) / gap_s)[:, None, None]
    a, b = first.keypoints[-1], second.keypoints[0]
    blend = (a + (b - a) * part) * ((a[:, 2] > 0) & (b[:, 2] > 0))[:, None]
    late = begin - float(second.t[0])
    moved = (Element(e.kind, e.takeoff_s + late, e.landing_s + late) for e in second.elements)
    return replace(
        first,
        keypoints=np.concatenate([first.keypoints, blend.astype(np.float32), second.keypoints]),
        t=np.concatenate([first.t, between, t]),
        elements=(*first.elements, *moved),
    )


def _placed(part: Stream, before: Stream) -> Stream:
    scale = leg_length(before.keypoints) / leg_length(part.keypoints)
    if not np.isfinite(scale):
        return part
    ends, begins = before.keypoints[-_SETTLED_FRAMES:], part.keypoints[:_SETTLED_FRAMES]
    moved = part.keypoints.copy()
    moved[..., :2] *= scale
    moved[..., :2] += _stand(ends) - _stand(begins) * scale
    moved[moved[..., 2] <= 0] = 0
    return replace(part, keypoints=moved)


def _stand(keypoints: Keypoints) -> NDArray[np.float32]:
    """Where the body stands: the middle of what is seen across, and the lowest of it."""
    seen = keypoints[keypoints[..., 2] > 0]
    if not len(seen):
        return np.zeros(2, np.float32)
    return np.array([np.median(seen[:, 0]), np.percentile(seen[:, 1], 95)], np.float32)
