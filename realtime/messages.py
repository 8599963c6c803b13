"""The wire types between a station and its pose workers (msgpack).

A worker says `Hello`, which asks for frames; each `Result` asks for one more. The pixels of a
frame travel as a second message part behind its `FrameHeader`. Numbers and texts out of their
bounds are not decoded; what is shown of the others is made `printable` first.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import numpy as np

from models.poses import Poses
from models.skeleton import SKELETONS
from realtime.supervision.states import StateChange

PROTOCOL = 3
FOLDER_PREFIX = "fliptally-"
"""Of the temporary folder with a station's private socket."""
MAX_SIDE = 16384
MAX_PIXELS = 1 << 26
"""Of one frame: twice those of 8K."""
MAX_PEOPLE = 64
MAX_KEYPOINTS = MAX_PEOPLE * max(map(len, SKELETONS.values())) * 3 * 4
"""Bytes of the poses of one frame."""
MAX_PIXEL = 1e6
"""Farther from the picture's corner no joint is."""
MAX_CONFIDENCE = 1000.0
"""Of a joint; those of some engines are no probabilities."""
SLOWEST_S = 30.0
"""The longest round (see `Hello`) for which a station waits."""
MAX_TEXT = 1000
MAX_NAME = 64
_NS = 1_000_000_000

Seq = Annotated[int, msgspec.Meta(ge=0, lt=1 << 48)]
"""The number of a frame: 148,000 years at 60 per second."""
Nanoseconds = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]
Moment = Annotated[int, msgspec.Meta(gt=-(1 << 62), lt=1 << 62)]
Side = Annotated[int, msgspec.Meta(ge=0, lt=1 << 20)]
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
Name = Annotated[str, msgspec.Meta(max_length=MAX_NAME, pattern=r"^[!-~]+$")]
"""Of a skeleton."""


def to_ns(seconds: float) -> int:
    return round(seconds * _NS)


def to_seconds(nanoseconds: int) -> float:
    return nanoseconds / _NS


class FrameHeader(msgspec.Struct, frozen=True, tag="frame"):
    """A BGR frame of uint8 (height, width, 3); its bytes, or a JPEG of it, are the next message
    part.

    `t_ns` is its capture time in the stream, `captured_ns` the same on the monotonic clock of the
    station (for latency only).
    """

    seq: Seq
    t_ns: Moment
    captured_ns: Moment
    width: Side
    height: Side
    encoding: Literal["raw", "jpeg"] = "raw"


class EndOfStream(msgspec.Struct, frozen=True, tag="end"):
    """The source has no more frames; `error` says why, when that was not its natural end."""

    error: str | None = None


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """The station is done. A worker ends when all of its stations are."""


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Asks a worker for a `Pong` at once: how long a message without a frame takes."""

    number: Seq


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """A worker is ready. It repeats this while it is idle: in case the first was lost, and to say
    that it lives.

    `anew` is said once on each connection: what was sent before is lost. The longest side of a
    frame that is of use to its engine is `longest_side` pixels (0: it takes whatever there is).
    `round_s` is how long its engine takes for one frame of each of its stations. A frame is kept
    for as many rounds as frames of its own station are before it, and one more.
    """

    protocol: Annotated[int, msgspec.Meta(ge=0, lt=1 << 16)]
    backend: Text
    skeleton: Name
    round_s: Annotated[float, msgspec.Meta(ge=0, le=SLOWEST_S)] = 0.0
    longest_side: Annotated[int, msgspec.Meta(ge=0, le=MAX_SIDE)] = 0
    anew: bool = False


class Result(msgspec.Struct, frozen=True, tag="result"):
    """The poses of one frame: `keypoints` is float32 (people, joints, 3), C order, in pixels of the
    frame as it was sent. `pose_ns` is what the engine took, `held_ns` the time from the frame's
    arrival to this answer (0: nobody looked when it came)."""

    seq: Seq
    people: int
    keypoints: Annotated[bytes, msgspec.Meta(max_length=MAX_KEYPOINTS)]
    pose_ns: Nanoseconds
    held_ns: Nanoseconds = 0


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    """The answer to a `Ping`; `prompt`: it was looked at when it came."""

    number: Seq
    prompt: bool


class Goodbye(msgspec.Struct, frozen=True, tag="goodbye"):
    """The worker leaves, as it was asked to."""


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The worker could not work on this frame (it goes on with the next)."""

    seq: Seq
    why: Text


ToStation = Hello | Result | Refused | Pong | Goodbye
ToWorker = FrameHeader | Stop | Ping
FromCapture = FrameHeader | StateChange | EndOfStream

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


def possible(poses: Poses) -> Poses:
    """The same, with joints that are nowhere (infinitely far, not a number) as not seen."""
    keypoints = poses.keypoints
    far = np.abs(keypoints) > (MAX_PIXEL, MAX_PIXEL, MAX_CONFIDENCE)
    bad = far | ~np.isfinite(keypoints)
    bad[..., 2] |= keypoints[..., 2] < 0
    if not bad.any():
        return poses
    return Poses(
        poses.skeleton, np.where(bad.any(axis=-1, keepdims=True), np.float32(0), keypoints)
    )
