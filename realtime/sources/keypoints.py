"""Recorded key points as a source of poses."""

from __future__ import annotations

from pathlib import Path

from models.recordings import reading
from models.recordings.errors import KeypointsError
from models.recordings.recording import KeypointRecording
from realtime.sources.errors import SourceError


def read_keypoints(path: Path, fps: float | None = None) -> KeypointRecording:
    """As `models.recordings.reading.read_keypoints`, with the errors of a source: SourceError."""
    try:
        return reading.read_keypoints(path, fps)
    except KeypointsError as error:
        raise SourceError(str(error)) from error
