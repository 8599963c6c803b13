"""Decoding into msgspec's structs without its crash."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection: msgspec (0.19 to 0.22) lets the collector see a type's tables while it
    still fills them, and the interpreter crashes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
