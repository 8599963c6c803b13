"""BODY_25 behind the protocol of all pose engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.pose.body25.architecture import INPUT_CHANNELS, SIZE_STEP
from models.pose.body25.caffemodel import Blob, read_caffemodel
from models.pose.body25.decode import decode
from models.pose.body25.network import Network, choose_precision, has_accelerator
from models.pose.errors import EngineError
from models.pose.protocol import CameraFrame, Image, check_image, inside
from models.poses import Poses
from models.skeleton import BODY_25, Keypoints, Skeleton

NET_SIZE = (656, 368)
"""The network's input (width, height), px, unless the user chooses: OpenPose's for 16:9. A 4:3 or
portrait frame is scaled to the same height."""
_BATCH = 8  # on an accelerator


class Body25:
    """OpenPose's BODY_25 network on Keras. Finds up to `people` people in each frame by itself:
    nothing is remembered from frame to frame.

    On an accelerator it works on up to 8 frames together, in 16 bits where that agrees with
    float32; on a CPU frame by frame. A number of frames that is no power of two is filled up, as
    each number compiles the network anew, which takes seconds: make the first calls before frames
    have to be answered in time. The protocol is `models.pose.protocol.PoseEstimator`.
    """

    def __init__(
        self,
        caffemodel: Path,
        net_size: tuple[int, int] | None = None,
        people: int = 1,
        *,
        batch: int | None = None,
    ) -> None:
        """`net_size` is the network's input (width, height) in px, multiples of 16; frames are
        scaled to fit into it. `batch` is the most frames it works on together (None: as above).
        Raises ValueError for another size, WeightsError when `caffemodel` is not BODY_25's, and
        EngineError when there is no device to run on or its memory is used up.
        """
        self._width, self._height = net_size or NET_SIZE
        if any(side <= 0 or side % SIZE_STEP for side in (self._width, self._height)):
            raise ValueError(
                f"network size: expected multiples of {SIZE_STEP} px, "
                f"got {self._width}x{self._height}"
            )
        accelerated = has_accelerator()
        weights = read_caffemodel(caffemodel)
        self._network: Network | None = _best_network(weights.blobs, accelerated=accelerated)
        self._name = weights.name
        self._batch = batch or (_BATCH if accelerated else 1)
        self._people = people

    @property
    def name(self) -> str:
        return self._name

    @property
    def skeleton(self) -> Skeleton:
        return BODY_25

    @property
    def batch(self) -> int:
        return self._batch

    def estimate(self, frames: Sequence[CameraFrame]) -> list[Poses]:
        """As in the protocol; also raises EngineError after `close`."""
        for frame in frames:
            check_image(frame.image)
        poses: list[Poses] = []
        for start in range(0, len(frames), self._batch):
            poses += self._estimate_batch([f.image for f in frames[start : start + self._batch]])
        return poses

    def _estimate_batch(self, images: Sequence[Image]) -> list[Poses]:
        if self._network is None:
            raise EngineError("engine body25: closed")
        slots = 1 << (len(images) - 1).bit_length()
        batch = np.zeros((slots, self._height, self._width, INPUT_CHANNELS), np.uint8)
        scales = [_letterbox(image, slot) for image, slot in zip(images, batch, strict=False)]
        maps = zip(*self._network.run(batch), strict=True)
        return [
            Poses(BODY_25, _in_image(decode(heat, fields, self._people), image, scale))
            for image, scale, (heat, fields) in zip(images, scales, maps, strict=False)
        ]

    def forget(self, camera: int) -> None:
        """Nothing is remembered."""

    def close(self) -> None:
        self._network = None


def _best_network(blobs: Mapping[str, Sequence[Blob]], *, accelerated: bool) -> Network:
    return Network(blobs, choose_precision(blobs) if accelerated else "float32")


def _letterbox(image: Image, slot: Image) -> NDArray[np.float32]:
    """Scale `image` into the top left of `slot`, as far as its aspect allows; the scale of x and y
    (they differ by the rounding to pixels)."""
    height, width = image.shape[:2]
    scale = min(slot.shape[0] / height, slot.shape[1] / width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    cv2.resize(image, (columns, rows), dst=slot[:rows, :columns], interpolation=method)
    return np.array([columns / width, rows / height], np.float32)


def _in_image(keypoints: Keypoints, image: Image, scale: NDArray[np.float32]) -> Keypoints:
    """Key points of the network's input as those of the image, which it may surround."""
    height, width = image.shape[:2]
    placed = keypoints.copy()
    placed[..., :2] = (keypoints[..., :2] + 0.5) / scale - 0.5
    return inside(placed, width, height)
