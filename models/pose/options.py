"""What a user may choose about the pose engine; the same for every engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PoseOptions:
    """`people` is the most that are followed at once. `threads` are those of engine blazepose:
    openpose has its own, and body25 (Keras) takes all processors also where there is no GPU.

    `caffemodel` is OpenPose's official BODY_25 file (engine body25). `net_size` is the network's
    input (width, height) in px; None: the engine's own. `openpose` goes to pyopenpose as it is
    (its flags, such as model_folder, scale_number, num_gpu).
    """

    people: int = 4
    threads: int = 2
    caffemodel: Path | None = None
    net_size: tuple[int, int] | None = None
    openpose: Mapping[str, str] = field(default_factory=dict)
