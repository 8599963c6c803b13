"""What is truly heard in a scene, and when."""

from __future__ import annotations

from dataclasses import dataclass

from models.rope.rules import BeepKind


@dataclass(frozen=True, slots=True)
class Clock:
    """From the time of the picture to that of its sound track: `offset_s` later, and `drift_ppm`
    microseconds more with every second."""

    offset_s: float = 0.0
    drift_ppm: float = 0.0

    @property
    def stretch(self) -> float:
        """Seconds of the sound track in one of the picture."""
        return 1 + self.drift_ppm * 1e-6

    def sound(self, picture_s: float) -> float:
        """The time in the sound track of a time of the picture, seconds."""
        return self.offset_s + self.stretch * picture_s


@dataclass(frozen=True, slots=True)
class TrueBeep:
    """A beep of `hz`: its onset in seconds of the picture and of the sound track."""

    kind: BeepKind
    hz: float
    picture_s: float
    sound_s: float


@dataclass(frozen=True, slots=True)
class TrueClick:
    """The rope of `actor` (his place in the cast) hits the floor, in both times."""

    actor: int
    picture_s: float
    sound_s: float


@dataclass(frozen=True, slots=True)
class SoundTruth:
    """Everything whose onset lies in the sound track, each list in time order."""

    beeps: tuple[TrueBeep, ...] = ()
    clicks: tuple[TrueClick, ...] = ()
