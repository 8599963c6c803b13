"""From BODY_25's heat maps and part-affinity fields to people.

After Z. Cao, G. Hidalgo, T. Simon, S.-E. Wei, Y. Sheikh, "OpenPose: Realtime Multi-Person 2D Pose
Estimation using Part Affinity Fields", TPAMI 2019: the field of a limb points from its first to its
second joint wherever the limb is, so its line integral between two peaks tells whether they belong
together. The maps are read as they are, at an eighth of the input, not enlarged first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.pose.body25.architecture import FIELD_CHANNELS, HEAT_CHANNELS, STRIDE
from models.pose.body25.assembly import Connections, assemble
from models.pose.body25.peaks import Indices, Peaks, find_peaks
from models.skeleton import BODY_25, Keypoints

HEAT_ORIGIN_PX = (STRIDE - 1) / 2
"""The centre of the first cell of a heat map: cells are blocks of pixels."""
FIELD_ORIGIN_PX = 0.0
"""The same for a field. OpenPose's training targets differ here: a Gaussian is sampled at the
centre of the block, a field at its first pixel (putGaussianMaps and putVectorMaps of
oPDataTransformer.cpp in openpose_caffe_train)."""

# OpenPose's poseParameters.cpp: joints of each limb; the fields are stored in another order, each
# as an x and a y channel, here the position of the pair.
LIMBS = np.array(
    [
        *[(1, 8), (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (8, 9), (9, 10), (10, 11)],
        *[(8, 12), (12, 13), (13, 14), (1, 0), (0, 15), (15, 17), (0, 16), (16, 18), (2, 17)],
        *[(5, 18), (14, 19), (19, 20), (14, 21), (11, 22), (22, 23), (11, 24)],
    ],
    np.intp,
)
FIELD_OF_LIMB = np.array(
    [
        *[0, 7, 11, 8, 9, 12, 13, 3, 1, 2, 4, 5, 6, 15, 16, 18, 17, 19, 10, 14],
        *[20, 21, 22, 23, 24, 25],
    ],
    np.intp,
)

_SAMPLES = 10  # per line integral, both ends included
_MIN_SAMPLE = 0.05  # a sample of the field along the limb that counts as support
_MIN_SUPPORTING = 8  # samples
_AT_ONCE = 4096  # pairs; what is computed for them stays in the processor's cache
_COINCIDENT = 0.5  # cells; peaks closer than this have no direction between them

_ALONG = np.linspace(0, 1, _SAMPLES, dtype=np.float32)
_FIELD_SHIFT = np.complex64((1 + 1j) * (HEAT_ORIGIN_PX - FIELD_ORIGIN_PX) / STRIDE)


def decode(heat: NDArray[np.float32], fields: NDArray[np.float32], people: int) -> Keypoints:
    """The people in one picture, float32 (n, 25, 3) with n <= `people`, best first.

    `heat` is float32 (h, w, 26), the 25 joints then the background; `fields` float32 (h, w, 52).
    Of each joint: x, y in pixels of the network's input (8 h by 8 w), with (0, 0) the *centre* of
    the top-left pixel, and the height of the peak as confidence, 0...1; a joint that was not found
    is all zero. Cell (r, c) of a heat map is centred at pixel (8 c + 3.5, 8 r + 3.5), as in the
    training targets.

    A person holds together along the limbs. Where a joint is missing that is the only link (a
    neck, a hip, a knee), what is beyond it is a part of its own. The part with the higher score is
    the person; a near one that may have been cut off it (no joint in common, not a trunk joint
    each) is given up. Two people whose same joint lies within 2.21 cells both in x and in y have
    one peak there, and one of them gets it.

    Raises ValueError for arrays of other shapes.
    """
    _check(heat, fields)
    peaks = find_peaks(np.ascontiguousarray(heat, np.float32), len(BODY_25))
    found = assemble(peaks, _connect(peaks, np.ascontiguousarray(fields, np.float32)))
    found = found[: max(people, 0)]
    keypoints = np.zeros((len(found), len(BODY_25), 3), np.float32)
    for row, person in zip(keypoints, found, strict=True):
        own = person.peaks
        row[peaks.joint[own], 0] = peaks.x[own] * STRIDE + HEAT_ORIGIN_PX
        row[peaks.joint[own], 1] = peaks.y[own] * STRIDE + HEAT_ORIGIN_PX
        row[peaks.joint[own], 2] = peaks.height[own]
    return keypoints


def _check(heat: NDArray[np.float32], fields: NDArray[np.float32]) -> None:
    expected = (*heat.shape[:2], FIELD_CHANNELS)
    if heat.ndim != 3 or heat.shape[2] != HEAT_CHANNELS or not heat.size:
        raise ValueError(f"heat maps: expected shape (h, w, {HEAT_CHANNELS}), got {heat.shape}")
    if fields.shape != expected:
        raise ValueError(f"fields: expected shape {expected}, got {fields.shape}")


def _pairs(peaks: Peaks) -> tuple[Indices, Indices, Indices]:
    """Every pair of peaks that a limb could join: limb, row of its first and its second peak."""
    counts = np.diff(peaks.starts)
    first, second = LIMBS.T
    total = counts[first] * counts[second]
    limb = np.repeat(np.arange(len(LIMBS)), total)
    rank = np.arange(len(limb)) - np.repeat(np.cumsum(total) - total, total)
    per_first = counts[second][limb]
    return (
        limb,
        peaks.starts[first][limb] + rank // per_first,
        peaks.starts[second][limb] + rank % per_first,
    )


def _connect(peaks: Peaks, fields: NDArray[np.float32]) -> Connections:
    """The pairs that the fields support.

    A pair is accepted when enough samples of the field point along it and their mean, less the
    length prior of the authors' release code, is positive: the prior takes from limbs that are
    longer than half the map. Coincident peaks have no direction that could be measured; such a
    pair comes after all that have one.
    """
    limb, first, second = _pairs(peaks)
    place = (peaks.x + 1j * peaks.y).astype(np.complex64)
    start, towards = place[first], place[second] - place[first]
    length = abs(towards)
    unit = towards / np.maximum(length, np.finfo(np.float32).eps)
    along = np.empty((len(limb), _SAMPLES), np.float32)
    for begin in range(0, len(limb), _AT_ONCE):
        part = np.s_[begin : begin + _AT_ONCE]
        points = start[part, None] + towards[part, None] * _ALONG + _FIELD_SHIFT
        samples = _sample(fields, FIELD_OF_LIMB[limb[part], None], points)
        along[part] = (samples * unit[part, None].conj()).real
    longest = max(fields.shape[:2]) / 2
    integral = along.mean(axis=1) + np.minimum(longest / np.maximum(length, 1) - 1, 0)
    supported = np.count_nonzero(along > _MIN_SAMPLE, axis=1) >= _MIN_SUPPORTING
    coincident = (length < _COINCIDENT) & ~supported
    integral[coincident] = _MIN_SAMPLE
    accepted = (supported & (integral > 0)) | coincident
    return Connections(
        *(limb[accepted], first[accepted], second[accepted]), integral[accepted].astype(np.float64)
    )


def _sample(
    fields: NDArray[np.float32], field: Indices, points: NDArray[np.complex64]
) -> NDArray[np.complex64]:
    """Vectors x + iy of `field` at points x + iy in cells, bilinear, held beyond the border."""
    height, width = fields.shape[:2]
    vectors = fields.view(np.complex64).ravel()
    count = fields.shape[2] // 2
    x, y = points.real.clip(0, width - 1), points.imag.clip(0, height - 1)
    left, top = x.astype(np.int32), y.astype(np.int32)
    fx, fy = x - left.astype(np.float32), y - top.astype(np.float32)
    at = (top * width + left) * count + field
    right = np.where(left < width - 1, count, 0)
    below = np.where(top < height - 1, width * count, 0)
    upper = _between(vectors[at], vectors[at + right], fx)
    return _between(upper, _between(vectors[at + below], vectors[at + below + right], fx), fy)


def _between(
    one: NDArray[np.complex64], other: NDArray[np.complex64], share: NDArray[np.float32]
) -> NDArray[np.complex64]:
    mixed: NDArray[np.complex64] = one + (other - one) * share
    return mixed
