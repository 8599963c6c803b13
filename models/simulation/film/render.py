"""Draws a person: shaded hulls of spheres, far parts first.

A sphere is drawn as a circle, as if it were on the optical axis. What is small in the picture gets
fewer shades; what is outside it or behind the camera is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.figure import POINT, POINTS, Build, centre_of_mass
from models.simulation.film.camera import Camera
from models.simulation.film.rope import rope_line
from models.simulation.film.shape import FACE_OUTLINES, Look, dress, face_colours

Image = NDArray[np.uint8]
_Flags = NDArray[np.bool_]

_SHIFT = 4  # fractional bits of OpenCV's polygon corners
_LIGHT = np.array([-0.55, -0.83])  # in the image, towards the light
_LAYERS = np.array([(1.0, 0.0, 0.62, 0.0), (0.84, 0.12, 0.86, 9.0), (0.52, 0.32, 1.0, 26.0)])
"""Radius, shift towards the light (of the radius), brightness and gloss of each layer of a part.
Gloss is light that any colour throws back: without it dark limbs before each other are one."""
_FLAT = np.array([(1.0, 0.0, 0.76, 0.0), (0.62, 0.26, 0.97, 18.0)])
_DOT = np.array([(1.0, 0.0, 0.88, 6.0)])
_FAR_M, _FAR_DARKER = 0.30, 0.30
_NEAR_M = 0.25  # nothing is drawn nearer to the camera
_BEYOND_PX = 20000.0  # a part this far out of the picture cannot be drawn right
_LOOKS_AWAY = -0.25  # cosine between face and camera
_LEAST_FACE_PX = 5.0
_FACE_TURNED = 0.12  # cosine between a feature and the camera
_HEAD_RADIUS = 0.055
_SHADE = 0.86


@dataclass(frozen=True, eq=False)
class _Detail:
    """How finely a person is drawn who is at least `least_px` high in the picture."""

    least_px: float
    layers: Floats
    circle: Floats


def _circle(corners: int) -> Floats:
    angle = np.linspace(0, 2 * np.pi, corners, False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


_RINGS = np.array([[0.26], [0.17]])[..., None] * np.c_[_circle(20), np.zeros(20)]
"""Rims of the shadow on the floor, in statures."""
_DETAILS = (
    _Detail(220.0, _LAYERS, _circle(16)),
    _Detail(60.0, _FLAT, _circle(10)),
    _Detail(0.0, _DOT, _circle(8)),
)


class Painter:
    """Draws one person. Stateless between calls of `paint`."""

    def __init__(self, build: Build, look: Look) -> None:
        shape = dress(build, look)
        pelvis = np.eye(len(POINTS))[POINT["pelvis"]]
        self._stature, self._light = build.stature, look.light
        self._weights, self._radii = np.vstack([shape.weights, pelvis]), shape.radii
        self._groups = shape.groups
        self._rope: list[float] = list(look.rope)
        parts = [(i, part) for i, group in enumerate(shape.groups) for part in group.parts]
        self._spans = [(part.first, part.last) for _, part in parts]
        self._firsts = np.array([first for first, _ in self._spans])
        self._group_of = np.array([i for i, _ in parts])
        self._colours = np.array([part.colour for _, part in parts])
        self._members = [
            [number for number, (i, _) in enumerate(parts) if i == group]
            for group in range(len(shape.groups))
        ]
        self._nearer = np.array([group.nearer for group in shape.groups])
        self._share = np.zeros((len(shape.groups), len(shape.radii)))
        for i, part in parts:
            self._share[i, part.first : part.last] = 1
        self._share /= self._share.sum(axis=1, keepdims=True)
        self._face = _Face(build, look)

    def paint(self, image: Image, camera: Camera, points: Floats, rope: Floats) -> None:
        """Draw the figure `points` (len(POINTS), 3) in metres into `image` in place, as `camera`
        sees it, with the rope (2,) as in `motion.Element`."""
        # Points in the camera's own plane have no place in the picture and are left out below.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            self._shadow(image, camera, points)
            centres, depth = camera.project(self._weights @ points)
            body = float(depth[-1])
            spheres = _Spheres(centres[:-1], self._radii * camera.focal / depth[:-1], depth[:-1])
            drawn = self._drawn(image, spheres)
            line = rope_line(points, rope, self._stature)
            strands = None if line is None else camera.project(line)
        if strands is not None:
            self._draw_rope(image, *strands, strands[1] > body)
        if drawn.any():
            self._draw_body(image, camera, points, _Seen(spheres, drawn, body))
        if strands is not None:
            self._draw_rope(image, *strands, strands[1] <= body)

    def _drawn(self, image: Image, spheres: _Spheres) -> _Flags:
        """Which parts (P,) are in front of the camera and touch the picture."""
        centres, radii = spheres.centres, spheres.radii[:, None]
        good = (spheres.depth > _NEAR_M) & (np.abs(centres) < _BEYOND_PX).all(axis=1)
        low = np.minimum.reduceat(centres - radii, self._firsts)
        high = np.maximum.reduceat(centres + radii, self._firsts)
        inside = (low < image.shape[1::-1]).all(axis=1) & (high > 0).all(axis=1)
        drawn: _Flags = np.logical_and.reduceat(good, self._firsts) & inside
        return drawn

    def _draw_body(
        self,
        image: Image,
        camera: Camera,
        points: Floats,
        seen: _Seen,
    ) -> None:
        far = self._share @ seen.spheres.depth
        dim = 1 - _FAR_DARKER * np.clip((far - seen.body) / _FAR_M, 0, 1)
        height = self._stature * camera.focal / max(seen.body, _NEAR_M)
        detail = next(d for d in _DETAILS if height >= d.least_px)
        outlines = _outlines(seen.spheres, detail, bool(seen.drawn.all()))
        shades = self._colours * dim[self._group_of, None]
        lit = shades[:, None] * detail.layers[:, 2:3] + self._light * detail.layers[:, 3:]
        colours = np.clip(lit, 0, 255).tolist()
        corners = len(detail.circle)
        for group in np.argsort(self._nearer - far):
            members, is_head = self._members[group], self._groups[group].is_head
            if is_head and self._face.looks_away(camera, points):
                neck, hair, face = members
                members = [neck, face, hair]
            for part in members:
                if seen.drawn[part]:
                    first, last = self._spans[part]
                    _fill(image, outlines[:, first * corners : last * corners], colours[part])
            if is_head and seen.drawn[members].all():
                self._face.draw(image, camera, points, float(dim[group]))

    def _shadow(self, image: Image, camera: Camera, points: Floats) -> None:
        """A soft patch on the floor below the centre of mass."""
        centre = centre_of_mass(points[None])[0] * (1, 1, 0)
        pixels, depth = camera.project(centre + self._stature * _RINGS)
        if depth.min() > _NEAR_M and np.abs(pixels).max() < _BEYOND_PX:
            for ring in pixels:
                _darken(image, ring, _SHADE)

    def _draw_rope(self, image: Image, pixels: Floats, depth: Floats, part: _Flags) -> None:
        """The stretches of the rope that begin at one of `part` (N,)."""
        good = (depth > _NEAR_M) & (np.abs(pixels) < _BEYOND_PX).all(axis=1)
        shown = (part & good)[:-1] & good[1:]
        ends = np.flatnonzero(np.diff(np.concatenate([[False], shown, [False]]).astype(np.int8)))
        if not len(ends):
            return
        corners = _fixed(np.where(good[:, None], pixels, 0.0))
        lines = [corners[a : b + 1] for a, b in ends.reshape(-1, 2)]
        thick = max(1, round(image.shape[0] / 480))
        cv2.polylines(image, lines, False, self._rope, thick, cv2.LINE_AA, _SHIFT)


@dataclass(frozen=True, eq=False)
class _Spheres:
    """Centres (N, 2) px, radii (N,) px and depths (N,) metres."""

    centres: Floats
    radii: Floats
    depth: Floats


@dataclass(frozen=True, eq=False)
class _Seen:
    """What a camera sees of a person: which parts (P,) are drawn, and the depth of the body."""

    spheres: _Spheres
    drawn: _Flags
    body: float


class _Face:
    """Eyes, brows, ears and mouth of one person."""

    def __init__(self, build: Build, look: Look) -> None:
        size = build.stature * build.head
        self._size = size
        self._outlines = FACE_OUTLINES * size
        middles = FACE_OUTLINES.mean(axis=1)
        self._normals = middles / np.linalg.norm(middles, axis=1, keepdims=True)
        self._colours = np.array(face_colours(look))

    def looks_away(self, camera: Camera, points: Floats) -> bool:
        ahead = points[POINT["nose"]] - points[POINT["head"]]
        return bool(ahead @ _sight(camera, points) < _LOOKS_AWAY * np.linalg.norm(ahead))

    def draw(self, image: Image, camera: Camera, points: Floats, dim: float) -> None:
        """The features that are turned towards the camera, unless they are too small to see."""
        head, nose, neck = (points[POINT[name]] for name in ("head", "nose", "neck"))
        if _HEAD_RADIUS * self._size * camera.focal < _LEAST_FACE_PX * _distance(camera, head):
            return
        ahead, up = _unit(nose - head), _unit(head - neck)
        axes = np.stack([ahead, _cross(up, ahead), up])
        turned = np.flatnonzero(self._normals @ (axes @ _sight(camera, points)) >= _FACE_TURNED)
        if not len(turned):
            return
        pixels = _fixed(camera.project(head + self._outlines[turned] @ axes)[0])
        for outline, colour in zip(pixels, (self._colours[turned] * dim).tolist(), strict=True):
            cv2.fillConvexPoly(image, outline, colour, cv2.LINE_AA, _SHIFT)


def _unit(vector: Floats) -> Floats:
    length: Floats = vector / np.sqrt(vector @ vector)
    return length


def _cross(a: Floats, b: Floats) -> Floats:
    # np.cross costs as much as drawing a limb.
    (ax, ay, az), (bx, by, bz) = a, b
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def _distance(camera: Camera, point: Floats) -> float:
    return float(np.linalg.norm(camera.position - point))


def _sight(camera: Camera, points: Floats) -> Floats:
    """Unit vector (3,) from the head to the camera."""
    return _unit(camera.position - points[POINT["head"]])


def _outlines(spheres: _Spheres, detail: _Detail, whole: bool) -> NDArray[np.int32]:
    """Circles around the spheres (L, N * corners, 2), for each layer; `whole`: all are drawn."""
    scale, shift = detail.layers[:, 0, None], detail.layers[:, 1, None]
    middles = spheres.centres + (shift * spheres.radii)[..., None] * _LIGHT
    rims = middles[:, :, None] + (scale * spheres.radii)[..., None, None] * detail.circle
    if not whole:  # what is left out may be anywhere, and must still be a number
        rims = np.nan_to_num(np.clip(rims, -_BEYOND_PX, _BEYOND_PX))
    return _fixed(rims).reshape(len(detail.layers), -1, 2)


def _fixed(pixels: Floats) -> NDArray[np.int32]:
    # OpenCV puts pixel centres at whole numbers, the camera at halves.
    return np.rint((pixels - 0.5) * (1 << _SHIFT)).astype(np.int32)


def _fill(image: Image, layers: NDArray[np.int32], colours: list[list[float]]) -> None:
    """The hulls of points (L, N, 2) one over the other; only the outermost has a smooth edge, the
    steps between shades are too small to need one."""
    line = cv2.LINE_AA
    for outline, colour in zip(layers, colours, strict=True):
        cv2.fillConvexPoly(image, cv2.convexHull(outline), colour, line, _SHIFT)
        line = cv2.LINE_8


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
