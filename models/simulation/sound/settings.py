"""The table `sound` of a scene file."""

from __future__ import annotations

from typing import Annotated

import msgspec


class SoundSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the microphone of the camera hears.

    `offset_s` is how much later than the picture the sound is (negative: earlier).
    """

    offset_s: Annotated[float, msgspec.Meta(ge=-5, le=5)] = 0.0
