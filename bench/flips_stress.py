"""What recordings go through on other cameras, with other networks, on worse days.

Each stress makes another case of a case; what is random is drawn from the case's name, so it is the
same each time.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.counting import Track, at_rate
from bench.flips_cases import Case, Expected
from bench.streams_join import leg_px
from models.skeleton import BODY, COCO_17, OPENPOSE_18, Keypoints, Skeleton, convert

Stress = Callable[[Case], Case]

_LOST_S = 0.2
_WAIT_S = 0.5
_DROPPED = 0.3
_BURST_S = 0.1
_AFTER_S = 0.05
_ROLL_RAD = np.radians(10.0)
_AWAY = 1000.0  # px, so that nothing is at negative places
_NOISE = 0.03
_SMALL = 0.12
"""A person of 500 px becomes one of 60."""
_ENDS = {
    **{"shoulder": "hip", "hip": "shoulder", "elbow": "knee", "knee": "elbow"},
    **{"wrist": "ankle", "ankle": "wrist"},
}
_OTHER = {"left": "right", "right": "left"}


def _drawn(case: Case) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(case.name.encode()))


def _later(case: Case, by_s: float) -> tuple[Expected, ...]:
    return tuple(
        replace(one, takeoff_s=one.takeoff_s + by_s, landing_s=one.landing_s + by_s)
        for one in case.truth
    )


def mirrored(case: Case) -> Case:
    """As in a mirror: who moved left moves right."""
    width = float(case.keypoints[..., 0].max())
    return case.seen(_moved(reflected(case.keypoints, case.skeleton), width, 0.0))


def reflected(keypoints: Keypoints, skeleton: Skeleton) -> Keypoints:
    """Key points (T, joints, 3) at negative x; his left is his right."""
    seen = keypoints[:, _other_side(skeleton)].copy()
    seen[..., 0] *= -1
    return seen


def every(step: int, first: int = 0) -> Stress:
    """One frame in `step`, from `first` on."""
    return lambda case: case.part(np.arange(len(case.t)) % step == first)


def resampled(fps: float) -> Stress:
    """At another rate, between the frames; a joint is seen where it was in both neighbours."""

    def stressed(case: Case) -> Case:
        seen = case.keypoints[..., 2] > 0
        track = Track(case.name, case.skeleton, case.keypoints, case.t, np.empty(0), 0.0)
        between = at_rate(track, fps)
        after = np.clip(np.searchsorted(case.t, between.t), 1, len(case.t) - 1)
        both = seen[after] & seen[after - 1]
        keypoints = np.where(both[..., None], between.keypoints, 0)
        return replace(case, t=between.t).seen(keypoints)

    return stressed


def begun_late(case: Case) -> Case:
    """Without the first half second."""
    return case.part(case.t >= case.t[0] + _WAIT_S)


def waits(case: Case) -> Case:
    """The first frame for half a second before."""
    step = float(np.median(np.diff(case.t)))
    count = round(_WAIT_S / step)
    before = np.repeat(case.keypoints[:1], count, axis=0)
    t = np.concatenate([case.t[0] + step * np.arange(count), case.t + count * step])
    keypoints = np.concatenate([before, case.keypoints])
    return replace(case, keypoints=keypoints, t=t, truth=_later(case, count * step))


def dropped(case: Case) -> Case:
    """Without 30 % of the joints, anew in each frame."""
    return _without(case, _drawn(case).random(case.keypoints.shape[:2]) < _DROPPED)


def dropped_for_long(case: Case) -> Case:
    """Without 30 % of the joints, each for a tenth of a second."""
    step = float(np.median(np.diff(case.t)))
    run = max(1, round(_BURST_S / step))
    draws = _drawn(case).random((len(case.t) // run + 1, len(case.skeleton))) < _DROPPED
    return _without(case, np.repeat(draws, run, axis=0)[: len(case.t)])


def lost_at_the_top(case: Case) -> Case:
    """Nobody is seen for 200 ms in the middle of each flight."""
    lost = np.zeros(len(case.t), bool)
    for one in case.truth:
        middle = (one.takeoff_s + one.landing_s) / 2
        lost |= np.abs(case.t - middle) <= _LOST_S / 2
    return _without(case, lost[:, None])


def turned_over(case: Case) -> Case:
    """In half of the time in the air, a tenth of a second each, the network has head and feet
    exchanged."""
    spans = [(one.takeoff_s, one.landing_s) for one in case.truth]
    return _turned_over(case, spans, 0.5)


def sometimes_turned_over(case: Case) -> Case:
    """The same at any time, a tenth of it."""
    return _turned_over(case, [(float(case.t[0]), float(case.t[-1]))], 0.1)


def _turned_over(case: Case, spans: Sequence[tuple[float, float]], share: float) -> Case:
    over = [
        case.skeleton.indices.get("_".join(_ENDS.get(word, word) for word in name.split("_")), i)
        for i, name in enumerate(case.skeleton.joints)
    ]
    rng, keypoints = _drawn(case), case.keypoints.copy()
    for first, last in spans:
        for begin in np.arange(first, last, _BURST_S):
            here = (case.t >= begin) & (case.t < min(begin + _BURST_S, last))
            if rng.random() < share:
                keypoints[here] = keypoints[here][:, over]
    return case.seen(keypoints)


def as_skeleton(skeleton: Skeleton) -> Stress:
    """Only the joints that another network gives."""
    return lambda case: replace(
        case,
        skeleton=skeleton,
        keypoints=convert(case.keypoints, case.skeleton, skeleton),
    )


def cropped(case: Case) -> Case:
    """The picture ends a little above the standing head: hands and feet leave it at the top."""
    seen = case.keypoints[..., 2] > 0
    y = np.where(seen, case.keypoints[..., 1], np.nan)
    standing = y[: max(2, len(y) // 8)]
    top, bottom = np.nanmin(standing), np.nanmax(standing)
    return _without(case, y < top - 0.1 * (bottom - top))


def small(case: Case) -> Case:
    """An eighth of the size, to whole pixels: he stands far away."""
    keypoints = case.keypoints.copy()
    keypoints[..., :2] = np.round(keypoints[..., :2] * _SMALL)
    return case.seen(keypoints)


def jittery(case: Case) -> Case:
    """Without every tenth frame, drawn, and the times of the others 2 ms wrong."""
    rng = _drawn(case)
    kept = case.part(rng.random(len(case.t)) > 0.1)
    t = kept.t + np.clip(rng.normal(0, 0.002, len(kept.t)), -0.004, 0.004)
    return replace(kept, t=t)


def followed(case: Case) -> Case:
    """The camera pans with him: the middle of what is seen of him is always where it was first."""
    keypoints = case.keypoints.copy()
    x = np.where(keypoints[..., 2] > 0, keypoints[..., 0], np.nan)
    known = np.isfinite(x).any(axis=1)
    middle = np.nanmedian(x[known], axis=1)
    way = np.interp(case.t, case.t[known], middle)
    return case.seen(_moved(keypoints, (way[0] - way)[:, None], 0.0))


def rolled(case: Case) -> Case:
    """The camera is tilted by 10 degrees."""
    cos, sin = np.cos(_ROLL_RAD), np.sin(_ROLL_RAD)
    keypoints = case.keypoints.copy()
    x, y = keypoints[..., 0].copy(), keypoints[..., 1].copy()
    keypoints[..., 0], keypoints[..., 1] = cos * x - sin * y + _AWAY, sin * x + cos * y + _AWAY
    return _without(case.seen(keypoints), case.keypoints[..., 2] <= 0)


def zoomed(case: Case) -> Case:
    """He is 25 % larger in the end."""
    keypoints = case.keypoints.copy()
    keypoints[..., :2] *= np.linspace(1.0, 1.25, len(case.t))[:, None, None]
    return case.seen(keypoints)


def noisy(case: Case) -> Case:
    """Each joint 3 % of a leg to either side, anew in each frame."""
    noise = _drawn(case).normal(0, _NOISE * _leg_px(case), (2, *case.keypoints.shape[:2]))
    return case.seen(_moved(case.keypoints.copy(), *noise))


def sides_exchanged(case: Case) -> Case:
    """Left and right exchanged in a third of the tenths of a second."""
    other = _other_side(case.skeleton)
    rng, keypoints = _drawn(case), case.keypoints.copy()
    for begin in np.arange(case.t[0], case.t[-1], _BURST_S):
        if rng.random() < 1 / 3:
            here = (case.t >= begin) & (case.t < begin + _BURST_S)
            keypoints[here] = keypoints[here][:, other]
    return case.seen(keypoints)


def at_speed(factor: float) -> Stress:
    """Somebody who takes so many times as long."""

    def stressed(case: Case) -> Case:
        truth = tuple(
            replace(one, takeoff_s=one.takeoff_s * factor, landing_s=one.landing_s * factor)
            for one in case.truth
        )
        return replace(case, t=case.t * factor, truth=truth)

    return stressed


def ended(case: Case) -> Case:
    """The recording ends 50 ms after the landing, where it goes on so long."""
    return case.part(case.t <= case.truth[-1].landing_s + _AFTER_S)


def begun_in_the_air(case: Case) -> Case:
    """The recording begins 0.1 s after the take-off. There is nothing that must be said."""
    return case.part(case.t >= case.truth[0].takeoff_s + 0.1)


def _leg_px(case: Case) -> float:
    return leg_px(convert(case.keypoints, case.skeleton, BODY))


def _moved(keypoints: Keypoints, x: ArrayLike, y: ArrayLike) -> Keypoints:
    """What is seen, moved by so many pixels."""
    seen = keypoints[..., 2] > 0
    keypoints[..., 0] += np.where(seen, x, 0)
    keypoints[..., 1] += np.where(seen, y, 0)
    return keypoints


def _other_side(skeleton: Skeleton) -> list[int]:
    """Of each joint the one on the other side."""
    return [
        skeleton.index("_".join(_OTHER.get(word, word) for word in name.split("_")))
        for name in skeleton.joints
    ]


def _without(case: Case, lost: NDArray[np.bool_]) -> Case:
    """Without the joints where `lost` (T, joints) or (T, 1) is true."""
    return case.seen(np.where(lost[..., None], 0, case.keypoints))


BEGUN = "begins in the air (nothing is due)"
STRESSES: Mapping[str, Stress] = {
    "as recorded": lambda case: case,
    "mirrored": mirrored,
    "30 fps": every(2),
    "30 fps, the other frames": every(2, 1),
    "15 fps": every(4),
    "25 fps": resampled(25.0),
    "120 fps": resampled(120.0),
    "first 0.5 s missing": begun_late,
    "0.5 s standing before": waits,
    "30 % of joints dropped": dropped,
    "30 % dropped for 0.1 s": dropped_for_long,
    "200 ms lost at the top": lost_at_the_top,
    "turned over in the air": turned_over,
    "turned over now and then": sometimes_turned_over,
    "COCO-17": as_skeleton(COCO_17),
    "COCO-17, 30 fps": lambda case: every(2)(as_skeleton(COCO_17)(case)),
    "OpenPose-18": as_skeleton(OPENPOSE_18),
    "OpenPose-18, 30 fps": lambda case: every(2)(as_skeleton(OPENPOSE_18)(case)),
    "head room missing": cropped,
    "small, whole pixels": small,
    "10 % of frames lost, times +-2 ms": jittery,
    "camera pans with him": followed,
    "camera rolled by 10 degrees": rolled,
    "25 % larger in the end": zoomed,
    "noise of 3 % of a leg": noisy,
    "sides exchanged, a third": sides_exchanged,
    "15 % faster": at_speed(0.85),
    "15 % slower": at_speed(1.15),
    "ends 50 ms after landing": ended,
    BEGUN: begun_in_the_air,
}
