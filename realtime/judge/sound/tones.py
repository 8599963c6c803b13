"""The two tones of the timing track, and one that was heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.rope.rules import RULES

Pitch = Literal["high", "low"]
"""Start and stop beep are the high one, the switch beep is the low one."""

PITCHES: tuple[Pitch, ...] = ("high", "low")
HERTZ: dict[Pitch, float] = {"high": RULES.start_beep_hz, "low": RULES.switch_beep_hz}


@dataclass(frozen=True, slots=True)
class Tone:
    """A beep: its onset in seconds from the first sample, and how sure it is one: the smallest
    margin of all its tests, 0.1 (just passed) to 1 (as played)."""

    pitch: Pitch
    time_s: float
    confidence: float
