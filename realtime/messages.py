"""The wire types between a station and its pose workers (msgpack).

A worker says `Hello`, which asks for frames; each `Result` asks for one more. The pixels of a
frame travel as a second message part behind its `FrameHeader`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from models.poses import Poses
from models.skeleton import SKELETONS
from realtime.supervision.states import PartState

PROTOCOL = 2
FOLDER_PREFIX = "fliptally-"
"""Of the temporary folder with a station's private socket."""
MAX_SIDE = 16384
MAX_PEOPLE = 64
SLOWEST_S = 30.0
"""The longest round (see `Hello`) for which a station waits."""
_NS = 1_000_000_000


def to_ns(seconds: float) -> int:
    return round(seconds * _NS)


def to_seconds(nanoseconds: int) -> float:
    return nanoseconds / _NS


class FrameHeader(msgspec.Struct, frozen=True, tag="frame"):
    """A BGR frame of uint8 (height, width, 3); its bytes are the next message part.

    `t_ns` is its capture time in the stream, `captured_ns` the same on the monotonic clock of the
    station (for latency only).
    """

    seq: int
    t_ns: int
    captured_ns: int
    width: int
    height: int


class EndOfStream(msgspec.Struct, frozen=True, tag="end"):
    """The source has no more frames; `error` says why, when that was not its natural end."""

    error: str | None = None


class SourceChange(msgspec.Struct, frozen=True, tag="change"):
    """The source has changed its state: the fields of `StateChange`."""

    part: str
    state: PartState
    why: str
    gap_s: float


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """The station is done. A worker ends when all of its stations are."""


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """A worker is ready. It repeats this while it is idle, in case the first was lost.

    `round_s` is how long its engine takes for one frame of each of its stations. A frame is kept
    for as many rounds as frames of its own station are before it, and one more.
    """

    protocol: int
    backend: str
    skeleton: str
    round_s: Annotated[float, msgspec.Meta(ge=0, le=SLOWEST_S)] = 0.0


class Result(msgspec.Struct, frozen=True, tag="result"):
    """The poses of one frame: `keypoints` is float32 (people, joints, 3), C order."""

    seq: int
    people: int
    keypoints: bytes
    pose_ns: int


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The worker could not work on this frame (it goes on with the next)."""

    seq: int
    why: str


ToStation = Hello | Result | Refused
ToWorker = FrameHeader | Stop
FromCapture = FrameHeader | SourceChange | EndOfStream

encode = msgspec.msgpack.encode
decode_to_station = msgspec.msgpack.Decoder(ToStation).decode
decode_to_worker = msgspec.msgpack.Decoder(ToWorker).decode
decode_from_capture = msgspec.msgpack.Decoder(FromCapture).decode


def pack_poses(poses: Poses) -> tuple[int, bytes]:
    """(people, bytes) as they travel and are stored."""
    keypoints = np.ascontiguousarray(poses.keypoints, np.float32)
    return len(keypoints), keypoints.tobytes()


def unpack_poses(skeleton: str, people: int, keypoints: bytes) -> Poses:
    """The inverse of `pack_poses`. Raises ValueError when the parts do not fit together."""
    if skeleton not in SKELETONS:
        raise ValueError(f"skeleton: expected one of {', '.join(SKELETONS)}, got {skeleton!r}")
    joints = len(SKELETONS[skeleton])
    if not 0 <= people <= MAX_PEOPLE or len(keypoints) != people * joints * 3 * 4:
        raise ValueError(
            f"key points of {skeleton}: expected {joints * 3 * 4} bytes for each of at most "
            f"{MAX_PEOPLE} people, got {len(keypoints)} bytes for {people}"
        )
    array = np.frombuffer(keypoints, np.float32).reshape(people, joints, 3)
    return Poses(SKELETONS[skeleton], array)
