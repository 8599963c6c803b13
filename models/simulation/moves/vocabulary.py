"""All moves that a scene file knows."""

from __future__ import annotations

from models.simulation.moves.locomotion import Stand, Walk
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import Backflip, Handspring

AnyMove = Stand | Walk | SpeedStep | Backflip | Handspring
