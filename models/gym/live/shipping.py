"""From data to the shipped weights and their card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from models.gym.live import network
from models.gym.live.card import card
from models.gym.live.corpus import Corpus
from models.gym.live.examples import Centring, Examples, drawn
from models.gym.live.judging import Scores, cross_validate
from models.gym.live.simulated import simulated
from models.gym.live.training import train
from models.litert import export

NAME = "flips"
FRESH = 200
"""Simulated streams that are kept to judge by."""
SIMULATED_SEED = 1


@dataclass(frozen=True)
class Settings:
    """`examples` of each kind and fold (of videos of what is neither half as many more, of Penn
    Action a third), `simulated` streams, `steps` of training, `jobs` processes."""

    examples: int = 600
    simulated: int = 1000
    steps: int = 2000
    seed: int = 0
    jobs: int = 2

    @property
    def counts(self) -> dict[str, int]:
        """Examples of each kind."""
        n = self.examples
        return {"recorded": n, "negative": 3 * n // 2, "penn": n // 3, "simulated": n}


def ship(
    corpus: Corpus,
    centring: Centring,
    out: Path,
    *,
    command: str,
    settings: Settings,
    told: Callable[[str], None],
) -> Scores:
    """Judge by cross-validation, then train on everything and write `flips.npz`, `flips.tflite` and
    `flips.md` to the folder `out`. Raises ExportError, when the weights are written already."""
    told(f"simulating {settings.simulated} streams")
    streams = simulated(settings.simulated, SIMULATED_SEED, settings.jobs)
    fresh, corpus = streams[:FRESH], replace(corpus, simulated=streams[FRESH:])
    told("drawing examples")
    found = drawn(corpus, centring, settings.counts, settings.seed, settings.jobs)
    scores = cross_validate(
        corpus, found, fresh, centring, seed=settings.seed, steps=settings.steps, told=told
    )
    told("training on everything")
    weights = train(Examples.joined(list(found.values())), settings.seed, settings.steps)
    out.mkdir(parents=True, exist_ok=True)
    network.save(weights, out / f"{NAME}.npz")
    text = card(command, corpus, settings.counts, scores)
    (out / f"{NAME}.md").write_text(text, "utf-8")
    export("models.gym.live.network:step", out / f"{NAME}.npz", out / f"{NAME}.tflite")
    return scores
