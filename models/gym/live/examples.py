"""Training examples: streams put together, disturbed, and made into features and answers."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from models.gym.live.corpus import FOLDS, Corpus
from models.gym.live.disturbance import disturbed, ghost
from models.gym.live.features import STEP_S, Features, Floats, all_features, on_grid
from models.gym.live.labels import allowed
from models.gym.live.streams import Stream, joined
from models.skeleton import Keypoints

Centring = Callable[[Keypoints, Floats], Floats]
"""Rows (T, COLUMNS) of `features.row` from key points (T, 17, 3) of BODY at times (T,): what the
live system does with them before it recognises anything."""

EXAMPLE_S = 8.0
STEPS = round(EXAMPLE_S / STEP_S)
_PART_S = (0.7, 4.0)
_MOST_PARTS = 5
_GHOSTS = 0.35
"""Share of joined negatives in which the network at times sees nobody, or somebody who is not
there,"""
_GHOST_S = (0.1, 1.0)
"""for so long."""
_GONE = 0.4
_FEWEST_FRAMES = 10
_CHUNK = 16
_FORWARD = 0.2
"""Share of joined negatives in which a recording is played backwards."""


@dataclass(frozen=True, eq=False)
class Examples:
    """`features` (N, STEPS, FEATURES), `allowed` (N, STEPS, 3) as in labels.py, 0 0 0 where the
    stream is over and nothing is asked. `flips` (N,) says in which there is an element."""

    features: Features
    allowed: NDArray[np.float32]
    flips: NDArray[np.bool_]

    @classmethod
    def of(cls, pairs: Sequence[tuple[Features, NDArray[np.float32]]]) -> Examples:
        """Those of streams of up to STEPS steps."""
        shape = (len(pairs), STEPS)
        seen = np.zeros((*shape, pairs[0][0].shape[1]), np.float32)
        answers = np.zeros((*shape, pairs[0][1].shape[1]), np.float32)
        for i, (found, right) in enumerate(pairs):
            seen[i, : len(found)] = found[:STEPS]
            answers[i, : len(right)] = right[:STEPS]
        flips: NDArray[np.bool_] = answers[..., 1:].any(axis=(1, 2))  # type: ignore[assignment]
        return cls(seen, answers, flips)

    @classmethod
    def joined(cls, parts: Sequence[Examples]) -> Examples:
        """All of several, in order."""
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("features", "allowed", "flips")
            )
        )


def example(stream: Stream, centring: Centring) -> tuple[Features, NDArray[np.float32]]:
    """Features (S, FEATURES) and answers (S, 3) of a stream, from its beginning."""
    steps, rows = on_grid(stream.t, centring(stream.keypoints, stream.t))
    return all_features(rows), allowed(steps, stream.elements)


class Mixer:
    """Draws streams as they occur: gym recordings between walking, jumping and other things, one
    after the other; videos of what is neither; simulated athletes."""

    def __init__(self, corpus: Corpus) -> None:
        self._flips = corpus.flips
        self._neither = corpus.neither
        self._penn_streams = corpus.penn
        self._simulated = corpus.simulated
        self._still = [s for s in corpus.simulated if not s.elements]

    def draw(self, kind: str, rng: np.random.Generator) -> Stream:
        """A disturbed stream of about EXAMPLE_S or less of a kind of `KINDS`."""
        while True:
            stream = disturbed(self._DRAW[kind](self, rng), rng)
            if len(stream.t) >= _FEWEST_FRAMES:
                return stream

    def _recorded(self, rng: np.random.Generator) -> Stream:
        """One to three recordings with something else before, between and after."""
        parts: list[Stream] = []
        for _ in range(int(rng.choice([1, 1, 2, 3]))):
            parts += self._others(rng)
            flip = _any(self._flips, rng)
            late = rng.uniform(0, 0.5) if rng.random() < 0.5 else 0.0
            parts.append(flip.cut(late, np.inf))
        parts += self._others(rng) if rng.random() < 0.7 else []
        return _crop(joined(parts, rng, blends=rng.random() < 0.85), rng)

    def _others(self, rng: np.random.Generator) -> list[Stream]:
        chance = rng.random()
        if chance < 0.25:
            return []
        pool = self._still if chance < 0.6 or not self._neither else self._neither
        return [_piece(_any(pool, rng), rng)]

    def _negative(self, rng: np.random.Generator) -> Stream:
        """What real people do, at times cut from one to another."""
        if rng.random() < 0.5:
            lengths = np.array([np.ptp(stream.t) for stream in self._neither])
            chosen = rng.choice(len(lengths), p=lengths / lengths.sum())
            return _crop(self._neither[int(chosen)], rng)
        return self._many(self._neither, rng)

    def _penn(self, rng: np.random.Generator) -> Stream:
        return self._many(self._penn_streams, rng)

    def _many(self, pool: Sequence[Stream], rng: np.random.Generator) -> Stream:
        parts = [_piece(_any(pool, rng), rng) for _ in range(int(rng.integers(2, _MOST_PARTS)))]
        if rng.random() < _FORWARD:
            parts.insert(int(rng.integers(len(parts))), _any(self._flips, rng).backwards())
        if rng.random() < _GHOSTS:
            for _ in range(int(rng.integers(1, _MOST_PARTS))):
                piece = _stretch(_any(pool, rng), float(rng.uniform(*_GHOST_S)), rng)
                gone = replace(piece, keypoints=np.zeros_like(piece.keypoints))
                seen = gone if rng.random() < _GONE else ghost(piece, rng)
                parts.insert(1 + int(rng.integers(len(parts))), seen)
            return joined(parts, rng, blends=False)
        return joined(parts, rng, blends=rng.random() < 0.6)

    def _simulation(self, rng: np.random.Generator) -> Stream:
        return _crop(_any(self._simulated, rng), rng)

    _DRAW: Mapping[str, Callable[[Mixer, np.random.Generator], Stream]] = {
        "recorded": _recorded,
        "negative": _negative,
        "penn": _penn,
        "simulated": _simulation,
    }


KINDS = tuple(Mixer._DRAW)


def drawn(
    corpus: Corpus, centring: Centring, counts: Mapping[str, int], seed: int, jobs: int
) -> dict[tuple[int, str], Examples]:
    """Examples by fold and kind, `counts` of each kind in each fold; `jobs` processes work."""
    found = {}
    work = partial(example, centring=centring)
    # A forked process would inherit the locks of other libraries' threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        for fold in range(FOLDS):
            mixer = Mixer(corpus.held_out(fold))
            for place, (kind, count) in enumerate(counts.items()):
                rng = np.random.default_rng([seed, fold, place])
                streams = [mixer.draw(kind, rng) for _ in range(count)]
                found[fold, kind] = Examples.of(list(pool.map(work, streams, chunksize=_CHUNK)))
    return found


def _any(pool: Sequence[Stream], rng: np.random.Generator) -> Stream:
    return pool[int(rng.integers(len(pool)))]


def _piece(stream: Stream, rng: np.random.Generator) -> Stream:
    return _stretch(stream, float(rng.uniform(*_PART_S)), rng)


def _crop(stream: Stream, rng: np.random.Generator) -> Stream:
    """At most EXAMPLE_S of a stream; where it has elements, around one of them."""
    if not stream.elements or rng.random() < 0.2:
        return _stretch(stream, EXAMPLE_S, rng)
    landing = stream.elements[int(rng.integers(len(stream.elements)))].landing_s
    begin = landing - float(rng.uniform(1.0, EXAMPLE_S - 0.7))
    return stream.cut(begin, begin + EXAMPLE_S)


def _stretch(stream: Stream, length_s: float, rng: np.random.Generator) -> Stream:
    room = float(stream.t[-1] - stream.t[0]) - length_s
    if room <= 0:
        return stream
    begin = float(stream.t[0] + rng.uniform(0, room))
    return stream.cut(begin, begin + length_s)
