"""The course of an attempt as an SVG drawing for the score sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from realtime.judge.attempt import Attempt
from realtime.judge.export.cadence import STEPS, Point, cadence, differences, machine_counts

WIDTH, LEFT, RIGHT = 720.0, 40.0, 92.0
UPPER, LOWER = (16.0, 128.0), (160.0, 234.0)
DASHES = ("none", "7 3", "2 3", "9 3 2 3", "14 4")
"""Of the judges' lines: told apart without colour."""
_TICKS = (0.5, 1, 2, 5, 10, 15, 30, 60, 300)
_MOST_TICKS = 12
_WINDOWS = 60  # the differences are medians over so many parts of the attempt
_LABEL = 11.0  # least distance of two names, px


def drawing(attempt: Attempt) -> str:
    """Above the cadence with misses, flagged jumps and switches; below each judge's count less the
    machine's. Empty where too little was jumped to draw."""
    jumps = [jump for leg in attempt.legs for jump in leg.jumps]
    if len(jumps) <= STEPS:
        return ""
    begin = attempt.window.start_s if math.isfinite(attempt.window.start_s) else jumps[0].time_s
    end = attempt.window.stop_s if math.isfinite(attempt.window.stop_s) else jumps[-1].time_s
    return _Drawing(attempt, begin, end).svg()


class _Drawing:
    """One drawing from `begin` to `end` seconds of capture time."""

    def __init__(self, attempt: Attempt, begin: float, end: float) -> None:
        self._attempt = attempt
        self._begin, self._end = begin, end
        self._bottom = LOWER[1] if attempt.judges else UPPER[1]
        self._right = WIDTH - (RIGHT if attempt.judges else 8.0)
        self._heard = math.isfinite(attempt.window.start_s)

    def svg(self) -> str:
        parts = [*self._times(), *self._cadence()]
        if self._attempt.judges:
            parts += self._judges()
        head = (
            f'<svg viewBox="0 0 {WIDTH:g} {self._bottom + 32:g}" role="img" '
            'aria-label="Steps per second, and the judges against the machine">'
        )
        return "\n".join([head, *parts, "</svg>"])

    def _x(self, t: float) -> float:
        return LEFT + (t - self._begin) / (self._end - self._begin) * (self._right - LEFT)

    def _times(self) -> list[str]:
        length = self._end - self._begin
        every = next((tick for tick in _TICKS if length / tick <= _MOST_TICKS), _TICKS[-1])
        base = self._bottom + 14
        origin = self._begin if self._heard else 0.0
        first = math.ceil((self._begin - origin) / every)
        last = math.floor((self._end - origin) / every + 1e-6)
        parts = []
        for n in range(first, last + 1):
            x = self._x(origin + n * every)
            parts.append(_line(x, UPPER[0], x, self._bottom, "grid"))
            parts.append(_text(x, base, f"{n * every:g}", "middle"))
        since = "seconds after the start beep" if self._heard else "seconds of the recording"
        parts.append(_text(LEFT, base + 13, since, "start"))
        for number, bound in enumerate(self._attempt.window.bounds[1:-1], start=2):
            x = self._x(bound)
            parts.append(_line(x, UPPER[0], x, self._bottom, "switch"))
            parts.append(_text(x + 3, UPPER[0] - 4, f"leg {number}", "start"))
        return parts

    def _cadence(self) -> list[str]:
        pieces = [
            piece
            for leg in self._attempt.legs
            for piece in cadence([jump.time_s for jump in leg.jumps])
        ]
        top = max((value for piece in pieces for _, value in piece), default=1.0)
        every = next(step for step in (1, 2, 5, 10, 1000) if top / step <= 5)
        top = math.ceil(top / every) * every

        def y(value: float) -> float:
            return UPPER[1] - value / top * (UPPER[1] - UPPER[0])

        parts = [_text(LEFT, UPPER[0] - 4, "steps per second", "start")]
        for value in range(0, int(top) + 1, every):
            parts.append(_line(LEFT, y(value), self._right, y(value), "grid"))
            parts.append(_text(LEFT - 5, y(value) + 3.5, f"{value}", "end"))
        for piece in pieces:
            parts.append(_path([(self._x(t), y(value)) for t, value in piece], "cadence"))
        for leg in self._attempt.legs:
            parts += [_triangle(self._x(jump.time_s), UPPER[1] - 2) for jump in leg.open]
            parts += [_cross(self._x(t), UPPER[1] - 16) for t in leg.missed_s]
        return parts

    def _judges(self) -> list[str]:
        machine = machine_counts(self._attempt)
        every_s = (self._end - self._begin) / _WINDOWS
        curves = [differences(j.clicks, machine, every_s) for j in self._attempt.judges]
        most = max(2.0, *(abs(off) for curve in curves for _, off in curve))
        every = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if most / step <= 2)
        most = math.ceil(most / every) * every
        middle, half = sum(LOWER) / 2, (LOWER[1] - LOWER[0]) / 2

        def y(off: float) -> float:
            return middle - off / most * half

        parts = [_text(LEFT, LOWER[0] - 5, "judge's count less the machine's", "start")]
        for value in range(-int(most), int(most) + 1, every):
            kind = "axis" if value == 0 else "grid"
            parts.append(_line(LEFT, y(value), self._right, y(value), kind))
            parts.append(_text(LEFT - 5, y(value) + 3.5, signed(value), "end"))
        ends = _apart([y(curve[-1][1]) for curve in curves])
        for place, (judge, curve) in enumerate(zip(self._attempt.judges, curves, strict=True)):
            points = [(self._x(min(t, self._end)), y(off)) for t, off in curve]
            points.append((self._right, points[-1][1]))
            parts.append(_path(points, "judge", DASHES[place % len(DASHES)]))
            label = f"{judge.name[:11]} {signed(judge.count - self._attempt.count)}"
            parts.append(_text(self._right + 6, ends[place] + 3.5, label, "start"))
        return parts


def signed(value: int) -> str:
    """With its sign, zero without; a true minus."""
    return f"{value:+d}".replace("-", "\N{MINUS SIGN}") if value else "0"


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights moved where they are nearer than a line of text, and none below the drawing."""
    moved = list(heights)
    order = sorted(range(len(moved)), key=lambda place: moved[place])
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + _LABEL)
    highest = LOWER[1]
    for place in reversed(order):
        moved[place] = min(moved[place], highest)
        highest = moved[place] - _LABEL
    return moved


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _path(points: Sequence[Point], kind: str, dash: str = "none") -> str:
    route = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{kind}" stroke-dasharray="{dash}" points="{route}"/>'


def _triangle(x: float, y: float) -> str:
    return f'<path class="flag" d="M{x - 4:.1f} {y:.1f}h8l-4 -8z"/>'


def _cross(x: float, y: float) -> str:
    return f'<path class="miss" d="M{x - 4:.1f} {y - 4:.1f}l8 8m-8 0l8 -8"/>'
