"""BlazePose: detect once, then follow each person from frame to frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from models.pose.blazepose.detector import Detector
from models.pose.blazepose.landmarks import LandmarkNetwork, Landmarks
from models.pose.blazepose.person import Person, corrected, evidence
from models.pose.blazepose.region import Region, alike, wrapped
from models.pose.blazepose.search import Search, around, windows
from models.pose.protocol import CameraFrame, Image, check_image, inside
from models.pose.weights import BlazePoseWeights
from models.poses import Poses
from models.skeleton import BLAZEPOSE_33, Skeleton

MIN_PRESENCE = 0.5
DETECT_EVERY = 10
"""Frames from one search for further people to the next, while somebody is followed."""
_DOUBLE = 0.05
"""Median distance of two people's joints, in sides of the region, below which they are one."""
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
        before = camera.followed
        seen = self._look(image, before)
        if len(seen) < self._people:
            lost = len(seen) < len(before)
            window = camera.search.next(urgent=lost or not seen)
            if window is not None:
                seen += self._look(image, self._newcomers(image, window, seen))
        seen = _without_doubles(seen)
        camera.followed = [person for person, _ in seen]
        height, width = image.shape[:2]
        joints = np.array([landmarks.joints for _, landmarks in seen], np.float32)
        people = inside(joints.reshape(-1, len(BLAZEPOSE_33), 3), width, height)
        return Poses(BLAZEPOSE_33, people)

    def _new_camera(self, image: Image) -> _Camera:
        height, width = image.shape[:2]
        whole, *squares = windows(width, height)
        return _Camera(Search([whole, *squares] if self._people > 1 else [whole], DETECT_EVERY))

    def _look(self, image: Image, people: Iterable[Person]) -> list[_Seen]:
        """Those who are really there; they have moved on."""
        found = []
        for person in people:
            landmarks = self._landmarks.read(image, person.region)
            if self._second_looks and person.doubts(landmarks):
                landmarks = self._look_again(image, person, landmarks)
            if landmarks.presence >= MIN_PRESENCE:
                person.move(landmarks, turning=self._second_looks)
                found.append((person, landmarks))
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
            if _same(found, region) and _of_one_size(found, region):
                if not alike(found, region):
                    yield found
                    yield replace(region, rotation=found.rotation)
                return

    def _newcomers(self, image: Image, window: Region, followed: list[_Seen]) -> list[Person]:
        """Detected people who are not followed yet, best first."""
        known = [person.region for person, _ in followed]
        new = [
            Person(detection.region)
            for detection in self._detector.detect(image, window)
            if not any(_same(detection.region, region) for region in known)
        ]
        return new[: self._people - len(known)]

    def forget(self, camera: int) -> None:
        self._cameras.pop(camera, None)

    def close(self) -> None:
        self._cameras.clear()


def check_networks(detector: Path, landmarks: Path) -> None:
    """Raise WeightsError unless these files are BlazePose's two networks."""
    Detector(detector, threads=1)
    LandmarkNetwork(landmarks, threads=1)


def _same(a: Region, b: Region) -> bool:
    """Whether two regions are one person: the hips are nearer than a quarter of a side."""
    return math.hypot(a.x - b.x, a.y - b.y) < max(a.side, b.side) / 4


def _of_one_size(a: Region, b: Region) -> bool:
    """Whether two regions are of one size, so that a bystander is not taken for the person."""
    return max(a.side, b.side) < _RESIZED * min(a.side, b.side)


_Seen = tuple[Person, Landmarks]


def _without_doubles(seen: list[_Seen]) -> list[_Seen]:
    """Two that see the same joints follow one person: the first stays."""
    kept: list[_Seen] = []
    for person, landmarks in seen:
        if not any(_coincide(landmarks, other) for _, other in kept):
            kept.append((person, landmarks))
    return kept


def _coincide(a: Landmarks, b: Landmarks) -> bool:
    apart = np.hypot(*(a.joints[:, :2] - b.joints[:, :2]).T)
    return float(np.median(apart)) < _DOUBLE * a.region.side
