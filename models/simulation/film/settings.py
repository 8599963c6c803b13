"""The table `camera` of a scene file: where the picture is taken from and what becomes of it."""

from __future__ import annotations

from typing import Annotated

import msgspec

Pixels = Annotated[int, msgspec.Meta(ge=16, le=8192)]
Rate = Annotated[float, msgspec.Meta(ge=0.1, le=1000)]


class CameraSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without `orbit_deg` the camera stands at y = -distance and looks along +y: x is to the right
    of the picture, y away from the camera."""

    fps: Rate = 60.0
    width: Pixels = 1280
    height: Pixels = 720
    orbit_deg: float = 0.0
