"""Whether an optional module is there, without importing it (only the package it is in)."""

from __future__ import annotations

from importlib.util import find_spec


def is_installed(name: str) -> bool:
    """Also for a module of a package that is not there. A package that cannot be imported is: what
    is wrong with it is said when the module is."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError as error:
        # Its own package is missing; a package which misses another is there.
        return not f"{name}.".startswith(f"{error.name}.")
    except ImportError:
        return True
