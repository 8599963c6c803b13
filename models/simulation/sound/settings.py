"""The table `sound` of a scene file."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Level = Annotated[float, msgspec.Meta(ge=-120, le=40)]
"""dB relative to the beep; -120 is none at all."""
SILENT_DB = -120.0
TimedEvent = Literal["SRSS", "SRSE", "SRSR", "SRDR", "DDSR", "DDSS"]
"""The codes of `models.rope.rules` that have a timing track."""
Noise = Literal["hall", "crowd", "cheering", "whistles", "music"]


class SoundSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the microphone of the camera hears.

    With an `event` its timing track is played: the onset of the start beep is at `start_beep_s`
    of the scene (negative: the attempt began before it), the calls lie before it as far as the
    scene reaches (`calls` leaves them and the time calls out). Levels are relative to the beep:
    `voice_db`, and `noise_db` over the whole scene, as effective values; `rope_db` and `feet_db`,
    the blows of rope and feet on the floor, as peaks. `noise` names what is heard in equal parts.
    `reverb_s` is how long the hall takes to fade by 60 dB, `reverb_db` its share. `offset_s` is
    how much later than the picture the sound is (negative: earlier), `drift_ppm` how much more it
    lags with every second (parts per million).
    """

    event: TimedEvent | None = None
    start_beep_s: Annotated[float, msgspec.Meta(ge=-3600, le=3600)] = 10.0
    calls: bool = True
    voice_db: Level = -6.0
    rope_db: Level = -6.0
    feet_db: Level = -16.0
    noise_db: Level = -30.0
    noise: tuple[Noise, ...] = ("hall", "crowd", "cheering")
    reverb_s: Annotated[float, msgspec.Meta(ge=0, le=10)] = 1.2
    reverb_db: Level = -10.0
    offset_s: Annotated[float, msgspec.Meta(ge=-5, le=5)] = 0.0
    drift_ppm: Annotated[float, msgspec.Meta(ge=-1000, le=1000)] = 0.0
