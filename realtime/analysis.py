"""Everything behind the pose: who, body, recognisers. A pure, causal function of the poses."""

from __future__ import annotations

from collections.abc import Callable

from calibration.floor_zone import FloorZone, Zone
from calibration.zone import PictureZone
from models.poses import Poses
from models.rope.learned.network import shipped
from models.skeleton import Keypoints, Skeleton
from realtime.marks import Event, Expected, Jump, Mark
from realtime.observations import Observed
from realtime.recognise.flips import FlipRecogniser
from realtime.recognise.jumps import JumpCounter
from realtime.recognise.protocol import Recogniser
from realtime.stream.body import BodyPose, BodyStream
from realtime.stream.lock import AthleteLock, LockRule
from realtime.stream.motion import MotionEnergy
from realtime.stream.standing import StationTracker, tracker_for
from realtime.stream.tracking import Tracked, Tracker

SEEN_S = 0.5
"""Who was in view for less, and did nothing, was not followed."""


class Athlete:
    """One person: his body and what recognises his doings; `motion` where the lock asks for it."""

    def __init__(self, number: int, skeleton: Skeleton, motion: MotionEnergy | None = None) -> None:
        self.number = number
        self.seen_s = 0.0
        self.acted = False
        self.seen = False
        self.last_t: float | None = None
        self.motion = motion
        self._body = BodyStream(skeleton)
        self._recognisers: tuple[Recogniser, ...] = (
            JumpCounter(number, witness=shipped()),
            FlipRecogniser(number),
        )

    def update(self, frame: int, t: float, keypoints: Keypoints | None) -> list[Mark]:
        pose = self._body.update(frame, t, keypoints)
        self._notice(pose)
        if self.motion is not None:
            self.motion.update(pose)
        return self._noted([m for each in self._recognisers for m in each.update(pose)])

    def finish(self) -> list[Mark]:
        return self._noted([m for each in self._recognisers for m in each.finish()])

    def _notice(self, pose: BodyPose) -> None:
        if pose.seen and self.seen and self.last_t is not None:
            self.seen_s += pose.t - self.last_t
        self.seen = pose.seen
        if pose.seen:
            self.last_t = pose.t

    def _noted(self, marks: list[Mark]) -> list[Mark]:
        self.acted |= any(not isinstance(mark, Expected) for mark in marks)
        return marks


class Analysis:
    """The poses of one station to the marks of everybody in view.

    No clock, no input but the observations: the same poses give the same marks, live and on
    replay. Who is outside the zone is nobody.
    """

    def __init__(
        self,
        zone: Zone | None = None,
        rule: LockRule = "active",
        undistort: Callable[[Poses], Poses] | None = None,
    ) -> None:
        """`zone` is in pixels as they come; `undistort` (pure) is for what is within."""
        self._zone = zone
        self._undistort = undistort
        self._tracker: Tracker | StationTracker | None = None
        self.rule: LockRule = rule
        self._lock = AthleteLock(rule)
        self._athletes: dict[int, Athlete] = {}
        self._followed: set[int] = set()
        self._t = 0.0

    @property
    def athlete(self) -> int | None:
        """Who is meant; None until somebody was seen."""
        return self._lock.athlete

    @property
    def in_view(self) -> frozenset[int]:
        """Who is in the last frame."""
        return frozenset(number for number, athlete in self._athletes.items() if athlete.seen)

    @property
    def known(self) -> int:
        """How many people are in view or may come back; the cost of a frame grows with it."""
        return len(self._athletes)

    @property
    def followed(self) -> list[int]:
        """Everybody who was followed, the one who is meant first."""
        return sorted(self._followed, key=lambda number: (number != self.athlete, number))

    def update(self, observed: Observed) -> list[Mark]:
        """Marks that this frame settles. Times must increase from call to call."""
        t, skeleton = observed.t, observed.poses.skeleton
        self._t = t
        if self._tracker is None:
            self._tracker = tracker_for(skeleton, self._zone)
        people = self._tracker.update(t, counted(observed.poses, self._zone, self._undistort))
        seen = {person.id: person.keypoints for person in people}
        for number in seen.keys() - self._athletes.keys():
            motion = MotionEnergy() if self.rule == "motion" else None
            self._athletes[number] = Athlete(number, skeleton, motion)
        marks = [
            mark
            for number, athlete in sorted(self._athletes.items())
            for mark in athlete.update(observed.seq, t, seen.get(number))
        ]
        marks = [*self._locked(t, people, marks), *marks]
        return marks + self._forget(self._tracker.known)

    def choose(self, athlete: int | None) -> list[Mark]:
        """Take a choice by hand between two frames: who is meant until the next choice; None gives
        it back to the rule. Marks of a change; ValueError when nobody has that number."""
        if athlete is not None and athlete not in self._followed:
            raise ValueError(f"nobody has number {athlete}")
        lock = self._lock.choose(self._t, athlete)
        return [lock] if lock else []

    def finish(self) -> list[Mark]:
        """Marks that only waited for more frames."""
        athletes = [athlete for _, athlete in sorted(self._athletes.items())]
        return [mark for athlete in athletes for mark in athlete.finish()]

    def _locked(self, t: float, people: list[Tracked], marks: list[Mark]) -> list[Mark]:
        acting = {mark.athlete for mark in marks if isinstance(mark, Jump | Event)}
        motion = {n: each.motion.energy for n, each in self._athletes.items() if each.motion}
        lock = self._lock.update(t, people, acting, motion)
        for number, athlete in self._athletes.items():
            meant = number == self._lock.athlete and athlete.last_t is not None
            if meant or athlete.acted or athlete.seen_s >= SEEN_S:
                self._followed.add(number)
        return [lock] if lock else []

    def _forget(self, known: set[int]) -> list[Mark]:
        """Let go of those whom the tracker does not know any more."""
        gone = sorted(self._athletes.keys() - known)
        return [mark for number in gone for mark in self._athletes.pop(number).finish()]


def counted(
    poses: Poses, zone: Zone | None, undistort: Callable[[Poses], Poses] | None = None
) -> Poses:
    """The people whom an analysis follows, as it sees them: those in a zone of the picture (who is
    on a station's floor is for the tracker to say), without the distortion of the lens."""
    if zone is not None and not isinstance(zone, FloorZone):
        inside = [_in_zone(zone, keypoints) for keypoints in poses.keypoints]
        poses = Poses(poses.skeleton, poses.keypoints[inside])
    return poses if undistort is None else undistort(poses)


def _in_zone(zone: PictureZone, keypoints: Keypoints) -> bool:
    """Whether the middle of somebody's box is in the zone."""
    seen = keypoints[keypoints[:, 2] > 0, :2]
    if not len(seen):
        return False
    x, y = ((seen.min(axis=0) + seen.max(axis=0)) / 2).tolist()
    return zone.contains(x, y)
