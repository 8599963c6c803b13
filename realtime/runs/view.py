"""What a run of a station sees: through which lens, and who of all in the picture counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calibration.floor_zone import FloorZone, Zone, usable
from calibration.ground import Ground
from calibration.lens import Intrinsics
from calibration.profile import ProfileError, read_profile
from calibration.zone import PictureZone, Rectangle, parse_zone
from realtime.lenses import kept_profile, live_lens, replay_lens
from realtime.options.arguments import ZoneOption
from realtime.record.session import RecordedSession, is_session
from realtime.sources.errors import SourceError
from realtime.sources.protocol import SourceInfo


@dataclass(frozen=True)
class View:
    """The lens whose distortion is taken out of the poses, and the zone in which people count."""

    lens: Intrinsics | None = None
    zone: Zone | None = None

    def crop(self, info: SourceInfo) -> Rectangle | None:
        """What of a picture is looked at for poses; None: all of it. Raises SourceError for a
        station that is not in the picture."""
        if not isinstance(self.zone, FloorZone):
            return None if self.zone is None else self.zone.box
        try:
            return self.zone.box((info.width, info.height), self.lens)
        except ValueError as error:
            raise SourceError(f"{info.uri}: {error}") from None


def live_view(
    source: str, calibration: Path | None, wanted: ZoneOption | None, info: SourceInfo
) -> View:
    """With the zone that is `wanted`; lens and station are those of the file `calibration`, or of
    the one kept for this camera. Raises SourceError for a zone outside the picture, a station that
    is not known, and a file that cannot be used."""
    station = wanted == "station"
    lens = live_lens(source, calibration, info, needed=not station)
    if wanted is None or not isinstance(wanted, str):
        return View(lens, _in_picture(wanted, info))
    path = calibration or kept_profile(source)
    if path is None:
        raise SourceError(
            f"--zone station: no calibration is kept for {source}; run fliptally calibrate scale "
            "--corners on it, or give --calibration FILE"
        )
    return View(lens, _station(path, info, lens))


def replay_view(
    source: str, calibration: Path | None, wanted: ZoneOption | None, info: SourceInfo
) -> View:
    """The same for a recording. Lens and zone of a session are those with which it was recorded,
    unless others are given; its station needs no file."""
    recorded = _recorded(source)
    zone = wanted or recorded
    station = isinstance(zone, str | FloorZone)
    lens = replay_lens(source, calibration, info, needed=not station)
    if not isinstance(zone, str | FloorZone):
        return View(lens, _in_picture(zone, info))
    if calibration is not None:
        return View(lens, _station(calibration, info, lens))
    if isinstance(recorded, FloorZone):
        return View(lens, recorded)
    raise SourceError(
        f"--zone station: {source} does not say where the station is; give --calibration FILE, "
        "from fliptally calibrate scale --corners"
    )


def _in_picture(zone: PictureZone | None, info: SourceInfo) -> PictureZone | None:
    if zone is not None and info.width:
        try:
            zone.check_inside(info.width, info.height)
        except ValueError as error:
            raise SourceError(f"{info.uri}: {error}") from None
    return zone


def _station(path: Path, info: SourceInfo, lens: Intrinsics | None) -> FloorZone:
    try:
        profile = read_profile(path)
        if profile.ground is None:
            raise ValueError(
                "ground: expected the floor, got none; run fliptally calibrate scale --corners"
            )
        ground = Ground.of(profile.ground)
        ground = ground.scaled((info.width, info.height)) if info.width else ground
        return FloorZone.of(usable(ground, lens))
    except ProfileError as error:
        raise SourceError(str(error)) from None
    except ValueError as error:
        raise SourceError(f"--zone station: calibration {path}: {error}") from None


def _recorded(source: str) -> Zone | None:
    """The zone of a recorded session; None for any other source."""
    path = Path(source)
    if not is_session(path):
        return None
    header = RecordedSession(path).header
    try:
        if header.floor is not None:
            return FloorZone.from_numbers(header.floor)
        return parse_zone(header.zone) if header.zone else None
    except ValueError as error:
        raise SourceError(f"{source}: {error}") from None
