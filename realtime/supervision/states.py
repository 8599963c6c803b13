"""The states of a station's parts: its camera, its pose workers, its recording."""

from __future__ import annotations

from typing import Literal

import msgspec

POSE_WORKERS = "pose workers"
"""The part that all pose workers of a station are together."""

PartState = Literal["starting", "running", "degraded", "failed", "stopped"]
"""starting: not ready yet. running: as it should be. degraded: it works, but not as it should, or
is being started again. failed: nothing will start it again. stopped: it has ended, as asked."""

TROUBLE: frozenset[PartState] = frozenset({"degraded", "failed"})
"""The states of a part that is not as it should be."""


class StateChange(msgspec.Struct, frozen=True, tag="change"):
    """A part has changed its state.

    `part` names it ("camera 0", "pose worker local-1"), `why` says it in one line that begins with
    that name (empty where there is nothing to say: all is well). `gap_s` is for how many seconds
    nothing came of it before this change.
    """

    part: str
    state: PartState
    why: str = ""
    gap_s: float = 0.0

    @property
    def is_fault(self) -> bool:
        """Whether it belongs in the session: something went wrong, or is over and left a gap."""
        return self.state in TROUBLE or self.gap_s > 0
