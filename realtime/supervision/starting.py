"""Says of a part that takes long to start that it does: an engine may compile for a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from realtime.supervision.states import StateChange

LONG_S = 3.0
"""BlazePose starts in less than one."""


class Starting:
    """Watches what a station is told of its parts. For how long it has been so is the display's to
    say, which knows since when."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}

    def watch(self, told: Iterable[object]) -> list[StateChange]:
        """Take note of what was told; what is to be told beside it."""
        now = self._clock()
        for change in told:
            if isinstance(change, StateChange):
                if change.state == "starting":
                    self._since.setdefault(change.part, now)
                else:
                    self._since.pop(change.part, None)
        long = [part for part, since in self._since.items() if now - since >= LONG_S]
        for part in long:
            del self._since[part]
        return [StateChange(part, "starting", f"{part}: starting") for part in long]
