"""All streams that the live network is trained and judged by, and how they are split.

Nobody is in two parts: recordings go by athlete, videos by video (numbered ones of a name
together), Penn Action by blocks of neighbouring sequences, which may be cut from one film.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from models.gym.live import recorded
from models.gym.live.streams import Stream

FOLDS = 4
_BLOCK = 25
_FILMED_SHARE = 3
"""How often a filmed backflip is drawn for each gym recording: there are few."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """`gym` and `filmed` have elements; `neither` and `penn` have none; `simulated` any."""

    gym: Sequence[Stream]
    filmed: Sequence[Stream]
    neither: Sequence[Stream]
    penn: Sequence[Stream]
    simulated: Sequence[Stream] = field(default_factory=tuple)

    @property
    def flips(self) -> list[Stream]:
        """What is drawn from for streams with elements."""
        return [*self.gym, *(_FILMED_SHARE * list(self.filmed))]

    def held_out(self, fold: int) -> Corpus:
        """What the network of this fold has not seen; of simulated streams all."""
        return replace(
            self,
            gym=_of(self.gym, fold),
            filmed=_of(self.filmed, fold),
            neither=_of(self.neither, fold),
            penn=[s for i, s in enumerate(self.penn) if i // _BLOCK % FOLDS == fold],
        )


def load(data: Path, tracks: Path) -> Corpus:
    """The real streams in the folders `gym`, `flips` and `penn_action` of `data`, and of the videos
    in `tracks` by the pose engine. Raises KeypointsError and OSError."""
    filmed = recorded.filmed(data, tracks)
    return Corpus(
        gym=recorded.gym(data / "gym"),
        filmed=[s for s in filmed if s.elements and recorded.playable(s)],
        neither=[*recorded.neither(tracks), *(s for s in filmed if not s.elements)],
        penn=list(recorded.penn(data / "penn_action")),
    )


def folds(streams: Sequence[Stream]) -> Mapping[str, int]:
    """The fold of each group: the largest first, each into the fold that has least."""
    sizes: Counter[str] = Counter()
    for stream in streams:
        sizes[stream.group] += len(stream.t)
    filled = [0] * FOLDS
    found = {}
    for group, size in sorted(sizes.items(), key=lambda one: (-one[1], one[0])):
        found[group] = filled.index(min(filled))
        filled[found[group]] += size
    return found


def _of(streams: Sequence[Stream], fold: int) -> list[Stream]:
    fold_of = folds(streams)
    return [s for s in streams if fold_of[s.group] == fold]
