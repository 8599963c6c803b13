"""`fliptally calibrate timing`: sound against picture, camera latency, frame rate."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import cast

import av
import av.error
import msgspec
import numpy as np
from av.subtitles.subtitle import SubtitleSet
from numpy.typing import NDArray

from calibration.measures import Floats, MeasureError, from_pixels, leg_length
from calibration.onsets import clap_onsets, flash_onsets, row_levels, sound_onsets
from calibration.profile import (
    ProfileError,
    TimingPart,
    profile_path,
    read_profile,
    update_profile,
)
from calibration.timing import (
    FrameRate,
    Offset,
    TimingError,
    camera_latency,
    frame_rate,
    offset_between,
)
from models.pose.protocol import Image
from realtime import exits
from realtime.commands.calibrate_athlete import estimated
from realtime.flashing import FLASH_S, Beeper, TerminalFlash, flash_and_beep
from realtime.opening import open_live, open_video
from realtime.options.pose import chosen
from realtime.pictures import own_name
from realtime.sources.errors import SourceError
from realtime.sources.protocol import FrameSource

FLASHES = 8
_PAUSE_S = (0.7, 1.1)
_SETTLE_S = 1.5  # automatic exposure
_AFTER_S = 1.5
_LONGEST_S = 120.0  # of a file: more repetitions tell no more


def timing(options: argparse.Namespace) -> int:
    """Play the signals, watch them with a camera, or look for them in a recording; print what was
    found and keep it in the camera's profile."""
    try:
        if options.play:
            return _play()
        return _of_file(options) if Path(options.source).is_file() else _of_camera(options)
    except (TimingError, ProfileError) as error:
        raise SourceError(str(error)) from None


def _play() -> int:
    with TerminalFlash(sys.stdout) as screen:
        flash_and_beep(screen, Beeper(), FLASHES)
    sys.stdout.write(
        "now give the recording of it: fliptally calibrate timing FILE --camera NAME\n"
    )
    return exits.DONE


@dataclass
class Watched:
    """Pictures of a recording: times, row brightness, and change from one to the next."""

    t: list[float] = field(default_factory=list)
    rows: list[Floats] = field(default_factory=list)
    change: list[float] = field(default_factory=list)
    _last: NDArray[np.int16] | None = None

    def add(self, t: float, image: Image) -> None:
        self.t.append(t)
        self.rows.append(row_levels([image])[0])
        small = image[::8, ::8].astype(np.int16)
        before = small if self._last is None else self._last
        self.change.append(float(np.abs(small - before).mean()))
        self._last = small

    def rate(self, nominal_fps: float | None) -> FrameRate:
        return frame_rate(np.array(self.t), nominal_fps=nominal_fps, change=np.array(self.change))

    def flashes(self, options: argparse.Namespace) -> tuple[Floats, Floats]:
        return flash_onsets(
            np.array(self.t),
            np.array(self.rows),
            exposure_s=options.exposure_ms / 1000,
            readout_s=options.readout_ms / 1000,
        )


@dataclass
class Heard:
    """The sound track of a recording, mono; `begin_s` is the time of its first sample on the
    pictures' clock."""

    samples: Floats
    rate: float
    begin_s: float


def read_recording(path: str) -> tuple[Watched, Heard | None, float | None]:
    """Pictures, sound (None: there is none) and nominal frame rate of a video file. Raises
    SourceError when it cannot be read."""
    watched, pieces = Watched(), list[Floats]()
    begin_s, rate = 0.0, 0
    try:
        with av.open(str(Path(path).absolute())) as container:
            if not container.streams.video:
                raise SourceError(f"{path}: holds no video stream; expected a video")
            video = container.streams.video[0]
            streams = [video, *container.streams.audio[:1]]
            for frame in container.decode(streams):
                if isinstance(frame, SubtitleSet) or frame.time is None:
                    continue
                if frame.time > _LONGEST_S:
                    break
                if isinstance(frame, av.VideoFrame):
                    watched.add(frame.time, cast(Image, frame.to_ndarray(format="bgr24")))
                else:
                    begin_s = begin_s if pieces else frame.time
                    rate = frame.sample_rate
                    pieces.append(_mono(frame))
            nominal = float(video.guessed_rate) if video.guessed_rate else None
    except (av.error.FFmpegError, OSError) as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}); expected a video") from None
    heard = Heard(np.concatenate(pieces), rate, begin_s) if pieces else None
    return watched, heard, nominal


def _mono(frame: av.AudioFrame) -> Floats:
    samples = frame.to_ndarray()
    channels = len(frame.layout.channels)
    planes = samples if frame.format.is_planar else samples.reshape(-1, channels).T
    mono: Floats = planes.mean(axis=0, dtype=np.float64)
    return mono


def _of_file(options: argparse.Namespace) -> int:
    watched, heard, nominal = read_recording(options.source)
    rate = watched.rate(nominal)
    _say_rate(rate)
    if heard is None:
        raise SourceError(f"{options.source}: holds no sound; record it with the microphone on")
    seen, bound = _claps(options, watched) if options.clap else watched.flashes(options)
    onsets = heard.begin_s + sound_onsets(heard.samples, heard.rate)
    offset = offset_between(seen, onsets, resolution_s=bound)
    late = "later" if offset.offset_s >= 0 else "earlier"
    sys.stdout.write(
        f"sound: {_ms(abs(offset.offset_s))} {late} than the picture, ± {_ms(offset.error_s)} "
        f"({offset.count} {'claps' if options.clap else 'flashes'}, {offset.left_out} left out)\n"
    )
    part = TimingPart(
        audio_offset_s=round(offset.offset_s, 6),
        fps=round(rate.fps, 4),
        error_s=round(offset.error_s, 6),
        date=date.today().isoformat(),
    )
    return _keep(options.camera, options.file, part)


def _claps(options: argparse.Namespace, watched: Watched) -> tuple[Floats, Floats]:
    """When the hands of the largest person meet, and how well a frame rate tells that."""
    source = open_video(options.source, realtime=False)
    try:
        t, keypoints = estimated(source, chosen(options), _LONGEST_S)
    finally:
        source.close()
    points = np.where(keypoints[..., 2:] > 0, keypoints[..., :2].astype(np.float64), np.nan)
    try:
        seen = clap_onsets(t, from_pixels(points, leg_length(points)))
    except MeasureError as error:
        raise TimingError(f"timing: {error}") from None
    interval = float(np.median(np.diff(t)))
    return watched.t[0] + seen, np.full(len(seen), interval / 2)


def _of_camera(options: argparse.Namespace) -> int:
    source = open_live(options.source)
    try:
        with TerminalFlash(sys.stdout) as screen:
            shown, watched, arrived = watch(source, screen.light, np.random.default_rng())
    finally:
        source.close()
    rate = watched.rate(source.info.fps)
    _say_rate(rate)
    seen, bound = watched.flashes(options)
    latency = camera_latency(shown, seen, resolution_s=bound)
    delivered = latency.offset_s + float(np.median(arrived - np.array(watched.t)))
    _say_latency(latency, delivered)
    part = TimingPart(
        latency_s=round(latency.offset_s, 6),
        jitter_s=round(latency.spread_s, 6),
        fps=round(rate.fps, 4),
        error_s=round(latency.error_s, 6),
        date=date.today().isoformat(),
    )
    return _keep(options.camera or own_name(options.source), options.file, part)


def watch(
    source: FrameSource,
    light: Callable[[bool], None],
    rng: np.random.Generator,
    *,
    flashes: int = FLASHES,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Floats, Watched, Floats]:
    """Flash the screen by `light` and look at the pictures meanwhile. Returns when each flash
    began (N,), the pictures, and when each arrived (T,); all on the monotonic clock.

    Each flash waits for a random part of a frame, as one that always follows a picture would always
    fall on the same part of an exposure.
    """
    shown, watched, arrived = list[float](), Watched(), list[float]()
    next_s, lit = clock() + _SETTLE_S, False
    while len(shown) < flashes or clock() < next_s + _AFTER_S:
        frame = source.read()
        if frame is None:
            raise TimingError(
                "timing: the pictures ended before the flashes; give a camera, or a stream that "
                "goes on"
            )
        arrived.append(clock())
        watched.add(frame.captured_at, frame.image)
        if arrived[-1] < next_s or (not lit and len(shown) == flashes):
            continue
        if not lit:
            sleep(float(rng.uniform(0, 1 / (source.info.fps or 30))))
            light(True)
            shown.append(clock())
        else:
            light(False)
        lit = not lit
        next_s = clock() + (FLASH_S if lit else float(rng.uniform(*_PAUSE_S)))
    return np.array(shown), watched, np.array(arrived)


def _say_rate(rate: FrameRate) -> None:
    repeated = f", {rate.duplicates} repeated" if rate.duplicates else ""
    sys.stdout.write(
        f"frames: {rate.fps:.2f} fps, jitter {_ms(rate.jitter_s)}, longest interval "
        f"{_ms(rate.worst_s)}, {rate.dropped} of {rate.frames + rate.dropped} missing{repeated}\n"
    )


def _say_latency(latency: Offset, delivered_s: float) -> None:
    sys.stdout.write(
        f"camera: a picture's time is {_ms(latency.offset_s)} after what it shows, ± "
        f"{_ms(latency.error_s)}, jitter {_ms(latency.spread_s)}; it arrives after "
        f"{_ms(delivered_s)} ({latency.count} flashes; the screen's own delay is part of it)\n"
    )


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"


def _keep(name: str | None, file: Path | None, part: TimingPart) -> int:
    if name is None:
        sys.stdout.write("not kept: give --camera NAME to keep it for that camera\n")
        return exits.DONE
    path = file or profile_path(name)
    before = read_profile(path).timing if path.exists() else None
    if before is not None:  # what was measured another way stays
        known = {f: v for f, v in msgspec.structs.asdict(part).items() if v is not None}
        part = msgspec.structs.replace(before, **known)
    update_profile(path, name, timing=part)
    sys.stdout.write(f"kept: {path}\n")
    return exits.DONE
