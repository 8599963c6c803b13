"""The chart of a noise model beside the real network, as SVG."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.simulation.noise.aspect import BIN_DEG, BINS

Floats = NDArray[np.float64]

_WIDTH, _HEIGHT, _GAP = 250, 150, 46
_LEAST, _LEAST_PERCENT = 0.01, 5.0
"""Of the scales, so that what is rare looks rare."""
_REAL, _MODEL = "#1f6fb2", "#d1582c"


class Measures(Protocol):
    @property
    def lost(self) -> Floats: ...

    @property
    def turned(self) -> Floats: ...

    @property
    def swapped(self) -> Floats: ...

    def percentile(self, which: str, q: float) -> Floats: ...


def chart(network: str, real: Measures, model: Measures) -> str:
    """Six panels over the rotation of the trunk; the real network filled, the model a line."""
    panels = [
        ("error, median (leg lengths)", [m.percentile("error", 50) for m in (real, model)]),
        ("error, 95 % (leg lengths)", [m.percentile("error", 95) for m in (real, model)]),
        ("confidence, median", [m.percentile("confidence", 50) for m in (real, model)]),
        ("joints lost (%)", [100 * m.lost for m in (real, model)]),
        ("skeleton turned over (%)", [100 * m.turned for m in (real, model)]),
        ("arms or legs exchanged (%)", [100 * m.swapped for m in (real, model)]),
    ]
    width, height = 3 * (_WIDTH + _GAP) + _GAP, 2 * (_HEIGHT + _GAP) + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{_GAP}" y="20" font-size="14">{network}: held-out recordings by backward '
        f'rotation of the trunk, <tspan fill="{_REAL}">real (filled)</tspan> and '
        f'<tspan fill="{_MODEL}">noise model (line)</tspan></text>',
    ]
    for i, (title, curves) in enumerate(panels):
        x, y = _GAP + i % 3 * (_WIDTH + _GAP), 50 + i // 3 * (_HEIGHT + _GAP)
        parts += _panel(x, y, title, *curves)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(x: float, y: float, title: str, real: Floats, model: Floats) -> list[str]:
    least = _LEAST_PERCENT if "%" in title.rpartition(" ")[2] else _LEAST
    top = max(float(np.nanmax([real, model])) * 1.1, least)
    step = _WIDTH / BINS

    def up(value: float) -> float:
        return y + _HEIGHT * (1 - (value if np.isfinite(value) else 0.0) / top)

    parts = [f'<text x="{x}" y="{y - 6}">{title}</text>']
    for b, value in enumerate(real):
        parts.append(
            f'<rect x="{x + b * step:.1f}" y="{up(value):.1f}" width="{step - 1:.1f}" '
            f'height="{y + _HEIGHT - up(value):.1f}" fill="{_REAL}" opacity="0.55"/>'
        )
    corners = " ".join(
        f"{x + (b + end) * step:.1f},{up(v):.1f}" for b, v in enumerate(model) for end in (0, 1)
    )
    parts.append(f'<polyline points="{corners}" fill="none" stroke="{_MODEL}" stroke-width="2"/>')
    parts.append(
        f'<path d="M{x},{y}V{y + _HEIGHT}H{x + _WIDTH}" fill="none" stroke="#444"/>'
        f'<text x="{x - 4}" y="{y + 8}" text-anchor="end">{top:.2g}</text>'
        f'<text x="{x - 4}" y="{y + _HEIGHT}" text-anchor="end">0</text>'
    )
    for b in range(0, BINS + 1, 3):
        parts.append(
            f'<text x="{x + b * step:.1f}" y="{y + _HEIGHT + 14}" text-anchor="middle">'
            f"{b * BIN_DEG}°</text>"
        )
    return parts
