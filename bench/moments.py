"""The moments of a simulated scene that show what happens in it, found in its truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.simulation.curves import Floats
from models.simulation.scene import Scene
from models.simulation.truth import FEET, TrueEvent, Truth

MOMENTS = 8
"""Of a scene; more only where take-off, top and landing of all its skills are more."""

_STEP_S = 0.1
_STRAIGHT_ON_S = 0.6  # from a landing to the next take-off in a series
_BESIDE = 0.3  # of a person's height: a body beyond its joints


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in seconds from the beginning of the scene, and what happens then, if anything."""

    t: float
    says: str = ""


def scene_moments(scene: Scene) -> list[Moment]:
    """In time order: the skills, the misses and restarts, the crossings, and for the rest equal
    steps, each in the flight of a jump where there are jumps."""
    truth = scene.truth
    found = [*_skills(truth), *_misses(truth), *_crossings(scene)]
    steps = _between([moment.t for moment in found], scene.duration_s, MOMENTS - len(found))
    return sorted([*found, *(_in_flight(truth, t) for t in steps)], key=lambda one: one.t)


def skill_moments(event: TrueEvent) -> list[Moment]:
    """Eight of one skill, from the counter-movement until the athlete stands."""
    return [
        Moment(event.start_s, "start"),
        Moment((event.start_s + event.takeoff_s) / 2),
        *_flight(event, 4),
        Moment(event.end_s, "end"),
    ]


def equal_moments(begin_s: float, end_s: float) -> list[Moment]:
    """Eight at equal steps, the ends left out."""
    return [Moment(float(t)) for t in np.linspace(begin_s, end_s, MOMENTS + 2)[1:-1]]


def _skills(truth: Truth) -> list[Moment]:
    if len(truth.events) == 1 and not truth.jumps:
        return skill_moments(truth.events[0])
    found: list[Moment] = []
    for event in truth.events:
        if found and event.takeoff_s - found[-1].t < _STRAIGHT_ON_S:
            found.pop()
        found += _flight(event, 2)
    return found


def _flight(event: TrueEvent, parts: int) -> list[Moment]:
    """Take-off, in between, landing; a skill that never leaves the feet from its start on."""
    begin, end, first, last = event.takeoff_s, event.landing_s, "take-off", "landing"
    if begin == end:
        begin, end, first, last = event.start_s, event.end_s, "start", "end"
    inner = np.linspace(begin, end, parts + 1)[1:-1].tolist()
    says = [event.kind.replace("_", " ") if 2 * (i + 1) == parts else "" for i in range(len(inner))]
    named = [Moment(t, what) for t, what in zip(inner, says, strict=True)]
    return [Moment(begin, first), *named, Moment(end, last)]


def _misses(truth: Truth) -> Iterator[Moment]:
    for miss in truth.misses:
        yield Moment(miss.time_s, "miss")
        if miss.resumed_s is not None:
            yield Moment((miss.time_s + miss.resumed_s) / 2, "untangles")
            yield Moment(miss.resumed_s, "restart")


def _crossings(scene: Scene) -> Iterator[Moment]:
    """When somebody comes before or behind the athlete, is there, and leaves."""
    frames = np.unique(
        [nearest_frame(scene, float(t)) for t in np.arange(0.0, scene.duration_s, _STEP_S)]
    )
    sides = {
        other: np.array([_side(scene, int(i), other) for i in frames])
        for other in range(1, len(scene.cast))
    }
    for other, side in sides.items():
        for first, last in _passes(side):
            begin, end = scene.time(int(frames[first])), scene.time(int(frames[last]))
            middle = (begin + end) / 2
            where = "in front" if _is_nearer(scene, other, middle) else "behind"
            yield Moment(begin)
            yield Moment(middle, where)
            yield Moment(end)


def _side(scene: Scene, i: int, other: int) -> int:
    """-1 left of the athlete in the picture, 1 right, 0 where the two overlap."""
    (left, _), (right, _) = person_box(scene, i, 0)
    (low, _), (high, _) = person_box(scene, i, other)
    return int(low > right) - int(high < left)


def _passes(side: Floats) -> Iterator[tuple[int, int]]:
    """First and last index of each overlap with one side before and the other after it."""
    changes = [0, *(np.flatnonzero(np.diff(side)) + 1).tolist(), len(side)]
    for (begin, end), (after, _) in zip(pairwise(changes), pairwise(changes[1:]), strict=False):
        if side[begin] == 0 and begin > 0 and side[begin - 1] == -side[after]:
            yield begin, end - 1


def _is_nearer(scene: Scene, other: int, t: float) -> bool:
    now = np.array([t])
    depths = [
        float(scene.camera.project(scene.points(now, actor)[0])[1].mean()) for actor in (0, other)
    ]
    return depths[1] < depths[0]


def person_box(scene: Scene, i: int, actor: int) -> Floats:
    """Corners (2, 2) in pixels, left top and right bottom, of somebody in frame `i`."""
    joints = scene.joints(i, actor)
    height = scene.camera.focal * scene.cast[actor].build.stature / _depth(scene, i, actor)
    reach = _BESIDE * height * np.array([0.4, 0.4])
    return np.array([joints.min(axis=0) - reach, joints.max(axis=0) + reach])


def _depth(scene: Scene, i: int, actor: int) -> float:
    points = scene.points(np.array([scene.time(i)]), actor)[0]
    return max(float(scene.camera.project(points)[1].mean()), 0.1)


def nearest_frame(scene: Scene, t: float) -> int:
    """The frame that was taken nearest to time `t`."""
    return int(np.abs(scene.t - t).argmin())


def _between(taken: Sequence[float], duration_s: float, count: int) -> list[float]:
    """`count` times, each in the middle of the longest gap; equal steps where nothing is taken."""
    if not taken:
        return [one.t for one in equal_moments(0.0, duration_s)]
    marks, added = sorted([0.0, *taken, duration_s]), []
    for _ in range(count):
        gap = int(np.diff(marks).argmax())
        added.append((marks[gap] + marks[gap + 1]) / 2)
        marks.insert(gap + 1, added[-1])
    return added


def _in_flight(truth: Truth, t: float) -> Moment:
    """The middle of the flight before the jump nearest to `t`, with the jump's number."""
    if not truth.jumps or not truth.jumps[0].time_s <= t <= truth.jumps[-1].time_s:
        return Moment(t)
    number = int(np.argmin([abs(jump.time_s - t) for jump in truth.jumps]))
    landing = truth.jumps[number].time_s
    lifts = [c.end_s for c in truth.contacts if c.limb in FEET and c.end_s < landing]
    return Moment((max(lifts, default=landing) + landing) / 2, f"jump {number + 1}")
