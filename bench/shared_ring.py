"""A ring of pictures in shared memory, a prototype that only `bench.transport` uses (ADR 21).

Each slot has a generation number, odd while it is written. A reader that finds another number than
it was told has been overtaken: its picture is none.
"""

from __future__ import annotations

from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory

import numpy as np
from numpy.typing import NDArray

_HEAD = 64
"""Bytes before each slot's pixels: one line of the cache."""


def _numbers(memory: SharedMemory, size: int) -> NDArray[np.uint64]:
    """The generation numbers (slots,) as a view."""
    stride = _HEAD + size
    slots = memory.size // stride
    return np.ndarray((slots,), np.uint64, memory.buf, 0, (stride,))


class Ring:
    """The writer's end: `slots` pictures of at most `size` bytes."""

    def __init__(self, slots: int, size: int) -> None:
        size = -(-size // _HEAD) * _HEAD
        self._memory = SharedMemory(create=True, size=slots * (_HEAD + size))
        self._size = size
        self._numbers = _numbers(self._memory, size)[:slots]
        self._numbers[:] = 0
        self._next = 0
        self.name = f"{self._memory.name}:{size}"

    def put(self, pixels: memoryview) -> tuple[int, int]:
        """Write a picture over the oldest one: its slot and generation number."""
        slot = self._next
        self._next = (slot + 1) % len(self._numbers)
        begin = slot * (_HEAD + self._size) + _HEAD
        self._numbers[slot] += np.uint64(1)
        buffer = np.ndarray((len(pixels),), np.uint8, self._memory.buf, begin)
        np.copyto(buffer, np.frombuffer(pixels, np.uint8))
        self._numbers[slot] += np.uint64(1)
        return slot, int(self._numbers[slot])

    def close(self) -> None:
        del self._numbers
        self._memory.close()
        self._memory.unlink()


class Reader:
    """The other end, in another process."""

    def __init__(self, name: str) -> None:
        name, _, size = name.partition(":")
        self._size = int(size)
        self._memory = SharedMemory(name)
        resource_tracker.unregister(f"/{name}", "shared_memory")  # the writer unlinks it
        self._numbers = _numbers(self._memory, self._size)

    def view(self, slot: int, generation: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """The picture where it lies. Raises LookupError when it is overwritten."""
        if not self.holds(slot, generation):
            raise LookupError(f"slot {slot}: overwritten")
        begin = slot * (_HEAD + self._size) + _HEAD
        return np.ndarray(shape, np.uint8, self._memory.buf, begin)

    def holds(self, slot: int, generation: int) -> bool:
        """Whether the picture is still there; ask again when it has been read."""
        return int(self._numbers[slot]) == generation

    def close(self) -> None:
        del self._numbers
        self._memory.close()
