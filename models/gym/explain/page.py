"""The same neurons as one HTML file: it holds its data, asks for nothing and needs no network."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from models.gym.dataset import LABELS
from models.gym.explain.activations import Neurons, Shown, Watched
from models.gym.preparation import JOINTS
from models.gym.thesis import PARTS
from models.gym.training import Floats
from models.skeleton import BODY_25

_STEPS = 127
"""Of a state from 0 to 1; a byte each in the page."""


def page(watched: Sequence[Watched], shown: Shown) -> str:
    """HTML to write to a file, UTF-8."""
    here = Path(__file__)
    text = here.with_name("page.html").read_text(encoding="utf-8")
    data = json.dumps(_data(watched, shown), separators=(",", ":"), allow_nan=False)
    for name, content in {
        "{{athlete}}": escape(shown.athlete),
        "{{style}}": here.with_name("page.css").read_text(encoding="utf-8"),
        "{{script}}": here.with_name("page.js").read_text(encoding="utf-8"),
        "{{data}}": data.replace("<", "\\u003c"),  # names may not end the script
    }.items():
        text = text.replace(name, content)
    return text


def _data(watched: Sequence[Watched], shown: Shown) -> dict[str, Any]:
    points = shown.inputs[..., : 2 * len(JOINTS)]
    return {
        "athlete": shown.athlete,
        "others": shown.others,
        "labels": LABELS,
        "frames": points.shape[1],
        "limbs": [list(limb) for limb in _limbs()],
        "recordings": [
            {
                "name": recording.name,
                "label": int(label),
                "frames": len(recording),
                "fps": round(recording.fps, 3),
                "takeoff": recording.takeoff,
                "landing": recording.landing,
                "points": _packed(np.rint(row), "<i2"),
            }
            for recording, label, row in zip(shown.recordings, shown.labels, points, strict=True)
        ],
        "networks": [_network(network) for network in watched],
    }


def _limbs() -> list[tuple[int, int, str]]:
    """Nearer joint, farther joint, and the body part to which the limb belongs."""
    index, owner = BODY_25.index, {j: part for part, joints in PARTS.items() for j in joints}
    chains = [["nose", "neck", "mid_hip"]]
    for side in ("right", "left"):
        chains.append(["neck", *(f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist"))])
        chains.append(["mid_hip", *(f"{side}_{joint}" for joint in ("hip", "knee", "ankle"))])
    return [
        (index(near), index(far), owner[index(far)])
        for chain in chains
        for near, far in pairwise(chain)
    ]


def _network(watched: Watched) -> dict[str, Any]:
    return {
        "name": watched.design.name,
        "title": watched.design.title,
        "right": watched.right,
        "probabilities": np.round(watched.probabilities[:, 0].astype(float), 4).tolist(),
        "parts": [_part(neurons) for neurons in watched.neurons],
    }


def _part(neurons: Neurons) -> dict[str, Any]:
    return {
        "part": neurons.part,
        "sees": neurons.sees,
        "units": neurons.states.shape[2],
        "states": _packed(np.rint(neurons.states * _STEPS), "i1"),
    }


def _packed(values: Floats, kind: str) -> str:
    """Base64 of the values in C order, as whole numbers of `kind`, cut where it ends."""
    limits = np.iinfo(kind)
    return base64.b64encode(values.clip(limits.min, limits.max).astype(kind).tobytes()).decode()
