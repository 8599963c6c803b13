"""What the thesis published: its networks, how it trained them, and what came out.

"Recognition of gymnastics elements with deep learning networks" (TalTech, 2020), sections 4.2, 5.1
and table 6.1; what its text leaves open is taken from the author's notebooks and training logs
(github.com/AllarVi/pose-estimation-jupyter). Where the two
differ, both are offered: as coded, the LSTM's classifier sees the last state only and learns five
times as fast, and all five parts of the hierarchical network see the right arm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cells = Literal["simple", "lstm"]

FRAMES = 110
"""Every recording is padded with zeros to this length."""
UNITS = 2
EPOCHS = 5
BATCH = 1
TEST = 0.2
"""Share of the samples, drawn at random, that are kept for testing."""
VALIDATION = 0.33
"""Share of the others, the last of them, that are watched and not trained on."""
REPETITIONS = 5
COPIES = 3
"""Augmented copies that stand for each recording (the notebooks; 10 in the text)."""

PARTS = {
    "right arm": (2, 3, 4),
    "left arm": (5, 6, 7),
    "trunk": (0, 1, 8),
    "right leg": (9, 10, 11),
    "left leg": (12, 13, 14),
}
"""The five body parts as joints of BODY_25."""
BODY = "body"
"""The one part of a network that takes all joints at once."""


@dataclass(frozen=True)
class Design:
    """One of its networks."""

    name: str
    title: str
    rate: float
    """Adam's learning rate."""
    dropout: float
    cells: Cells = "simple"
    parts: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """What each recurrent layer is called and sees; none: one layer sees all joints."""
    whole: bool = True
    """The classifier sees the states of all frames, not only that of the last."""
    published: float | None = None
    """Mean test accuracy of its five runs in table 6.1."""
    wall_s: float | None = None
    """Their wall time in the same table. The author's logs give it to other runs: one epoch of 1514
    samples, where the accuracies come from five epochs of 181."""


_AS_CODED = tuple((part, PARTS["right arm"]) for part in PARTS)
_AS_WRITTEN = tuple(PARTS.items())

DESIGNS = {
    design.name: design
    for design in (
        Design(
            "simple",
            "SimpleRNN(2)",
            rate=1e-3,
            dropout=0.5,
            published=0.88824,
            wall_s=13 * 60 + 4,
        ),
        Design(
            "lstm",
            "LSTM(2), as coded",
            rate=5e-3,
            dropout=0.5,
            cells="lstm",
            whole=False,
            published=0.94706,
            wall_s=30 * 60 + 34,
        ),
        Design(
            "lstm-written",
            "LSTM(2), as written",
            rate=1e-3,
            dropout=0.5,
            cells="lstm",
        ),
        Design(
            "hierarchical",
            "hierarchical, as coded",
            rate=1e-3,
            dropout=0.8,
            parts=_AS_CODED,
            published=0.91470,
            wall_s=3600 + 60 + 38,
        ),
        Design(
            "hierarchical-written",
            "hierarchical, as written",
            rate=1e-3,
            dropout=0.8,
            parts=_AS_WRITTEN,
        ),
    )
}
