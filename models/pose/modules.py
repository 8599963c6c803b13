"""Whether an optional module is there, without importing it."""

from __future__ import annotations

from importlib.util import find_spec


def is_installed(name: str) -> bool:
    """Also for a module of a package that is not there."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
