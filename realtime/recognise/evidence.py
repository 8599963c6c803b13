"""What speaks for and against rope jumping, as limits on what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Limits = Mapping[str, tuple[float, float]]
"""Name of a measured number to the least and the most it may be."""


def within(measured: Any, limits: Limits) -> bool:
    """Whether nothing that is known about `measured` (a named tuple) is outside its limits; what
    could not be seen (NaN) is not held against anybody."""
    for name, (low, high) in limits.items():
        value = getattr(measured, name)
        if value < low or value > high:
            return False
    return True
