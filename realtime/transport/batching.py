"""Which of the frames at hand a pose worker takes next, and how long it waits for more.

An engine that works on several frames at once is given those of several cameras together. The
first frame waits for the others, but never longer than WAIT_S. Only a camera that was heard of
within SILENT_S is waited for, so that a silent one costs the others nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")

WAIT_S = 0.004
SILENT_S = 0.5


class Inbox(Generic[Item]):
    """Frames that wait, in order for each camera. `size` is how many are taken together."""

    def __init__(self, size: int, clock: Callable[[], float]) -> None:
        self._size = size
        self._clock = clock
        self._waiting: dict[int, deque[tuple[float, Item]]] = {}  # in order of turns
        self._heard_at: dict[int, float] = {}

    def add(self, camera: int, item: Item) -> None:
        """The next frame of this camera has come."""
        now = self._heard_at[camera] = self._clock()
        self._waiting.setdefault(camera, deque()).append((now, item))

    def leave(self, camera: int) -> None:
        """Nobody waits for this camera any more, and its frames are dropped."""
        self._waiting.pop(camera, None)
        self._heard_at.pop(camera, None)

    def count(self, camera: int) -> int:
        """How many frames of this camera wait."""
        return len(self._waiting.get(camera, ()))

    def patience_s(self) -> float | None:
        """How long to wait for more before `take`; None: until there is something to take."""
        queues = [queue for queue in self._waiting.values() if queue]
        if not queues:
            return None
        now = self._clock()
        if sum(map(len, queues)) >= self._size or not self._expects_more(now):
            return 0.0
        oldest = min(queue[0][0] for queue in queues)
        return max(0.0, oldest + WAIT_S - now)

    def _expects_more(self, now: float) -> bool:
        """Whether a camera that sends has no frame here."""
        return any(
            not queue and now - self._heard_at[camera] < SILENT_S
            for camera, queue in self._waiting.items()
        )

    def take(self) -> list[tuple[int, Item]]:
        """Up to `size` frames with their cameras: one of each camera in turn, then the next of
        each. Whoever was served goes to the end of the line."""
        taken: list[tuple[int, Item]] = []
        while len(taken) < self._size:
            camera = next((camera for camera, queue in self._waiting.items() if queue), None)
            if camera is None:
                break
            queue = self._waiting.pop(camera)
            taken.append((camera, queue.popleft()[1]))
            self._waiting[camera] = queue
        return taken
