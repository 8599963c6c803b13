"""Whether the people that were decoded are those that were drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.pose.body25.decode import LIMBS
from models.skeleton import BODY_25, Keypoints

SEPARABLE_PX = 18  # 2.21 cells
MANY = 12
"""More people than are ever drawn."""


def separable(people: Keypoints) -> NDArray[np.bool_]:
    """(n, 25): whether the joint is seen and no other person's stands in its way."""
    seen = people[..., 2] > 0
    apart = np.abs(people[:, None, :, :2] - people[None, :, :, :2]).max(axis=-1)
    hidden = (apart < SEPARABLE_PX) & seen[:, None] & seen
    hidden[np.arange(len(people)), np.arange(len(people))] = False
    alone: NDArray[np.bool_] = seen & ~hidden.any(axis=1)
    return alone


def matched(found: Keypoints, people: Keypoints) -> Keypoints:
    """`found` in the order of `people`: each has one, and nobody is left over."""
    near = np.hypot(*np.moveaxis(found[None, ..., :2] - people[:, None, :, :2], -1, 0)) < 4
    near &= (found[None, ..., 2] > 0) & (people[:, None, :, 2] > 0)
    order = near.sum(axis=-1).argmax(axis=1) if len(found) else np.empty(0, np.intp)
    assert sorted(order) == list(range(len(people))) == list(range(len(found)))
    ordered: Keypoints = found[order]
    return ordered


def check(found: Keypoints, people: Keypoints, within_px: float = 1.0) -> None:
    """Everybody, every separable joint where it is, no other joint."""
    ours, sure = matched(found, people), separable(people)
    assert (ours[..., 2] > 0)[sure].all()
    error = np.hypot(*np.moveaxis(ours[..., :2] - people[..., :2], -1, 0))
    assert error[sure].max() <= within_px
    assert not ours[people[..., 2] == 0].any()


def largest_part(person: Keypoints) -> NDArray[np.bool_]:
    """(25,): the joints of the largest part that holds together by its limbs."""
    part, seen = np.arange(len(BODY_25)), person[:, 2] > 0
    for _ in part:
        for limb in LIMBS:
            if seen[limb].all():
                part[limb] = part[limb].min()
    largest: NDArray[np.bool_] = part == np.bincount(part[seen]).argmax()
    return largest & seen
