"""How often and how soon what failed is started again."""

from __future__ import annotations

from collections import deque

RESTARTS = 5
WINDOW_S = 60.0


class RestartBudget:
    """At most `restarts` in `window_s` seconds; the first at once, each further one after twice the
    wait of the one before (`first_wait_s` to `longest_wait_s`)."""

    def __init__(
        self,
        restarts: int = RESTARTS,
        window_s: float = WINDOW_S,
        *,
        first_wait_s: float = 0.25,
        longest_wait_s: float = 8.0,
    ) -> None:
        self._restarts = restarts
        self._window_s = window_s
        self._first_wait_s = first_wait_s
        self._longest_wait_s = longest_wait_s
        self._failures: deque[float] = deque()

    @property
    def failures(self) -> int:
        """How many failures the window held at the last one."""
        return len(self._failures)

    def failed(self, now: float) -> float | None:
        """Note a failure at `now` (seconds of a monotonic clock). How many seconds to wait before
        the next start; None when the budget is spent."""
        self._failures.append(now)
        while now - self._failures[0] > self._window_s:
            self._failures.popleft()
        before = len(self._failures) - 1
        if before >= self._restarts:
            return None
        if before == 0:
            return 0.0
        return min(self._first_wait_s * 2.0 ** (before - 1), self._longest_wait_s)
