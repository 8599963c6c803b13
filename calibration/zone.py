"""The station zone: the part of the picture in which an athlete counts."""

from __future__ import annotations

from dataclasses import dataclass

_FORM = "x,y,width,height in pixels, whole and not negative, for example 460,40,440,480"


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle in pixels, origin top left."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.x < 0 or self.y < 0 or self.width < 1 or self.height < 1:
            raise ValueError(f"zone {self}: expected {_FORM}")

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"

    @classmethod
    def parse(cls, text: str) -> Zone:
        """From "x,y,width,height". Raises ValueError with the expected form."""
        try:
            x, y, width, height = (int(part) for part in text.split(","))
        except ValueError:
            raise ValueError(f"zone {text!r}: expected {_FORM}") from None
        return cls(x, y, width, height)

    def check_inside(self, width: int, height: int) -> None:
        """Raise ValueError unless the zone lies within a picture of this size."""
        if self.x + self.width > width or self.y + self.height > height:
            raise ValueError(
                f"zone {self}: reaches outside the picture of {width}x{height}; expected {_FORM}"
            )

    def contains(self, x: float, y: float) -> bool:
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height
