"""The zone in the picture in which an athlete counts: a rectangle or a polygon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

FORM = (
    "x,y,width,height or the corners x1,y1,x2,y2,x3,y3,... in pixels, whole and not negative (for "
    "example 460,40,440,480), or the word station"
)
MOST_CORNERS = 32

_Corner = tuple[int, int]
_Edge = tuple[_Corner, _Corner]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle in pixels, origin top left."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.x < 0 or self.y < 0 or self.width < 1 or self.height < 1:
            raise ValueError(f"zone {self}: expected {FORM}")

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"

    @property
    def box(self) -> Rectangle:
        """What of the picture is looked at."""
        return self

    def check_inside(self, width: int, height: int) -> None:
        """Raise ValueError unless the zone lies within a picture of this size."""
        if self.x + self.width > width or self.y + self.height > height:
            raise ValueError(
                f"zone {self}: reaches outside the picture of {width}x{height}; expected {FORM}"
            )

    def contains(self, x: float, y: float) -> bool:
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True, slots=True)
class Polygon:
    """Corners in pixels, origin top left, in order around an area; edges do not meet."""

    corners: tuple[_Corner, ...]

    def __post_init__(self) -> None:
        if not 3 <= len(self.corners) <= MOST_CORNERS or min(map(min, self.corners)) < 0:
            raise ValueError(f"zone {self}: expected {FORM}; 3 to {MOST_CORNERS} corners")
        if met := _meeting(self._edges):
            raise ValueError(
                f"zone {self}: its edges from {met[0]} and from {met[1]} meet; give the corners in "
                "their order around an area, each once"
            )

    def __str__(self) -> str:
        return ",".join(f"{x},{y}" for x, y in self.corners)

    @property
    def box(self) -> Rectangle:
        """What of the picture is looked at."""
        x, y = zip(*self.corners, strict=True)
        return Rectangle(min(x), min(y), max(x) - min(x), max(y) - min(y))

    def check_inside(self, width: int, height: int) -> None:
        """Raise ValueError unless the zone lies within a picture of this size."""
        beyond = [f"{x},{y}" for x, y in self.corners if x > width or y > height]
        if beyond:
            raise ValueError(
                f"zone {self}: {' and '.join(beyond)} outside the picture of {width}x{height}; "
                "expected corners in it"
            )

    def contains(self, x: float, y: float) -> bool:
        """Whether a ray to the right crosses the edges an odd number of times."""
        inside = False
        for (x1, y1), (x2, y2) in self._edges:
            if (y1 <= y) != (y2 <= y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                inside = not inside
        return inside

    @property
    def _edges(self) -> list[_Edge]:
        return list(zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True))


PictureZone = Rectangle | Polygon


def parse_zone(text: str) -> PictureZone:
    """A rectangle from four numbers, a polygon from more, as `str` of them writes them. Raises
    ValueError with the expected form."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 4:
        return Rectangle(*numbers)
    if len(numbers) < 6 or len(numbers) % 2:
        raise ValueError(f"zone {text!r}: expected {FORM}")
    return Polygon(tuple(zip(numbers[::2], numbers[1::2], strict=True)))


def _meeting(edges: Sequence[_Edge]) -> tuple[str, str] | None:
    """Where two edges begin that have more in common than the corner between neighbours."""
    for (i, one), (k, other) in combinations(enumerate(edges), 2):
        if k == i + 1:
            meet = _folded(one, other)
        elif (k + 1) % len(edges) == i:
            meet = _folded(other, one)
        else:
            meet = _touch(one, other)
        if meet:
            return f"{one[0][0]},{one[0][1]}", f"{other[0][0]},{other[0][1]}"
    return None


def _folded(one: _Edge, following: _Edge) -> bool:
    """Whether an edge has no length, or goes back along the one before."""
    (a, b), (_, c) = one, following
    back = (a[0] - b[0]) * (c[0] - b[0]) + (a[1] - b[1]) * (c[1] - b[1])
    return b in (a, c) or (_cross(a, b, c) == 0 and back > 0)


def _touch(one: _Edge, other: _Edge) -> bool:
    """Whether two edges have a point in common."""
    (a, b), (c, d) = one, other
    sides = [_cross(a, b, c), _cross(a, b, d), _cross(c, d, a), _cross(c, d, b)]
    if _sign(sides[0]) * _sign(sides[1]) < 0 and _sign(sides[2]) * _sign(sides[3]) < 0:
        return True
    ends = zip(sides, ((a, b, c), (a, b, d), (c, d, a), (c, d, b)), strict=True)
    return any(side == 0 and _between(*points) for side, points in ends)


def _between(a: _Corner, b: _Corner, c: _Corner) -> bool:
    """Whether `c`, on the line through `a` and `b`, is between them."""
    return all(min(p, q) <= r <= max(p, q) for p, q, r in zip(a, b, c, strict=True))


def _cross(a: _Corner, b: _Corner, c: _Corner) -> int:
    """Twice the area of a triangle, negative for corners in the other order."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
