"""What the analysis is fed with, in order: the pose stage's results, and choices by hand."""

from __future__ import annotations

from dataclasses import dataclass

from models.poses import Poses
from realtime.marks import FromOutside
from realtime.supervision.states import StateChange


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """The poses of one frame. `captured_at` (monotonic, s) and `pose_s` are for statistics; both
    are None when the poses come from a recording."""

    seq: int
    t: float
    poses: Poses
    captured_at: float | None = None
    pose_s: float | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """A frame that was handed to a worker and never came back."""

    seq: int
    t: float
    why: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Somebody said who is meant, after the frame before: an athlete's number, or None for
    whoever the rule finds."""

    athlete: int | None


@dataclass(frozen=True, slots=True)
class Noted:
    """A mark that comes from outside, after the frame before: a beep, a judge's click or ruling, an
    edit."""

    mark: FromOutside


@dataclass(frozen=True, slots=True)
class Resumed:
    """The session was cut off, and goes on: what follows, from capture time `t` on, comes after
    `gap_s` seconds without a picture. `when` is the wall time of `t`, ISO 8601."""

    t: float
    gap_s: float
    when: str | None


Observation = Observed | Lost | StateChange | Chosen | Noted | Resumed
