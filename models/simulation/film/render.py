"""Draws the athlete: shaded hulls of spheres, far parts first.

Every part is the convex hull of a few spheres that hang on the figure's points (a limb is a tapered
capsule). A sphere is drawn as a circle, as if it
were on the optical axis.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.figure import POINT, Build, centre_of_mass
from models.simulation.film.camera import Camera
from models.simulation.film.shape import (
    FACE,
    FACE_FEATURES,
    GROUPS,
    HAIR_CAP,
    NECK,
    RADII,
    WEIGHTS,
    Look,
    Part,
)

Image = NDArray[np.uint8]

_SHIFT = 4  # fractional bits of OpenCV's polygon corners
_CIRCLE = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 16, False)), np.sin(np.linspace(0, 2 * np.pi, 16, False))],
    axis=-1,
)
_LIGHT = np.array([-0.55, -0.83])  # in the image, towards the light
_LAYERS = ((1.0, 0.0, 0.70), (0.84, 0.12, 0.88), (0.52, 0.32, 1.05))
"""Radius, shift towards the light (of the radius) and brightness of each layer of a part."""
_FAR_M, _FAR_DARKER = 0.30, 0.30


class Painter:
    """Draws one person. Stateless between calls of `paint`."""

    def __init__(self, build: Build, look: Look) -> None:
        self._stature = build.stature
        self._colours = {name: np.array(getattr(look, name)) for name in look.__dataclass_fields__}

    def paint(self, image: Image, camera: Camera, points: Floats, rope: Floats) -> None:
        """Draw the figure `points` (len(POINTS), 3) in metres into `image` in place, as `camera`
        sees it, with the rope (2,) as in `motion.Element`."""
        self._shadow(image, camera, points)
        centres, depth = camera.project(WEIGHTS @ points)
        radii = RADII * self._stature * camera.focal / depth
        spheres = (centres, radii, depth)
        body = float(camera.project(points[POINT["pelvis"]])[1])
        strands = self._strands(camera, points, float(rope[0]))
        self._draw_rope(image, strands, body, behind=True)
        groups = [(_mean_depth(group, depth), group) for group in [*GROUPS, [FACE]]]
        for far, group in sorted(groups, key=lambda item: -item[0]):
            dim = 1 - _FAR_DARKER * float(np.clip((far - body) / _FAR_M, 0, 1))
            if group[0] is FACE:
                self._head(image, camera, points, spheres, dim)
                continue
            for part in group:
                self._part(image, part, spheres, dim)
        self._draw_rope(image, strands, body, behind=False)

    def _part(
        self, image: Image, part: Part, spheres: tuple[Floats, Floats, Floats], dim: float
    ) -> None:
        rows = list(part.spheres)
        centres, radii = spheres[0][rows], spheres[1][rows]
        for scale, shift, brightness in _LAYERS:
            middle = centres + shift * radii[:, None] * _LIGHT
            rim = middle[:, None] + scale * radii[:, None, None] * _CIRCLE
            _fill(image, rim.reshape(-1, 2), self._colours[part.colour] * brightness * dim)

    def _head(
        self,
        image: Image,
        camera: Camera,
        points: Floats,
        spheres: tuple[Floats, Floats, Floats],
        dim: float,
    ) -> None:
        """Face and hair, the nearer one last; eyes, brows and mouth where they face the camera."""
        head, nose, neck = (points[POINT[name]] for name in ("head", "nose", "neck"))
        ahead = (nose - head) / np.linalg.norm(nose - head)
        up = (head - neck) / np.linalg.norm(head - neck)
        to_camera = camera.position - head
        to_camera /= np.linalg.norm(to_camera)
        facing = float(ahead @ to_camera)
        parts = [HAIR_CAP, FACE] if facing > -0.25 else [FACE, HAIR_CAP]
        for part in (NECK, *parts):
            self._part(image, part, spheres, dim)
        axes = np.stack([ahead, np.cross(up, ahead), up])
        self._features(image, camera, head, axes, dim)

    def _features(
        self, image: Image, camera: Camera, head: Floats, axes: Floats, dim: float
    ) -> None:
        to_camera = camera.position - head
        to_camera /= np.linalg.norm(to_camera)
        for colour, outline in FACE_FEATURES:
            middle = outline.mean(axis=0)
            normal = middle / np.linalg.norm(middle) @ axes
            if normal @ to_camera < 0.12:
                continue
            shape, _ = camera.project(head + outline * self._stature @ axes)
            _fill(image, shape, np.array(colour) * dim)

    def _shadow(self, image: Image, camera: Camera, points: Floats) -> None:
        """A soft patch on the floor below the centre of mass."""
        centre = centre_of_mass(points[None])[0]
        angle = np.linspace(0, 2 * np.pi, 24, False)
        ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(24)], axis=-1)
        for radius in (0.26, 0.17):
            floor = centre * (1, 1, 0) + radius * self._stature * ring
            _darken(image, camera.project(floor)[0], 0.86)

    def _strands(self, camera: Camera, points: Floats, rope: float) -> tuple[Floats, Floats] | None:
        """The rope's pixels (N, 2) and depths (N,), or None without a rope."""
        if np.isnan(rope):
            return None
        left, right = points[POINT["left_hand"]], points[POINT["right_hand"]]
        across = points[POINT["left_hip"]] - points[POINT["right_hip"]]
        forward = np.cross(across, [0.0, 0.0, 1.0])
        forward /= np.linalg.norm(forward)
        angle = 2 * np.pi * rope
        outward = -np.cos(angle) * np.array([0.0, 0.0, 1.0]) - np.sin(angle) * forward
        u = np.linspace(0, 1, 28)[:, None]
        length = (left[2] + right[2]) / 2
        strand = left + u * (right - left) + length * np.sin(np.pi * u) ** 0.6 * outward
        strand[:, 2] = np.maximum(strand[:, 2], 0.008)
        return camera.project(strand)

    def _draw_rope(
        self, image: Image, strands: tuple[Floats, Floats] | None, body: float, behind: bool
    ) -> None:
        if strands is None:
            return
        pixels, depth = strands
        middle_depth = (depth[1:] + depth[:-1]) / 2
        corners = _fixed(pixels)
        for i in np.flatnonzero((middle_depth > body) == behind):
            cv2.polylines(
                image,
                [corners[i : i + 2]],
                False,
                self._colours["rope"].tolist(),
                max(1, round(image.shape[0] / 480)),
                cv2.LINE_AA,
                _SHIFT,
            )


def _mean_depth(group: list[Part], depth: Floats) -> float:
    rows = [row for part in group for row in part.spheres]
    return float(depth[rows].mean())


def _fixed(pixels: Floats) -> NDArray[np.int32]:
    # OpenCV puts pixel centres at whole numbers, the camera at halves.
    return np.round((pixels - 0.5) * (1 << _SHIFT)).astype(np.int32)


def _fill(image: Image, outline: Floats, colour: Floats) -> None:
    hull = cv2.convexHull(_fixed(outline))
    cv2.fillConvexPoly(image, hull, np.clip(colour, 0, 255).tolist(), cv2.LINE_AA, _SHIFT)


def _darken(image: Image, outline: Floats, factor: float) -> None:
    """Multiply the pixels inside a convex outline by `factor`."""
    low = np.clip(np.floor(outline.min(axis=0)).astype(int), 0, None)
    high = np.ceil(outline.max(axis=0)).astype(int) + 1
    patch = image[low[1] : max(high[1], 0), low[0] : max(high[0], 0)]
    if patch.size == 0:
        return
    mask = np.zeros(patch.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(_fixed(outline - low)), 255, cv2.LINE_AA, _SHIFT)
    darker = cv2.convertScaleAbs(patch, alpha=factor)
    cv2.copyTo(darker, mask, patch)
