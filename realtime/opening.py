"""From what the user typed to a source of frames or of recorded poses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from calibration.profile import BY_ID, ProfileError, profile_path, read_profile, stable_id
from models.recordings.openpose import is_recording
from models.recordings.recording import KeypointRecording
from realtime.feed import RecordedFeed
from realtime.marks import Beep
from realtime.messages import to_ns, to_seconds
from realtime.observations import Chosen, Noted, Observation, Observed
from realtime.record.session import RecordedSession, is_session
from realtime.sources.camera import CameraSource
from realtime.sources.errors import SourceError
from realtime.sources.gopro import NOTICE, GoProSource, is_gopro
from realtime.sources.healing import HealingSource, Patience
from realtime.sources.health import Health
from realtime.sources.images import ImageFolderSource, is_picture_folder
from realtime.sources.keypoints import read_keypoints
from realtime.sources.paced import PacedSource
from realtime.sources.protocol import FrameSource, Source, SourceInfo, shown
from realtime.sources.video import VideoSource
from realtime.stream.lock import LockRule

_STREAM_PATIENCE = Patience(silent=3.0, frozen=5.0)
"""A stream's own time-out comes first; a picture that stands still may be a scene that does."""
_GOPRO_PATIENCE = replace(_STREAM_PATIENCE, opening=20.0, closing=2.5)
"""It is asked to start, and to stop."""
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_LONGEST_NAME = 24
_CAMERA = re.compile(r"\d+|/dev/.+")


def _kind(source: str) -> Literal["camera", "gopro", "stream", "file"]:
    if _CAMERA.fullmatch(source):
        return "camera"
    if is_gopro(source):
        return "gopro"
    return "stream" if _URL.match(source) else "file"


def open_live(source: str) -> FrameSource:
    """A camera index or device path, a stream's URL, "gopro" (or "gopro:ADDRESS", see
    `sources.gopro`), or a file at its own pace.

    Raises SourceError when it cannot be opened.
    """
    match _kind(source):
        case "camera":
            return CameraSource(source, at=_lasting_path(source))
        case "gopro":
            return GoProSource(source)
        case "stream":
            return VideoSource(source, live=True)
        case "file":
            return PacedSource(VideoSource(_film(source)), live=True)


def _film(source: str) -> str:
    path = Path(source)
    if is_session(path) or (path.suffix == ".npz" and path.exists()):
        raise SourceError(f"{shown(source)}: is a recording of key points; use fliptally replay")
    return source


def open_station(source: str) -> Source:
    """As `open_live`, for a station that must go on: a camera or a stream is watched, and opened
    again when it fails. Raises SourceError when it cannot be opened the first time."""
    part = part_name(source)
    match _kind(source):
        case "camera":
            path = _lasting_path(source)
            return HealingSource(lambda: CameraSource(source, at=path), part)
        case "gopro":
            return HealingSource(
                lambda: GoProSource(source),
                part,
                health=Health(still=True),
                patience=_GOPRO_PATIENCE,
                notice=delay_notice(source),
            )
        case "stream":
            return HealingSource(
                lambda: VideoSource(source, live=True),
                part,
                health=Health(still=True),
                patience=_STREAM_PATIENCE,
            )
        case "file":
            return open_live(source)


def part_name(source: str) -> str:
    """What a source is called among a station's parts: "camera 0", "stream 10.0.0.7"."""
    match _kind(source):
        case "camera":
            return f"camera {source}"
        case "gopro":
            return shown(source)
        case "stream":
            host = shown(source).partition("://")[2].partition("/")[0]
            return f"stream {host.partition('?')[0][:_LONGEST_NAME]}"
        case "file":
            return shown(Path(source).name)


def delay_notice(source: str) -> str:
    """How late a GoPro's pictures are, as it was calibrated."""
    try:
        timing = read_profile(profile_path(source)).timing
    except ProfileError:
        timing = None
    if timing is None or timing.latency_s is None:
        return NOTICE
    return f"pictures come {timing.latency_s:.2f} s late, as calibrated"


def _lasting_path(source: str) -> Path | None:
    """Where this camera is found again when it is plugged in anew; None where the system does not
    say."""
    path = BY_ID / stable_id(source)
    return path if path.exists() else None


def open_video(source: str, *, realtime: bool, fps: float | None = None) -> FrameSource:
    """A video file, or a folder of pictures at `fps`, of which no frame is dropped. Raises
    SourceError."""
    path = Path(source)
    if not is_picture_folder(path):
        video: FrameSource = VideoSource(source)
    elif fps is None:
        raise SourceError(f"{shown(source)}: a folder of pictures; give --fps, pictures a second")
    else:
        video = ImageFolderSource(path, fps)
    return PacedSource(video, live=False) if realtime else video


def open_recording(
    source: str, fps: float | None, *, realtime: bool, choices: bool = True, beeps: bool = True
) -> RecordedFeed | None:
    """A recorded session or recorded key points; None when `source` is neither (so: a video).
    Without `choices`, what was chosen by hand in a session is left out, without `beeps` the beeps
    of its attempts.

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
            (
                o
                for o in session.observations()
                if (choices or not isinstance(o, Chosen)) and (beeps or not _is_beep(o))
            ),
            realtime=realtime,
            totals=totals,
        )
    one_of_several = not path.exists() and is_recording(path)
    if _is_keypoint_folder(path) or path.suffix == ".npz" or one_of_several:
        recording = read_keypoints(path, fps)
        return RecordedFeed(
            _info_of(source, recording),
            f"recorded {recording.skeleton.name}",
            _observations_of(recording),
            realtime=realtime,
        )
    return None


def _is_beep(observation: Observation) -> bool:
    return isinstance(observation, Noted) and isinstance(observation.mark, Beep)


def _is_keypoint_folder(path: Path) -> bool:
    """OpenPose may have written pictures beside its key points."""
    if not is_picture_folder(path):
        return path.is_dir()
    return any(file.name.endswith(("_keypoints.json", ".csv")) for file in path.iterdir())


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
