"""How a command is stopped: by Ctrl-C, a closed window or SIGTERM."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_PATIENCE = 2


@contextmanager
def handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Ctrl-C, a closed window and SIGTERM go to `handler` meanwhile."""
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C, a closed window or SIGTERM sets. The third Ctrl-C interrupts: the
    second may come from impatience, and the result is not written yet."""
    stop = threading.Event()
    interrupts = 0

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal interrupts
        interrupts += number == signal.SIGINT
        if interrupts > _PATIENCE:
            raise KeyboardInterrupt
        stop.set()

    with handled(handle):
        yield stop
