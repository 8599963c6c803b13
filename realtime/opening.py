"""From what the user typed to a source of frames or of recorded poses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from models.recordings.openpose import is_recording
from models.recordings.recording import KeypointRecording
from realtime.feed import RecordedFeed
from realtime.messages import to_ns, to_seconds
from realtime.observations import Chosen, Observation, Observed
from realtime.record.session import RecordedSession, is_session
from realtime.sources.camera import CameraSource
from realtime.sources.errors import SourceError
from realtime.sources.keypoints import read_keypoints
from realtime.sources.paced import PacedSource
from realtime.sources.protocol import FrameSource, SourceInfo, shown
from realtime.sources.video import VideoSource
from realtime.stream.lock import LockRule

# A GoPro in USB webcam mode sends MPEG-TS here; the camera is put into that mode by GoPro's own
# webcam tool.
GOPRO = "udp://0.0.0.0:8554?overrun_nonfatal=1&fifo_size=50000000"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_CAMERA = re.compile(r"\d+|/dev/.+")


def open_live(source: str) -> FrameSource:
    """A camera index or device path, a stream's URL, "gopro", or a file at its own pace.

    Raises SourceError when it cannot be opened.
    """
    if _CAMERA.fullmatch(source):
        return CameraSource(source)
    if source == "gopro":
        return VideoSource(GOPRO, live=True)
    if _URL.match(source):
        return VideoSource(source, live=True)
    path = Path(source)
    if is_session(path) or path.suffix == ".npz":
        raise SourceError(f"{shown(source)}: is a recording of key points; use fliptally replay")
    return PacedSource(VideoSource(source), live=True)


def open_video(source: str, *, realtime: bool) -> FrameSource:
    """A video file of which no frame is dropped. Raises SourceError."""
    video = VideoSource(source)
    return PacedSource(video, live=False) if realtime else video


def open_recording(
    source: str, fps: float | None, *, realtime: bool, choices: bool = True
) -> RecordedFeed | None:
    """A recorded session or recorded key points; None when `source` is neither (so: a video).
    Without `choices`, what was chosen by hand in a session is left out.

    Raises SourceError when it is one but cannot be read.
    """
    path = Path(source)
    if is_session(path):
        session = RecordedSession(path)

        def totals() -> tuple[int, int] | None:
            return (session.end.captured, session.end.dropped) if session.end else None

        return RecordedFeed(
            session.info,
            session.backend.name,
            (o for o in session.observations() if choices or not isinstance(o, Chosen)),
            realtime=realtime,
            totals=totals,
        )
    one_of_several = not path.exists() and is_recording(path)
    if path.is_dir() or path.suffix == ".npz" or one_of_several:
        recording = read_keypoints(path, fps)
        return RecordedFeed(
            _info_of(source, recording),
            f"recorded {recording.skeleton.name}",
            _observations_of(recording),
            realtime=realtime,
        )
    return None


def recorded_rule(source: str) -> LockRule:
    """The lock of a recorded session; "active" for any other source."""
    path = Path(source)
    return RecordedSession(path).header.lock if is_session(path) else "active"


def _info_of(source: str, recording: KeypointRecording) -> SourceInfo:
    frames = len(recording.poses)
    duration = float(recording.t[-1] - recording.t[0]) if frames else 0.0
    return SourceInfo(
        shown(source), recording.width or 0, recording.height or 0, recording.fps, frames, duration
    )


def _observations_of(recording: KeypointRecording) -> Iterator[Observation]:
    for seq, (t, poses) in enumerate(zip(recording.t, recording.poses, strict=True)):
        yield Observed(seq, to_seconds(to_ns(float(t))), poses)  # as a session stores it
