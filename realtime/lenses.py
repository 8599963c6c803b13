"""Which lens a station's key points are seen through, and taking its distortion out of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from calibration.lens import Intrinsics, undistorted_poses
from calibration.profile import ProfileError, profile_path, read_profile
from models.poses import Poses
from realtime.pictures import own_name
from realtime.record.session import RecordedSession, is_session
from realtime.sources.errors import SourceError
from realtime.sources.protocol import SourceInfo


def live_lens(
    source: str, given: Path | None, info: SourceInfo, *, needed: bool = True
) -> Intrinsics | None:
    """The lens of the calibration file `given`, or of the one kept for this camera; None without.
    Raises SourceError for a file that cannot be used; for one given without a lens if that is
    `needed`."""
    if given is not None:
        return _lens(given, info, needed=needed)
    kept = kept_profile(source)
    return None if kept is None else _lens(kept, info, needed=False)


def replay_lens(
    source: str, given: Path | None, info: SourceInfo, *, needed: bool = True
) -> Intrinsics | None:
    """The lens of the calibration file `given`, or the one that the session was recorded with.
    Raises SourceError as `live_lens` does."""
    if given is not None:
        return _lens(given, info, needed=needed)
    path = Path(source)
    numbers = RecordedSession(path).header.lens if is_session(path) else None
    if numbers is None:
        return None
    try:
        return Intrinsics.from_numbers(numbers)
    except ValueError as error:
        raise SourceError(f"{source}: {error}") from None


def kept_profile(source: str) -> Path | None:
    """The calibration file kept for this camera; None where there is none."""
    name = own_name(source)
    if name is None or not (path := profile_path(name)).exists():
        return None
    return path


def undistortion(lens: Intrinsics | None) -> Callable[[Poses], Poses] | None:
    """What takes the distortion out of poses; None where there is none to take out."""
    return None if lens is None else partial(undistorted_poses, intrinsics=lens)


def _lens(path: Path, info: SourceInfo, *, needed: bool) -> Intrinsics | None:
    try:
        profile = read_profile(path)
        if profile.camera is not None:
            lens = Intrinsics.of(profile.camera)
            return lens.scaled((info.width, info.height)) if info.width else lens
    except ProfileError as error:
        raise SourceError(str(error)) from None
    except ValueError as error:
        raise SourceError(f"calibration {path}: {error}") from None
    if needed:
        raise SourceError(
            f"calibration {path}: camera: expected a lens, got none; run fliptally calibrate camera"
        )
    return None
