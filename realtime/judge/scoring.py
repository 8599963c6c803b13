"""From the counts of a panel to the result: the book's averaging, agreement and deductions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.rope.rules import RULES, SpeedRules


@dataclass(frozen=True, slots=True)
class PanelScore:
    """The mean `a` of a panel. `used`, `dropped` and `closest` are places in `counts`."""

    counts: tuple[float, ...]
    used: tuple[int, ...]
    dropped: tuple[int, ...]
    a: float
    closest: tuple[int, int] | None
    """The two counts that are least apart, the higher pair where two pairs are; None: one judge."""
    agree: bool | None
    """Whether these two are within what the book allows; if not, a replay panel recounts. None
    where there is nobody to agree with."""

    @property
    def apart(self) -> float | None:
        """How far the two closest counts are apart."""
        if self.closest is None:
            return None
        one, two = self.closest
        return abs(self.counts[one] - self.counts[two])


def panel_score(counts: Sequence[float], rules: SpeedRules = RULES) -> PanelScore:
    """The mean of the two closest of three counts, of all but the highest and lowest of four or
    more, of both of two; one judge's count stands for itself.

    Raises ValueError when there is no count, or one that is not a number from 0 up.
    """
    if not counts or any(not math.isfinite(count) or count < 0 for count in counts):
        listed = ", ".join(f"{count:g}" for count in counts) or "none"
        raise ValueError(f"counts: expected one or more numbers from 0 up, got {listed}")
    order = sorted(range(len(counts)), key=lambda judge: counts[judge])
    closest = _closest(counts, order)
    if len(counts) >= rules.drop_from:
        used = order[1:-1]
    elif len(counts) == 3 and closest is not None:
        used = list(closest)
    else:
        used = order
    return PanelScore(
        counts=tuple(counts),
        used=tuple(sorted(used)),
        dropped=tuple(sorted(set(order) - set(used))),
        a=math.fsum(counts[judge] for judge in used) / len(used),
        closest=closest,
        agree=None if closest is None else _gap(counts, closest) <= rules.agreement,
    )


def _closest(counts: Sequence[float], order: Sequence[int]) -> tuple[int, int] | None:
    pairs = list(pairwise(order))
    return min(reversed(pairs), key=lambda pair: _gap(counts, pair), default=None)


def _gap(counts: Sequence[float], pair: tuple[int, int]) -> float:
    return abs(counts[pair[1]] - counts[pair[0]])


def result(a: float, false_starts: int, false_switches: int, rules: SpeedRules = RULES) -> float:
    """R: the mean less the deductions, rounded as in the book. It may fall below 0: no book stops
    it there."""
    if min(false_starts, false_switches) < 0:
        raise ValueError(
            f"false starts and switches: expected 0 or more, got {false_starts} and "
            f"{false_switches}"
        )
    off = rules.false_start * false_starts + rules.false_switch * false_switches
    return round(a - off, rules.result_decimals)
