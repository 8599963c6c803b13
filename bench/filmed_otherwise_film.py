"""Ways to film the same athlete otherwise: each makes another film of one."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from models.lens import WIDE
from models.simulation.film.shake import draw_shake

Image = NDArray[np.uint8]
Film = Iterator[tuple[Image, float]]
"""Pictures (H, W, 3), BGR, and their times in seconds, increasing."""


@dataclass(frozen=True)
class Shot:
    """What is known of a clip before it is filmed otherwise: the pixels in which the athlete is as
    filmed (left, top, right, bottom; None until that is known), and the seed of all chance."""

    box: tuple[float, float, float, float] | None = None
    seed: int = 40000


Refilm = Callable[[Film, Shot], Film]
"""Raises ValueError when it needs a box and there is none."""

_GAMMA = 2.2
_WIDE_HALF = 1.0
"""What the wide lens sees to the side, as a tangent: 90 degrees in all."""
_FLOW_WIDTH = 320  # px; flow of larger pictures is no better for a blur, and slow
_BLUR_PARTS = 7
_BARS = 16 / 9


def as_filmed(film: Film, shot: Shot) -> Film:
    return film


def each(film: Film, shot: Shot, change: Callable[[Image], Image]) -> Film:
    """Every picture changed in the same way."""
    for image, t in film:
        yield np.ascontiguousarray(change(image)), t


def mirrored(image: Image) -> Image:
    return image[:, ::-1]


def shrunk(image: Image, share: float) -> Image:
    height, width = image.shape[:2]
    size = max(round(width * share), 1), max(round(height * share), 1)
    return cast(Image, cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def grey(image: Image) -> Image:
    return cast(Image, cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR))


def overexposed(image: Image, times: float) -> Image:
    """With so many times the light, what is too bright white."""
    level = 255 * np.minimum((np.arange(256) / 255) ** _GAMMA * times, 1) ** (1 / _GAMMA)
    return cast(Image, cv2.LUT(image, level.astype(np.uint8)))


def tilted(image: Image, degrees: float) -> Image:
    """Turned counter-clockwise about its middle; the edges are drawn out into the corners."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return _warped(image, turn)


def barred(image: Image) -> Image:
    """A picture in the middle of one of the other orientation, between black bars."""
    height, width = image.shape[:2]
    if width >= height:
        bar = round(max(width * _BARS - height, 0) / 2)
        return cast(Image, cv2.copyMakeBorder(image, bar, bar, 0, 0, cv2.BORDER_CONSTANT))
    bar = round(max(height * _BARS - width, 0) / 2)
    return cast(Image, cv2.copyMakeBorder(image, 0, 0, bar, bar, cv2.BORDER_CONSTANT))


def dark(film: Film, shot: Shot, light: float, gain: float, noise: float) -> Film:
    """With that share of the light, amplified so many times; `noise` is its standard deviation
    (0...1, linear, before the gain) at full light, where it is that of the number of photons."""
    rng = np.random.default_rng(shot.seed)
    linear = ((np.arange(256) / 255) ** _GAMMA * light).astype(np.float32)
    for image, t in film:
        lit = linear[image]
        grain = rng.standard_normal(image.shape, np.float32)
        lit += noise * np.sqrt(lit + 0.02) * grain
        np.clip(gain * lit, 0, 1, out=lit)
        yield (255 * lit ** (1 / _GAMMA)).astype(np.uint8), t


def blurred(film: Film, shot: Shot, shutter: float) -> Film:
    """Exposed for that share of the time from frame to frame, along the flow of the pixels."""
    flows = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    before: NDArray[Any] | None = None
    for image, t in film:
        width = min(_FLOW_WIDTH, image.shape[1])
        small = cv2.cvtColor(shrunk(image, width / image.shape[1]), cv2.COLOR_BGR2GRAY)
        if before is None:
            yield image, t
        else:
            unknown = np.zeros((*small.shape, 2), np.float32)
            yield _smeared(image, flows.calc(small, before, unknown), shutter), t
        before = small


def _smeared(image: Image, flow: NDArray[Any], shutter: float) -> Image:
    height, width = image.shape[:2]
    scale = width / flow.shape[1]
    whole = cv2.resize(flow, (width, height)) * scale
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    total = np.zeros(image.shape, np.float32)
    for part in np.linspace(-shutter / 2, shutter / 2, _BLUR_PARTS).tolist():
        moved_x, moved_y = x + part * whole[..., 0], y + part * whole[..., 1]
        seen = cv2.remap(image, moved_x, moved_y, cv2.INTER_LINEAR, borderMode=_EDGE)
        cv2.accumulate(seen, total)
    return (total / _BLUR_PARTS + 0.5).astype(np.uint8)


_EDGE = cv2.BORDER_REPLICATE


def _warped(image: Image, matrix: NDArray[Any]) -> Image:
    size = image.shape[1], image.shape[0]
    return cast(Image, cv2.warpAffine(image, matrix, size, borderMode=_EDGE))


def hand_held(film: Film, shot: Shot, share: float, degrees: float) -> Film:
    """Shaken by `share` of the picture's width (root mean square), and rolled by `degrees`."""
    shake = draw_shake(1.0, np.random.default_rng(shot.seed))
    for image, t in film:
        height, width = image.shape[:2]
        pan, tilt, roll = np.degrees(shake.at(np.array(t)))
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 2 * roll * degrees, 1.0)
        matrix[:, 2] += share * width * pan, share * width * tilt
        yield _warped(image, matrix), t


def through_wide_lens(film: Film, shot: Shot) -> Film:
    """As a wide lens shows what is in the picture, as if that were 90 degrees; what was not filmed
    is drawn out of the edges."""
    maps: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
    for image, t in film:
        if maps is None:
            maps = _wide(*image.shape[:2])
        yield cast(Image, cv2.remap(image, *maps, cv2.INTER_LINEAR, borderMode=_EDGE)), t


def _wide(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where the straight picture has each pixel of the bent one; its longer side stays in view."""
    focal = max(width, height) / 2 / _WIDE_HALF
    edge = float(WIDE.distort(np.array([_WIDE_HALF, 0.0]))[0]) / _WIDE_HALF
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    centre = np.array([width / 2, height / 2])
    seen = (np.stack([x, y], axis=-1) - centre) / focal * edge
    straight = WIDE.undistort(seen) * focal + centre - 0.5
    return straight[..., 0].astype(np.float32), straight[..., 1].astype(np.float32)


def cut(film: Film, shot: Shot, left: bool) -> Film:
    """Cut so that a tenth of the margin below the feet is left, and on one side (the left, if
    `left` is true) a tenth of that beside the athlete."""
    if shot.box is None:
        raise ValueError("cut: no box of the athlete; film the clip as it is first")
    x0, _, x1, y1 = shot.box
    for image, t in film:
        height, width = image.shape[:2]
        bottom = round(min(y1 + 0.1 * max(height - y1, 0), height))
        near = round(max(0.9 * x0, 0)) if left else 0
        far = width if left else round(min(x1 + 0.1 * max(width - x1, 0), width))
        yield np.ascontiguousarray(image[:bottom, near:far]), t


def compressed(film: Film, shot: Shot, bits_per_pixel: float, blocks: bool) -> Film:
    """Sent through a video encoder that has too few bits: H.264, or MPEG-4 with its `blocks`."""
    file, times = io.BytesIO(), deque[float]()
    with av.open(file, "w", format="matroska") as container:
        stream = None
        for image, t in film:
            even = np.ascontiguousarray(image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2])
            if stream is None:
                height, width = even.shape[:2]
                stream = container.add_stream("mpeg4" if blocks else "libx264", rate=30)
                stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                stream.bit_rate = round(bits_per_pixel * width * height * 30)
                stream.codec_context.thread_count = 1
                stream.codec_context.time_base = Fraction(1, 30)
            frame = av.VideoFrame.from_ndarray(even, format="bgr24")
            frame.pts, frame.time_base = len(times), Fraction(1, 30)
            times.append(t)
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as packed:
        for frame, t in zip(packed.decode(video=0), times, strict=True):
            yield cast(Image, frame.to_ndarray(format="bgr24")), t


def every_other(film: Film, shot: Shot) -> Film:
    for number, picture in enumerate(film):
        if number % 2 == 0:
            yield picture


def repeated(film: Film, shot: Shot, fps: float) -> Film:
    """At a constant, higher rate: each picture again until there is the next."""
    last: tuple[Image, float] | None = None
    shown = 0
    begin = 0.0
    for image, t in film:
        begin = t if last is None else begin
        while last is not None and begin + shown / fps < t - 1e-6:
            yield last[0], begin + shown / fps
            shown += 1
        last = image, t
    if last is not None:
        yield last[0], begin + shown / fps


def one_after_the_other(film: Film, shot: Shot, ways: Iterable[Refilm]) -> Film:
    for way in ways:
        film = way(film, shot)
    return film


def changed(change: Callable[[Image], Image]) -> Refilm:
    return partial(each, change=change)


_QUARTER = changed(partial(shrunk, share=0.25))
_HALF = changed(partial(shrunk, share=0.5))
_DIM = partial(dark, light=0.12, gain=3.0, noise=0.05)
_FEW_BITS = partial(compressed, bits_per_pixel=0.02, blocks=False)
_HAND = partial(hand_held, share=0.012, degrees=0.7)

AS_FILMED = "as filmed"
WAYS: dict[str, Refilm] = {
    AS_FILMED: as_filmed,
    "mirrored": changed(mirrored),
    "half size": _HALF,
    "few bits": _FEW_BITS,
    "motion blur": partial(blurred, shutter=0.8),
    "dark": _DIM,
    "hand-held": _HAND,
    "half rate": every_other,
    "cut, to the left": partial(cut, left=True),
    "tilted left": changed(partial(tilted, degrees=8.0)),
    "wide lens": through_wide_lens,
    "quarter size": _QUARTER,
    "overexposed": changed(partial(overexposed, times=4.0)),
    "60 fps, repeated": partial(repeated, fps=60.0),
    "between bars": changed(barred),
    "grey": changed(grey),
    "tilted right": changed(partial(tilted, degrees=-8.0)),
    "blocks": partial(compressed, bits_per_pixel=0.02, blocks=True),
    "cut, to the right": partial(cut, left=False),
    "all at once": partial(one_after_the_other, ways=(_HALF, _DIM, _HAND, _FEW_BITS)),
}
