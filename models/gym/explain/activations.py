"""The states of the recurrent layers while a network watches recordings it has not been trained
on; the thesis intercepts them in the same way (section 5.2, appendix A.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from models.gym import networks
from models.gym.dataset import LABELS, Recording
from models.gym.preparation import Clip
from models.gym.protocols import DesignProgress, Samples, Settings, leave_one_out, samples
from models.gym.thesis import PARTS, Design
from models.gym.training import Floats, Indices


@dataclass(frozen=True)
class Neurons:
    """The neurons of one recurrent layer."""

    part: str
    """The body part it stands for, "body" for all."""
    sees: str
    """The body part whose joints it is given; another one where the network is as coded."""
    states: Floats
    """(N, frames, units), -1 to 1; goes on where a recording is padded."""


@dataclass(frozen=True)
class Watched:
    """One network and what it said of each recording."""

    design: Design
    neurons: list[Neurons]
    probabilities: Floats
    """(N, 2) of `LABELS`."""
    right: int
    """Of N."""


@dataclass(frozen=True)
class Shown:
    """The recordings of one athlete, backflips first."""

    athlete: str
    others: int
    """Athletes that the networks were trained on."""
    recordings: list[Recording]
    clips: list[Clip]
    inputs: Floats
    """(N, frames, features)."""
    labels: Indices


def watch(
    designs: Sequence[Design],
    recordings: Sequence[Recording],
    settings: Settings,
    athlete: str | None = None,
    progress: DesignProgress = lambda _: None,
) -> tuple[Shown, list[Watched]]:
    """Train each network on everybody but `athlete` (None: who did most of both) and let it watch
    him. Of the repetitions the one is taken that was right most often in the last epoch of its
    training. Raises ValueError for an unknown athlete or where there is no other one."""
    data = samples(recordings, settings)
    shown = _shown(data, recordings, athlete or _most(data))
    return shown, [_watched(d, data, settings, shown, partial(progress, d)) for d in designs]


def _watched(
    design: Design, data: Samples, settings: Settings, shown: Shown, progress: partial[None]
) -> Watched:
    trained, _ = leave_one_out(design, data, settings, progress, [shown.athlete])
    best = int(trained.history.accuracy[:, -1].argmax())
    model = trained.member(best, *shown.inputs.shape[1:])
    states = networks.recurrent_states(design, model)(shown.inputs)
    probabilities = np.asarray(model(shown.inputs, training=False), np.float32)
    neurons = [
        Neurons(part, _name(joints) or part, np.asarray(states[part], np.float32))
        for part, joints in networks.parts(design)
    ]
    right = int((probabilities.argmax(axis=1) == shown.labels).sum())
    return Watched(design, neurons, probabilities, right)


def _shown(data: Samples, recordings: Sequence[Recording], athlete: str) -> Shown:
    everybody = sorted(set(data.subjects))
    if athlete not in everybody:
        raise ValueError(f"athlete {athlete}: expected one of {', '.join(everybody)}")
    by_name = {recording.name: recording for recording in recordings}
    clips = data.prepared.clips
    his = [i for i, clip in enumerate(clips) if clip.subject == athlete]
    rows = sorted(his, key=lambda i: data.labels[i])
    return Shown(
        athlete,
        len(everybody) - 1,
        [by_name[clips[i].name] for i in rows],
        [clips[i] for i in rows],
        data.inputs[rows],
        data.labels[rows],
    )


def _most(data: Samples) -> str:
    """Who did most of what he did less of; of several the first by name."""
    done = Counter((clip.subject, clip.label) for clip in data.prepared.clips)
    everybody = sorted(set(data.subjects))
    return max(everybody, key=lambda name: min(done[name, label] for label in LABELS))


def _name(joints: tuple[int, ...]) -> str:
    return next((part for part, those in PARTS.items() if those == joints), "")
