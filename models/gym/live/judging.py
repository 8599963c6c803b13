"""Judges the live network on people and videos that it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.gym.live import network
from models.gym.live.corpus import Corpus
from models.gym.live.evaluation import (
    STRESSES,
    Call,
    answers,
    closest_call,
    right,
    standing_on,
)
from models.gym.live.examples import Centring, Examples
from models.gym.live.streams import Stream
from models.gym.live.training import train

Drawn = Mapping[tuple[int, str], Examples]
SIMULATED = "simulated"


@dataclass
class Scores:
    """Of networks on what each had not seen: by stress and by athlete, whether each clip was named
    rightly; the closest calls of real videos, Penn Action and simulated people who do neither;
    which elements of filmed and simulated flips were named rightly."""

    stresses: dict[str, list[bool]] = field(default_factory=dict)
    athletes: dict[str, list[bool]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    filmed: list[bool] = field(default_factory=list)
    videos: list[Call] = field(default_factory=list)
    penn: list[Call] = field(default_factory=list)
    simulated: list[bool] = field(default_factory=list)
    lookalikes: list[Call] = field(default_factory=list)


def cross_validate(
    corpus: Corpus,
    drawn: Drawn,
    fresh: Sequence[Stream],
    centring: Centring,
    *,
    seed: int,
    steps: int,
    told: Callable[[str], None],
) -> Scores:
    """For each fold a network of the other folds and of all simulated streams, judged on the fold
    and on `fresh` simulated streams."""
    scores = Scores()
    for fold in sorted({fold for fold, _ in drawn}):
        seen = [e for (of, kind), e in drawn.items() if of != fold or kind == SIMULATED]
        model = network.sequences()
        model.set_weights(train(Examples.joined(seen), seed, steps))
        judge(model, corpus.held_out(fold), fresh, centring, scores)
        told(f"fold {fold}: {np.mean(scores.stresses['as recorded']):.1%} of clips so far")
        fresh = []  # once is enough
    return scores


def judge(
    model: object, held_out: Corpus, fresh: Sequence[Stream], centring: Centring, scores: Scores
) -> None:
    """Enter into `scores` what a network says of streams that it has not seen."""
    clips = [standing_on(clip) for clip in held_out.gym]
    for name, stress in STRESSES.items():
        rng = np.random.default_rng(0)
        stressed = [stress(clip, rng) for clip in clips]
        found = right(model, stressed, centring)
        scores.stresses.setdefault(name, []).extend(found)
        scores.wrong += [f"{c.name}: {name}" for c, ok in zip(clips, found, strict=True) if not ok]
        if stress is STRESSES["as recorded"]:
            for clip, ok in zip(clips, found, strict=True):
                scores.athletes.setdefault(clip.group, []).append(ok)
    scores.filmed += right(model, held_out.filmed, centring)
    still = [stream for stream in fresh if not stream.elements]
    scores.simulated += right(model, [s for s in fresh if s.elements], centring)
    for streams, calls in (
        (held_out.neither, scores.videos),
        (held_out.penn, scores.penn),
        (still, scores.lookalikes),
    ):
        said = answers(model, streams, centring)
        calls += [closest_call(s.name, *one) for s, one in zip(streams, said, strict=True)]
