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
_OVERLAP = 0.25  # of the time that two overlap: then much is hidden
_BEYOND = 0.12  # of a person's height: a body beyond its joints
_ROPE = 0.12  # of a person's height: a rope beyond that


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in seconds from the beginning of the scene, and what happens then, if anything."""

    t: float
    says: str = ""


def scene_moments(scene: Scene) -> list[Moment]:
    """In time order: the skills, the misses and restarts, the crossings, and for the rest equal
    steps, each at a jump where there are jumps; where the truth says nothing, the postures that
    differ most."""
    truth = scene.truth
    found = [*_skills(truth), *_misses(truth), *_crossings(scene)]
    if not found and not truth.jumps:
        return _postures(scene)
    steps = _between([moment.t for moment in found], scene.duration_s, MOMENTS - len(found))
    return sorted([*found, *(_at_jump(truth, t) for t in steps)], key=lambda one: one.t)


def skill_moments(truth: Truth) -> list[Moment]:
    """Eight of the first skill, from the counter-movement until the athlete stands."""
    event = truth.events[0]
    times = np.linspace(event.start_s, event.end_s, MOMENTS)
    says = ["start", *[""] * (MOMENTS - 2), "end"]
    if event.landing_s > event.takeoff_s:
        times[1] = (event.start_s + event.takeoff_s) / 2
        times[2:-1] = np.linspace(event.takeoff_s, event.landing_s, MOMENTS - 3)
        says[2:-1] = ["take-off", "", "middle", "", "landing"]
    if event.kind == "fall":
        floor = _on_the_floor(truth, event)
        times[2:-1] = [
            *np.linspace(event.takeoff_s, event.landing_s, 3),
            floor,
            (floor + event.end_s) / 2,
        ]
        says[2:-1] = ["take-off", "middle", "landing", "floor", ""]
    return [Moment(float(t), what) for t, what in zip(times, says, strict=True)]


def _on_the_floor(truth: Truth, event: TrueEvent) -> float:
    """The middle of the contact that ends a fall."""
    contacts = [
        c
        for c in truth.contacts
        if c.limb not in FEET and event.landing_s <= c.begin_s < event.end_s
    ]
    return (contacts[0].begin_s + contacts[0].end_s) / 2 if contacts else event.landing_s


def equal_moments(begin_s: float, end_s: float) -> list[Moment]:
    """Eight at equal steps, the ends left out."""
    return [Moment(float(t)) for t in np.linspace(begin_s, end_s, MOMENTS + 2)[1:-1]]


def _skills(truth: Truth) -> list[Moment]:
    if len(truth.events) == 1 and not truth.jumps:
        return skill_moments(truth)
    found: list[Moment] = []
    for event in truth.events:
        if found and event.takeoff_s - found[-1].t < _STRAIGHT_ON_S:
            found.pop()
        found += _three(truth, event)
    return found


def _three(truth: Truth, event: TrueEvent) -> list[Moment]:
    """Take-off, middle, landing, or what takes their place in a skill without."""
    begin, end, first, last = event.takeoff_s, event.landing_s, "take-off", "landing"
    if begin == end:
        begin, end, first, last = event.start_s, event.end_s, "start", "end"
    if event.kind == "fall":
        end, last = _on_the_floor(truth, event), "floor"
    name = event.kind.replace("_", " ")
    middle = (begin + (event.landing_s if event.kind == "fall" else end)) / 2
    return [Moment(begin, first), Moment(middle, name), Moment(end, last)]


def _misses(truth: Truth) -> Iterator[Moment]:
    for miss in truth.misses:
        yield Moment(miss.time_s, "miss")
        if miss.resumed_s is not None:
            yield Moment((miss.time_s + miss.resumed_s) / 2, "untangles")
            yield Moment(miss.resumed_s, "restart")


def _crossings(scene: Scene) -> Iterator[Moment]:
    """When somebody is behind the athlete; when he comes before the athlete, is there, leaves."""
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
            middle, part = (begin + end) / 2, _OVERLAP * (end - begin)
            if not _is_nearer(scene, other, middle):
                yield Moment(middle, "behind")
                continue
            yield Moment(begin + part, "comes")
            yield Moment(middle, "in front")
            yield Moment(end - part, "leaves")


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
    """Corners (2, 2) in pixels, left top and right bottom, of somebody and his rope in frame
    `i`."""
    joints = scene.joints(i, actor)
    height = scene.camera.focal * scene.cast[actor].build.stature / _depth(scene, i, actor)
    reach = _BEYOND * height
    if np.isfinite(scene.cast[actor].motion.at(np.array([scene.time(i)])).rope[0, 0]):
        reach += _ROPE * height
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


def _at_jump(truth: Truth, t: float) -> Moment:
    """At the jump nearest to `t`, with its number: on one foot the middle of the support after it,
    on both the middle of the flight before it."""
    if not truth.jumps or not truth.jumps[0].time_s <= t <= truth.jumps[-1].time_s:
        return Moment(t)
    number = int(np.argmin([abs(jump.time_s - t) for jump in truth.jumps]))
    jump = truth.jumps[number]
    feet = [c for c in truth.contacts if c.limb in FEET]
    if jump.foot == "both":
        other = max((c.end_s for c in feet if c.end_s < jump.time_s), default=jump.time_s)
        return Moment((other + jump.time_s) / 2, f"jump {number + 1}")
    other = min((c.end_s for c in feet if c.end_s > jump.time_s), default=jump.time_s)
    return Moment((jump.time_s + other) / 2, f"jump {number + 1}, {jump.foot}")


def _postures(scene: Scene) -> list[Moment]:
    """Each next one is farthest from all before it, by the places of the body's points around their
    mean; the first is the beginning."""
    times = np.arange(0.0, scene.duration_s, _STEP_S)
    points = scene.points(times)
    around = points - points.mean(axis=1, keepdims=True)
    chosen, apart = [0], np.full(len(times), np.inf)
    while len(chosen) < MOMENTS:
        apart = np.minimum(apart, np.linalg.norm(around - around[chosen[-1]], axis=2).mean(axis=1))
        chosen.append(int(apart.argmax()))
    return [Moment(float(times[i])) for i in sorted(chosen)]
