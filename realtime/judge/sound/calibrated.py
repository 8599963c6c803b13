"""How far sound and picture lie apart, as it was calibrated."""

from __future__ import annotations

from pathlib import Path

from calibration.profile import ProfileError, TimingPart, read_profile
from realtime.lenses import kept_profile
from realtime.sources.errors import SourceError


def measured_timing(source: str, calibration: Path | None) -> TimingPart:
    """What the calibration file, or the one kept for this camera, says of sound and picture;
    nothing where nothing was measured. Raises SourceError."""
    path = calibration or kept_profile(source)
    try:
        return (read_profile(path).timing if path else None) or TimingPart()
    except ProfileError as error:
        raise SourceError(str(error)) from None


def picture_calibration(calibration: Path | None, *, station: bool) -> Path | None:
    """`calibration` where it is of use to the picture: a file with the timing alone has no lens,
    and none of a picture needs it unless the `station` is asked for. Raises SourceError."""
    if calibration is None or station:
        return calibration
    try:
        profile = read_profile(calibration)
    except ProfileError as error:
        raise SourceError(str(error)) from None
    return None if profile.camera is None and profile.timing is not None else calibration


def sound_late_s(film: Path, calibration: Path | None) -> float:
    """How much later than its picture a film's sound is; 0 where that was not measured. Raises
    SourceError."""
    return measured_timing(str(film), calibration).audio_offset_s or 0.0
