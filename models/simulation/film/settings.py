"""The table `camera` of a scene file: where the picture is taken from and what becomes of it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Pixels = Annotated[int, msgspec.Meta(ge=16, le=8192)]
Rate = Annotated[float, msgspec.Meta(ge=0.1, le=1000)]
Place = Annotated[float, msgspec.Meta(ge=-100, le=100)]
Share = Annotated[float, msgspec.Meta(ge=0, le=0.9)]
Turn = Annotated[float, msgspec.Meta(ge=-360, le=360)]
Coefficient = Annotated[float, msgspec.Meta(ge=-10, le=10)]


class CameraSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table `camera`. What is not said is the best there is: a tripod, a lens without distortion,
    a short exposure of all rows at once, no noise, every frame in time.

    Place. The camera looks at the place `x`, `y` on the floor and goes round it: it stands
    `distance_m` away on the side to which a person with `facing_deg` = `orbit_deg` looks, so that
    at 0 it looks along +y, x is to the right of the picture and y away from the camera. It is
    `height_m` above the floor and looks at `aim_m` above the floor (without it: 0.66 of the
    stature of the first person). `roll_deg` is how far the picture is turned, counter-clockwise.

    Lens. `fov_deg` is the horizontal angle of view. Without it a lens that is "linear" shows a
    person of the first one's stature at `x`, `y` over 59 % of the height, with room above for a
    flip, and one that is "wide" has 110 degrees, an action camera's barrel distortion. `k1`, `k2`,
    `p1`, `p2`, `k3` (OpenCV's model, in its order) take the place of the lens's own distortion.

    Shake. `shake_deg` is the root mean square of pan and of tilt: 0 on a tripod, about 0.4 in a
    hand, 2 for somebody who walks.

    Time. `fps` is the rate. A share `drop` of the frames is lost; a share `duplicates` comes with
    the picture of the frame before. Frames are taken at random early or late by `jitter_ms`
    (standard deviation); their times say so. With `slow_fps` the rate wanders between that and
    `fps`, as cameras do in low light.

    Exposure. `shutter_s` is how long each row is exposed, `rolling_shutter_s` how much later the
    last row is than the first; at a frame's time the middle row is half exposed.

    Sensor. `noise` is the standard deviation of the noise at mid grey (0...255), `exposure_ev` how
    many stops the picture is too bright, `exposure_drift_ev` how many the automatic exposure
    wanders. With `mjpeg_quality` each picture has been compressed, as in most USB cameras.
    """

    fps: Rate = 60.0
    width: Pixels = 1280
    height: Pixels = 720

    x: Place = 0.0
    y: Place = 0.0
    distance_m: Annotated[float, msgspec.Meta(ge=0.5, le=100)] = 6.0
    height_m: Annotated[float, msgspec.Meta(ge=0.05, le=30)] = 1.25
    aim_m: Annotated[float, msgspec.Meta(ge=-10, le=30)] | None = None
    orbit_deg: Turn = 0.0
    roll_deg: Turn = 0.0

    lens: Literal["linear", "wide"] = "linear"
    fov_deg: Annotated[float, msgspec.Meta(ge=2, le=130)] | None = None
    k1: Coefficient | None = None
    k2: Coefficient | None = None
    p1: Coefficient | None = None
    p2: Coefficient | None = None
    k3: Coefficient | None = None

    shake_deg: Annotated[float, msgspec.Meta(ge=0, le=5)] = 0.0

    drop: Share = 0.0
    duplicates: Share = 0.0
    jitter_ms: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    slow_fps: Rate | None = None

    shutter_s: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    rolling_shutter_s: Annotated[float, msgspec.Meta(ge=0, le=0.1)] = 0.0

    noise: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.0
    exposure_ev: Annotated[float, msgspec.Meta(ge=-6, le=4)] = 0.0
    exposure_drift_ev: Annotated[float, msgspec.Meta(ge=0, le=3)] = 0.0
    mjpeg_quality: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
