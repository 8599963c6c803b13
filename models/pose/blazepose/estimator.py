"""BlazePose: detect once, then follow each person from frame to frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.pose.blazepose.detector import Detector
from models.pose.blazepose.landmarks import LandmarkNetwork, Landmarks
from models.pose.blazepose.region import Points, Region
from models.pose.blazepose.steady import SteadyBody
from models.pose.protocol import CameraFrame, Image, check_image
from models.pose.weights import BlazePoseWeights
from models.poses import Poses
from models.skeleton import BLAZEPOSE_33, Keypoints, Skeleton

MIN_PRESENCE = 0.5


@dataclass(slots=True)
class _Person:
    """Somebody who is followed: where to look, and how that place moves."""

    region: Region
    steady: SteadyBody | None = None

    def move(self, body: Points) -> None:
        if self.steady is None:
            self.steady = SteadyBody(body)
            self.region = Region.of_body(body)
        else:
            self.region = Region.of_body(self.steady.update(body))


class BlazePose:
    """The default pose engine (CPU). Follows up to `people` people in one stream of frames.

    While fewer than `people` are followed, the detector looks for more; a person whose presence
    falls below one half is lost, and looked for in the same frame. The protocol is
    `models.pose.protocol.PoseEstimator`.
    """

    def __init__(self, weights: BlazePoseWeights, threads: int = 2, people: int = 1) -> None:
        """Raises WeightsError when a network file does not fit."""
        self._detector = Detector(weights.detector, threads)
        self._landmarks = LandmarkNetwork(weights.landmarks, threads)
        self._people = people
        self._name = weights.name
        self._cameras: dict[int, list[_Person]] = {}

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
        before = self._cameras.get(frame.camera, [])
        followed = self._cameras[frame.camera] = []
        joints = self._read(image, before, followed)
        if len(joints) < self._people:  # somebody is missing, or was lost just now
            joints += self._read(image, self._newcomers(image, followed), followed)
        shape = (len(joints), len(BLAZEPOSE_33), 3)
        return Poses(BLAZEPOSE_33, np.array(joints, np.float32).reshape(shape))

    def _read(
        self, image: Image, people: Iterable[_Person], followed: list[_Person]
    ) -> list[Keypoints]:
        """Joints of those who are really there; they are followed from now on."""
        joints = []
        height, width = image.shape[:2]
        for person in people:
            landmarks = self._landmarks.read(image, person.region)
            if landmarks.presence >= MIN_PRESENCE:
                person.move(landmarks.body)
                followed.append(person)
                joints.append(_in_frame(landmarks, width, height))
        return joints

    def _newcomers(self, image: Image, followed: Sequence[_Person]) -> list[_Person]:
        """Detected people who are not followed yet, best first."""
        known = [person.region for person in followed]
        new = [
            _Person(detection.region)
            for detection in self._detector.detect(image)
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
    return float(np.hypot(a.x - b.x, a.y - b.y)) < max(a.side, b.side) / 4


def _in_frame(person: Landmarks, width: int, height: int) -> Keypoints:
    """(33, 3) float32; joints the network puts outside the frame are guesses: confidence 0."""
    joints = person.joints.astype(np.float32)
    x, y = joints[:, 0], joints[:, 1]
    outside = ~((x >= 0) & (x < width) & (y >= 0) & (y < height))
    joints[outside] = 0
    return joints
