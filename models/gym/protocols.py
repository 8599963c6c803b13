"""How the thesis judged its networks, and how people judge whom they have not seen before."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from models.gym.augmentation import augment
from models.gym.dataset import Recording
from models.gym.preparation import JOINTS, Clip, Preparation, Prepared, padded, prepare
from models.gym.stress import STRESSES
from models.gym.thesis import EPOCHS, FRAMES, REPETITIONS, TEST, VALIDATION, Design
from models.gym.training import Floats, History, Indices, Member, Progress, Trained, train

DesignProgress = Callable[[Design], None]


@dataclass(frozen=True)
class Settings:
    """What both protocols go by."""

    copies: int
    """Augmented copies that are trained on instead of each recording; 0: the recording itself."""
    repetitions: int = REPETITIONS
    epochs: int = EPOCHS
    seed: int = 0
    preparation: Preparation = field(default_factory=Preparation)


@dataclass(frozen=True)
class Scores:
    """What one network reached."""

    design: Design
    accuracies: NDArray[np.float64]
    """Share of the test samples that each run said right, (runs,)."""
    samples: tuple[int, int]
    """Trained on, and tested on, in one run; the mean where runs differ."""
    wall_s: float
    """Training and testing of all runs, with compiling."""
    history: History | None = None
    by_athlete: dict[str, float] = field(default_factory=dict)
    """Mean over the runs for each athlete."""
    stressed: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    """Accuracies (runs,) on the same test samples under each stress."""


@dataclass(frozen=True)
class Samples:
    """Prepared recordings and, for each, the copies that are trained on."""

    prepared: Prepared
    inputs: Floats
    """The recordings (N, frames, features)."""
    labels: Indices
    copies: Floats
    """(M, frames, features)."""
    origin: Indices
    """(M,) which recording each is a copy of."""

    @property
    def subjects(self) -> list[str]:
        return [clip.subject for clip in self.prepared.clips]


@dataclass(frozen=True)
class Judged:
    """What all networks reached by one protocol."""

    settings: Settings
    data: Samples
    scores: list[Scores]


def judge_published(
    designs: Sequence[Design],
    recordings: Sequence[Recording],
    settings: Settings,
    splits: int = 1,
    progress: DesignProgress = lambda _: None,
) -> Judged:
    """`published` for each network; `progress` is called with its design after each epoch. Raises
    ValueError where there are too few recordings."""
    data = samples(recordings, settings)
    return Judged(
        settings,
        data,
        [published(d, data, settings, splits, partial(progress, d)) for d in designs],
    )


def judge_by_athlete(
    designs: Sequence[Design],
    recordings: Sequence[Recording],
    settings: Settings,
    progress: DesignProgress = lambda _: None,
) -> Judged:
    """`by_athlete` for each network, as `judge_published`."""
    data = samples(recordings, settings)
    return Judged(
        settings,
        data,
        [by_athlete(d, data, recordings, settings, partial(progress, d)) for d in designs],
    )


def samples(recordings: Sequence[Recording], settings: Settings) -> Samples:
    """Raises ValueError when nothing is left to train on."""
    prepared = prepare(recordings, settings.preparation)
    clips = prepared.clips
    frames = max([FRAMES, *(len(clip.points) for clip in clips)])
    whole = padded(clips, frames)
    if not settings.copies:
        return Samples(prepared, whole.inputs, whole.labels, whole.inputs, np.arange(len(clips)))
    rng = np.random.default_rng([settings.seed, 2])
    copies = [copy for clip in clips for copy in _copies(clip, rng, settings.copies)]
    origin = np.repeat(np.arange(len(clips)), settings.copies)
    return Samples(prepared, whole.inputs, whole.labels, padded(copies, frames).inputs, origin)


def published(
    design: Design,
    data: Samples,
    settings: Settings,
    splits: int = 1,
    progress: Progress = lambda: None,
) -> Scores:
    """The thesis's: a fifth of all copies is drawn for testing, so that copies of one recording are
    trained and tested on; the last third of the others is only watched. Raises ValueError where
    there is too little of it."""
    begun = perf_counter()
    labels = data.labels[data.origin]
    members, tests = [], []
    for split in range(splits):
        order = np.random.default_rng([settings.seed, 3, split]).permutation(len(labels))
        test, rest = np.split(order, [math.ceil(TEST * len(labels))])
        learned, watched = np.split(rest, [int(len(rest) * (1 - VALIDATION))])
        if not len(learned):
            raise ValueError(f"{len(labels)} samples: expected at least 3; give more recordings")
        for run in range(settings.repetitions):
            members.append(Member(learned, _seed(settings, split, run), watched))
            tests.append(test)
    trained = train(design, data.copies, labels, members, epochs=settings.epochs, progress=progress)
    right = trained.probabilities(data.copies).argmax(axis=-1) == labels
    found = np.array([row[test].mean() for row, test in zip(right, tests, strict=True)])
    return Scores(
        design,
        found,
        (len(members[0].train), len(tests[0])),
        perf_counter() - begun,
        trained.history,
    )


def by_athlete(
    design: Design,
    data: Samples,
    recordings: Sequence[Recording],
    settings: Settings,
    progress: Progress = lambda: None,
) -> Scores:
    """Leave one athlete out: trained on (copies of) all others' recordings, tested on his, as they
    were recorded and under each stress. Raises ValueError for a single athlete."""
    begun = perf_counter()
    trained, folds = leave_one_out(design, data, settings, progress)
    right = _right(trained, folds, data, data.inputs)
    inputs = _stressed(recordings, data, settings)
    stressed = {name: _right(trained, folds, data, x).mean(axis=1) for name, x in inputs.items()}
    who = np.array(data.subjects)
    copied = max(1, settings.copies)
    counts = [np.count_nonzero(who != athlete) for athlete in folds]
    return Scores(
        design,
        right.mean(axis=1),
        (round(copied * float(np.mean(counts))), len(data.labels)),
        perf_counter() - begun,
        by_athlete={athlete: float(right[:, who == athlete].mean()) for athlete in folds},
        stressed=stressed,
    )


def leave_one_out(
    design: Design,
    data: Samples,
    settings: Settings,
    progress: Progress = lambda: None,
    athletes: Sequence[str] = (),
) -> tuple[Trained, list[str]]:
    """Networks that have not seen one athlete, and the athletes: `settings.repetitions` networks
    for the first, then for the second and so on. Raises ValueError for a single athlete."""
    everybody = sorted(set(data.subjects))
    if len(everybody) < 2:
        raise ValueError(f"all recordings are of {everybody[0]}: expected two athletes or more")
    folds = list(athletes) or everybody
    who = np.array(data.subjects)[data.origin]
    members = [
        Member(np.flatnonzero(who != athlete), _seed(settings, fold, run), np.arange(0))
        for fold, athlete in enumerate(folds)
        for run in range(settings.repetitions)
    ]
    labels = data.labels[data.origin]
    return train(
        design, data.copies, labels, members, epochs=settings.epochs, progress=progress
    ), folds


def _right(
    trained: Trained, folds: Sequence[str], data: Samples, inputs: Floats
) -> NDArray[np.bool_]:
    """(runs, N) whether each recording was said right by the network that had not seen who did
    it."""
    said = trained.probabilities(inputs).argmax(axis=-1)
    runs = said.reshape(len(folds), -1, len(inputs))
    fold = np.array([folds.index(subject) for subject in data.subjects])
    chosen = runs[fold, :, np.arange(len(inputs))].T
    return np.asarray(chosen == data.labels)


def _stressed(
    recordings: Sequence[Recording], data: Samples, settings: Settings
) -> Mapping[str, Floats]:
    """The recordings under each stress, cut to the networks' frames."""
    names = {clip.name: i for i, clip in enumerate(data.prepared.clips)}
    kept = sorted((r for r in recordings if r.name in names), key=lambda r: names[r.name])
    steps = settings.preparation
    frames = data.inputs.shape[1]
    inputs = {}
    for name, stress in STRESSES.items():
        rng = np.random.default_rng([settings.seed, 4])
        preparation = replace(steps, drop=False, fill=steps.fill and stress.filled)
        disturbed = [stress.disturb(recording, rng) for recording in kept]
        clips = prepare(disturbed, preparation).clips
        cut = [replace(clip, points=clip.points[:frames]) for clip in clips]
        inputs[name] = padded(cut, frames).inputs
    return inputs


def _copies(clip: Clip, rng: np.random.Generator, copies: int) -> list[Clip]:
    """Joints beyond the first 15 stay where they are, as in the author's own copies."""
    many = np.repeat(clip.points[None], copies, axis=0)
    limbs = clip.points[:, : len(JOINTS)]
    many[:, :, : len(JOINTS)] = augment(limbs, rng, copies)
    return [replace(clip, points=points) for points in many]


def _seed(settings: Settings, fold: int, run: int) -> int:
    """Another one for each network."""
    return int(np.random.SeedSequence([settings.seed, fold, run]).generate_state(1)[0])
