"""What is said again and again becomes one line, and then a count."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_MOST = 256


@dataclass(slots=True)
class _Said(Generic[T]):
    since: float
    item: T | None = None
    count: int = 0


class Repeats(Generic[T]):
    """Of equal things within `window_s` the first is said at once, and the others together, when
    the window is over: for one that goes on that is once in each window."""

    def __init__(
        self, window_s: float, merge: Callable[[T, T], T] = lambda _earlier, later: later
    ) -> None:
        """`merge` makes one thing of two that are not said yet."""
        self._window_s = window_s
        self._merge = merge
        self._said: dict[Hashable, _Said[T]] = {}

    def is_new(self, key: Hashable, item: T, now: float) -> bool:
        """Whether `item` is to be said now; else it is counted. Things are equal by their `key`;
        when too many different ones are known, what is new is one of them all."""
        if key not in self._said and len(self._said) >= _MOST:
            key = None
        said = self._said.get(key)
        if said is None:
            self._said[key] = _Said(now)
            return True
        said.item = item if said.item is None else self._merge(said.item, item)
        said.count += 1
        return False

    def due(self, now: float) -> list[tuple[T, int]]:
        """What is to be said at `now`, seconds of a clock that never goes back, and how often it
        was counted."""
        found = []
        for key, said in list(self._said.items()):
            if now - said.since < self._window_s:
                continue
            if said.item is None:
                del self._said[key]
            else:
                found.append((said.item, said.count))
                self._said[key] = _Said(now)
        return found

    def end(self) -> list[tuple[T, int]]:
        """What is left to say."""
        left = [(said.item, said.count) for said in self._said.values() if said.item is not None]
        self._said.clear()
        return left
