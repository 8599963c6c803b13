"""Real motion on the drawn figure: `build_puppet` makes a scene of a key-point recording."""

from models.simulation.puppet.puppet import build_puppet

__all__ = ["build_puppet"]
