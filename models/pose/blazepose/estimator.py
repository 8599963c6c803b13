"""BlazePose: detect once, then follow each person from frame to frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from models.pose.blazepose.crowd import (
    Look,
    coincides,
    comes_out,
    is_near,
    is_there,
    limited,
    sort_out,
    waited_for,
)
from models.pose.blazepose.detector import Detector
from models.pose.blazepose.landmarks import LandmarkNetwork, Landmarks
from models.pose.blazepose.person import Person, corrected, evidence
from models.pose.blazepose.region import Region, alike, same_place, wrapped
from models.pose.blazepose.search import Search, around, windows
from models.pose.protocol import CameraFrame, Image, check_image, inside
from models.pose.weights import BlazePoseWeights
from models.poses import Poses
from models.skeleton import BLAZEPOSE_33, Skeleton

MIN_PRESENCE = 0.5
DETECT_EVERY = 10
"""Frames from one search for further people to the next, while somebody is followed."""
_RESIZED = 1.8
_BETTER, _MUCH_BETTER = 1.05, 1.25
"""Times the first look's evidence that a later one must have to replace it: where it is turned
otherwise, and where it is not (a crop that comes and goes makes the joints jitter)."""
_TURNED = math.radians(20.0)


@dataclass(slots=True)
class _Camera:
    """The people followed in one camera's frames, and the search for more."""

    search: Search
    followed: list[Person] = field(default_factory=list)


class BlazePose:
    """The default pose engine (CPU). Follows up to `people` people in one stream of frames.

    While fewer than `people` are followed, the detector looks for more; a person whose presence
    falls below one half is lost, and looked for in the same frame. The protocol is
    `models.pose.protocol.PoseEstimator`.
    """

    def __init__(
        self,
        weights: BlazePoseWeights,
        threads: int = 2,
        people: int = 1,
        *,
        second_looks: bool = True,
    ) -> None:
        """Without `second_looks` it follows people as MediaPipe does, also where that goes wrong.
        Raises WeightsError when a network file does not fit."""
        self._detector = Detector(weights.detector, threads)
        self._landmarks = LandmarkNetwork(weights.landmarks, threads)
        self._people = people
        self._second_looks = second_looks
        self._name = weights.name
        self._cameras: dict[int, _Camera] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def skeleton(self) -> Skeleton:
        return BLAZEPOSE_33

    @property
    def batch(self) -> int:
        return 1

    def estimate(self, frames: Sequence[CameraFrame]) -> list[Poses]:
        for frame in frames:
            check_image(frame.image)
        return [self._estimate(frame) for frame in frames]

    def _estimate(self, frame: CameraFrame) -> Poses:
        image = frame.image
        camera = self._cameras.get(frame.camera)
        if camera is None:
            camera = self._cameras[frame.camera] = self._new_camera(image)
        before = sum(not person.missed for person in camera.followed)
        looks = self._look(image, camera.followed)
        if self._people > 1:
            looks = self._look_behind(image, sort_out(looks))
        else:
            looks = [look for look in looks if look[1]]
        lost = sum(seen is not None for _, seen in looks) < before
        if len(looks) < self._people:
            window = camera.search.next(urgent=lost or not looks)
            if window is not None:
                looks = self._search(image, window, looks)
        looks = limited(looks, self._people)
        for person, seen in looks:
            if seen is not None:
                person.move(seen, turning=self._second_looks)
        camera.followed = [person for person, _ in looks]
        found = [seen for _, seen in looks if seen is not None]
        height, width = image.shape[:2]
        joints = np.array([landmarks.joints for landmarks in found], np.float32)
        people = inside(joints.reshape(-1, len(BLAZEPOSE_33), 3), width, height)
        return Poses(BLAZEPOSE_33, people)

    def _new_camera(self, image: Image) -> _Camera:
        height, width = image.shape[:2]
        whole, *squares = windows(width, height)
        return _Camera(Search([whole, *squares] if self._people > 1 else [whole], DETECT_EVERY))

    def _look(self, image: Image, people: Iterable[Person]) -> list[Look]:
        """What is seen of each; nothing of those who are hidden."""
        looks: list[Look] = []
        for person in people:
            if person.behind:
                looks.append((person, None))
                continue
            seen = self._landmarks.read(image, person.region)
            if self._second_looks and person.doubts(seen):
                seen = self._look_again(image, person, seen)
            looks.append((person, seen if seen.presence >= MIN_PRESENCE else None))
        return looks

    def _look_behind(self, image: Image, looks: list[Look]) -> list[Look]:
        """Looks for those who are not seen in a picture without the others."""
        known = [seen for _, seen in looks if seen is not None]
        found: list[Look] = []
        for person, own in looks:
            if own is not None:
                found.append((person, own))
                continue
            seen = self._landmarks.read(image, person.region, [one.joints for one in known])
            empty = seen.presence < MIN_PRESENCE
            if not empty and comes_out(person, seen, known):
                person.behind = is_near(person, known)
                known.append(seen)
                found.append((person, seen))
            elif waited_for(person, empty=empty):
                found.append((person, None))
        return found

    def _look_again(self, image: Image, person: Person, first: Landmarks) -> Landmarks:
        """The crop that fits best: turned as the trunk says, or as the detector says."""
        best = first
        for region in self._alternatives(image, first):
            landmarks = self._landmarks.read(image, region)
            if landmarks.presence >= MIN_PRESENCE and evidence(landmarks) > evidence(best):
                best = landmarks
                if not person.is_doubtful(best):
                    break
        gain = evidence(best) / max(evidence(first), 1e-6)
        turned = abs(wrapped(best.region.rotation - first.region.rotation)) > _TURNED
        helped = gain > (_BETTER if turned else _MUCH_BETTER)
        helped |= first.presence < MIN_PRESENCE <= best.presence
        person.looked_again(helped=helped)
        return best if helped else first

    def _alternatives(self, image: Image, first: Landmarks) -> Iterator[Region]:
        """Other crops of the same person, the likeliest first; none that is much like the first."""
        region = first.region
        turned = replace(region, rotation=corrected(first))
        if not alike(turned, region):
            yield turned
        for detection in self._detector.detect(image, around(region)):
            found = detection.region
            if same_place(found, region) and _of_one_size(found, region):
                if not alike(found, region):
                    yield found
                    yield replace(region, rotation=found.rotation)
                return

    def _search(self, image: Image, window: Region, looks: list[Look]) -> list[Look]:
        """Adds people who are not followed yet, best first, and finds again who was hidden."""
        known = [seen for _, seen in looks if seen is not None]
        joints = [seen.joints for seen in known]
        found = [found.region for found in self._detector.detect(image, window, joints)]
        looks = list(looks)
        places = self._people - len(looks)
        for region in found:
            hidden = next(
                (i for i, (p, s) in enumerate(looks) if not s and same_place(p.region, region)),
                None,
            )
            places -= hidden is None
            if hidden is None and places < 0:
                continue
            seen = self._landmarks.read(image, region, joints)
            if seen.presence < MIN_PRESENCE or coincides(seen, known):
                continue
            person = Person(region) if hidden is None else looks[hidden][0]
            person.behind = is_near(person, known)
            if person.behind and not is_there(seen, new=hidden is None):
                continue
            known.append(seen)
            if hidden is None:
                looks.append((person, seen))
            else:
                looks[hidden] = (person, seen)
        return looks

    def forget(self, camera: int) -> None:
        self._cameras.pop(camera, None)

    def close(self) -> None:
        self._cameras.clear()


def check_networks(detector: Path, landmarks: Path) -> None:
    """Raise WeightsError unless these files are BlazePose's two networks."""
    Detector(detector, threads=1)
    LandmarkNetwork(landmarks, threads=1)


def _of_one_size(a: Region, b: Region) -> bool:
    """Whether two regions are of one size, so that a bystander is not taken for the person."""
    return max(a.side, b.side) < _RESIZED * min(a.side, b.side)
