"""All moves that a scene file knows."""

from __future__ import annotations

from models.simulation.moves.gestures import Cheer, Crouch, JumpingJacks, Spot, Wait
from models.simulation.moves.jogging import HighKnees, JogOnSpot
from models.simulation.moves.locomotion import RunOut, Stand, Walk
from models.simulation.moves.rope_jumps import Bounce, DoubleUnder, RopeRoutine, SideSwing
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import AnyTumbling

AnyMove = (
    Stand
    | Walk
    | RunOut
    | Wait
    | Cheer
    | JogOnSpot
    | HighKnees
    | JumpingJacks
    | Crouch
    | Spot
    | SpeedStep
    | Bounce
    | DoubleUnder
    | SideSwing
    | RopeRoutine
    | AnyTumbling
)
