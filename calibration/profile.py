"""What is known of one camera: lens, floor, timing and athlete, in one TOML file for each.

The files lie in the user's configuration folder and may be edited by hand. A part that was not
measured is absent.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import msgspec
import platformdirs

from models.uncollected import uncollected

VERSION = 1
BY_ID = Path("/dev/v4l/by-id")
"""Where Linux shows cameras by names that stay theirs."""

_Pixels = Annotated[int, msgspec.Meta(ge=16, le=16384)]
_Focal = Annotated[float, msgspec.Meta(gt=0, le=1e6)]
_Place = Annotated[float, msgspec.Meta(ge=-1e5, le=1e5)]
_Coefficient = Annotated[float, msgspec.Meta(ge=-100, le=100)]
_Error = Annotated[float, msgspec.Meta(ge=0, le=1e6)]
_Positive = Annotated[float, msgspec.Meta(gt=0, le=1e6)]
_Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]
_Metres = Annotated[float, msgspec.Meta(ge=-1000, le=1000)]
_Seconds = Annotated[float, msgspec.Meta(ge=-60, le=60)]
_Text = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Row = Annotated[tuple[float, ...], msgspec.Meta(min_length=7, max_length=7)]


class ProfileError(ValueError):
    """A profile that cannot be found, read or written; one line."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file. `date` is when it was measured (ISO 8601)."""


class CameraPart(_Part, frozen=True):
    """The lens, for pictures of `width` x `height` pixels: focal lengths and centre in pixels
    counted from the picture's corner, OpenCV's distortion coefficients, the root mean square
    reprojection error of the `views` of `board`."""

    width: _Pixels
    height: _Pixels
    fx: _Focal
    fy: _Focal
    cx: _Place
    cy: _Place
    k1: _Coefficient = 0.0
    k2: _Coefficient = 0.0
    p1: _Coefficient = 0.0
    p2: _Coefficient = 0.0
    k3: _Coefficient = 0.0
    error_px: _Error = 0.0
    views: Annotated[int, msgspec.Meta(ge=0)] = 0
    board: _Text = ""
    date: _Text = ""


class GroundPart(_Part, frozen=True):
    """Where the camera stands above the floor, as in `calibration.ground.Ground`; pixels are those
    of a picture without distortion. `covariance` belongs to yaw, pitch, roll (radians), x, y,
    height (metres) and the logarithm of the focal length. `station_m` are the corners of the
    station on the floor, x, y metres; none when they are not known."""

    width: _Pixels
    height: _Pixels
    fx: _Focal
    fy: _Focal
    cx: _Place
    cy: _Place
    yaw_deg: _Degrees
    pitch_deg: _Degrees
    roll_deg: _Degrees
    x_m: _Metres
    y_m: _Metres
    height_m: _Positive
    covariance: Annotated[tuple[_Row, ...], msgspec.Meta(min_length=7, max_length=7)]
    error_px: _Error = 0.0
    station_m: tuple[tuple[_Metres, _Metres], ...] = ()
    method: _Text = ""
    date: _Text = ""


class TimingPart(_Part, frozen=True):
    """`audio_offset_s` is how much later a sound is in the recording than its picture; `latency_s`
    and `jitter_s` are of the camera; `error_s` is the standard error of what was measured."""

    audio_offset_s: _Seconds | None = None
    latency_s: _Seconds | None = None
    jitter_s: _Error | None = None
    fps: _Positive | None = None
    error_s: _Error = 0.0
    date: _Text = ""


class AthletePart(_Part, frozen=True):
    """Somebody standing still: `leg_length_m`, and in leg lengths (root mean square) how much he
    sways and how much key points tremble."""

    leg_length_m: _Positive | None = None
    leg_length_px: _Positive | None = None
    sway: _Error | None = None
    noise_floor: _Error | None = None
    date: _Text = ""


class Profile(_Part, frozen=True):
    """All that is known of the camera `id`."""

    version: int
    id: Annotated[_Text, msgspec.Meta(min_length=1)]
    camera: CameraPart | None = None
    ground: GroundPart | None = None
    timing: TimingPart | None = None
    athlete: AthletePart | None = None


def stable_id(device: str, by_id: Path = BY_ID) -> str:
    """What a camera is called each time it is plugged in: its name under /dev/v4l/by-id, or else
    its device path. `device` is an index ("0") or a path."""
    path = Path(f"/dev/video{device}" if device.isdecimal() else device)
    names = sorted(by_id.iterdir()) if by_id.is_dir() else []
    return next((name.name for name in names if name.resolve() == path.resolve()), str(path))


def profile_path(camera: str, folder: Path | None = None) -> Path:
    """Where the profile of the camera with this id is kept."""
    folder = folder or Path(platformdirs.user_config_dir("fliptally")) / "cameras"
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", camera).strip("-.")[:80]
    if name != camera:  # two ids may not share a file
        name = f"{name}-{hashlib.sha256(camera.encode()).hexdigest()[:8]}".lstrip("-")
    return folder / f"{name}.toml"


def read_profile(path: Path) -> Profile:
    """Raises ProfileError when it is not there or not valid."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        _check_version(path, table.get("version"))
        with uncollected():
            return msgspec.convert(table, Profile)
    except OSError as error:
        raise ProfileError(
            f"calibration {path}: cannot be read ({error.strerror}); run fliptally calibrate"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ProfileError(f"calibration {path}: no TOML: {reason}; mend the file") from None
    except msgspec.ValidationError as error:
        raise ProfileError(f"calibration {path}: {_fault(str(error), table)}") from None


def update_profile(path: Path, name: str, /, **parts: _Part) -> Profile:
    """Write the parts (`camera=…`, `ground=…`, `timing=…`, `athlete=…`) into the profile of the
    camera with the id `name`; the others stay. Raises ProfileError for a file that is there and
    not valid, which is left as it is, or that cannot be written."""
    before = read_profile(path) if path.exists() else Profile(VERSION, name)
    if before.id != name:
        raise ProfileError(
            f"calibration {path}: id: expected {name!r}, got {before.id!r}; give --camera "
            f"{before.id} or another file"
        )
    after = msgspec.structs.replace(before, **parts)
    write_profile(path, after)
    return after


def write_profile(path: Path, profile: Profile) -> None:
    """The whole file or nothing. Raises ProfileError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, delete=False) as file:
            temporary = Path(file.name)
            try:
                file.write(_toml(profile).encode())
                file.flush()
                os.fsync(file.fileno())
                temporary.replace(path)
            except BaseException:
                with suppress(OSError):
                    temporary.unlink()
                raise
    except OSError as error:
        raise ProfileError(f"calibration {path}: cannot be written ({error.strerror})") from None


def _check_version(path: Path, version: object) -> None:
    if version != VERSION:
        raise ProfileError(
            f"calibration {path}: version: expected {VERSION}, got {version!r}; calibrate this "
            "camera again, or take the FlipTally that wrote it"
        )


def _fault(message: str, table: dict[str, Any]) -> str:
    """Key, expectation and value of what msgspec complains of."""
    match = re.fullmatch(r"(.*) - at `\$\.?(.*)`", message)
    if match is None:
        return f"{message}; mend the file"
    value: Any = table
    for key in re.findall(r"[^.\[\]]+", match[2]):
        try:
            value = value[int(key) if isinstance(value, list) else key]
        except (KeyError, IndexError, ValueError, TypeError):
            break
    got = "" if isinstance(value, dict) else f", got {value!r}"
    return f"{match[2]}: {match[1]}{got}; mend the file"


def _toml(profile: Profile) -> str:
    table = msgspec.to_builtins(profile)
    parts = {key: value for key, value in table.items() if isinstance(value, dict)}
    lines = ["# Measured by fliptally calibrate; lengths, places and errors as in the documents."]
    lines += [f"{key} = {_value(v)}" for key, v in table.items() if key not in parts and v]
    for name, part in parts.items():
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {_value(v)}" for key, v in part.items() if v is not None]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        rows = [_value(one) for one in value]
        nested = any(isinstance(one, list | tuple) for one in value)
        return "[\n  " + ",\n  ".join(rows) + ",\n]" if nested else f"[{', '.join(rows)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # TOML's basic strings have JSON's escapes
    return repr(value)
