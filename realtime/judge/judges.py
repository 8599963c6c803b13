"""What the human judges clicked in an attempt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from realtime.judge.window import Window
from realtime.marks import Click

LATE_CLICK_S = 0.5
"""A click this long after the stop beep still counts: the finger is later than the eye. Taking one
back counts until the next attempt, as a miss at the very end is taken off after it."""


@dataclass(frozen=True, slots=True)
class JudgeCount:
    """One judge's count, and the times (seconds of capture time) of the clicks that make it. `log`
    are all that took effect, those that were taken back and the takings back included."""

    name: str
    clicks: tuple[float, ...]
    legs: tuple[int, ...]
    log: tuple[Click, ...] = ()

    @property
    def count(self) -> int:
        return len(self.clicks)


def judge_counts(
    clicks: Sequence[Click], window: Window, until_s: float = float("inf")
) -> tuple[JudgeCount, ...]:
    """The count of each judge who has a click in the attempt, in the order of their first ones.

    `until_s`: when the next attempt begins. Taking back takes the last click that counts.
    """
    kept: dict[str, list[float]] = {}
    logs: defaultdict[str, list[Click]] = defaultdict(list)
    for click in sorted(clicks, key=lambda click: click.time_s):
        if not window.start_s <= click.time_s < until_s:
            continue
        if click.by == 1 and click.time_s < window.stop_s + LATE_CLICK_S:
            kept.setdefault(click.judge, []).append(click.time_s)
        elif click.by == -1 and kept.get(click.judge):
            kept[click.judge].pop()
        else:
            continue
        logs[click.judge].append(click)
    return tuple(
        JudgeCount(name, tuple(t), _by_leg(t, window), tuple(logs[name]))
        for name, t in kept.items()
        if t
    )


def _by_leg(times: Sequence[float], window: Window) -> tuple[int, ...]:
    last = len(window.legs) - 1
    legs = [0] * len(window.legs)
    for t in times:
        place = window.leg_at(t)
        legs[last if place is None else place] += 1
    return tuple(legs)
