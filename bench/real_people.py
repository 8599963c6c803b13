"""Real people, found and followed: `python -m bench.real_people [--people N] [--list]`.

The engine and the tracker on the real videos with several people (FLIPTALLY_DATA, default
`../shared/data`), held against hand-made labels (`bench/reference/real_people.json`). The peer is
Norfair on the same skeletons, each of its four thresholds (`make .venv-norfair`).

found: share of the labels on which a skeleton sits. switches: how often the identity of somebody
changes from label to label, per minute. ids: identities per person. on main: share of the labels
on which the person's most frequent identity sits. shared: people whose main identity is another's
main one, too. false, twice: skeletons that for more than 0.5 s sit on nobody, or as the second on
somebody. `--list` says where.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, pairwise

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from bench.labelled_people import Clip, FalsePerson, Followed, Found, clips, false_people, follow
from bench.tracking import PEER, Watched, by_peer, tracked
from models.pose.engines import DEFAULT, open_engine
from models.pose.options import PoseOptions
from models.pose.protocol import estimate_one
from models.poses import Poses
from realtime.analysis import Analysis
from realtime.marks import Jump
from realtime.observations import Observed
from realtime.sources.video import VideoSource

_SIZES = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 9.9)
"""Edges of the classes of people's heights, in shorter sides of the picture."""


_COLUMNS = (
    *("people", "labels", "found", "on main", "switches", "per min", "ids", "shared"),
    *("false", "twice"),
)


@dataclass
class Score:
    """What is added up over people and clips."""

    labels: int = 0
    found: int = 0
    on_main: int = 0
    people: int = 0
    ids: int = 0
    shared: int = 0
    switches: int = 0
    minutes: float = 0.0
    false: int = 0
    twice: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    def cells(self) -> list[str]:
        return [
            str(self.people),
            str(self.labels),
            f"{100 * self.found / self.labels:.1f} %",
            f"{100 * self.on_main / self.labels:.1f} %",
            str(self.switches),
            f"{self.switches / self.minutes:.2f}",
            f"{self.ids / max(self.people, 1):.2f}",
            str(self.shared),
            str(self.false),
            str(self.twice),
        ]


@dataclass
class Result:
    """One tracker on one clip."""

    clip: Clip
    people: list[Followed]
    false: list[FalsePerson]
    score: Score = field(init=False)

    def __post_init__(self) -> None:
        mains = Counter(p.main for p in self.people if p.main is not None)
        self.score = Score(
            labels=sum(len(p.ids) for p in self.people),
            found=sum(p.found for p in self.people),
            on_main=sum(p.on_main for p in self.people),
            people=len(self.people),
            ids=sum(len(set(p.named)) for p in self.people),
            shared=sum(n for n in mains.values() if n > 1),
            switches=sum(p.switches for p in self.people),
            minutes=sum(p.minutes for p in self.people),
            false=sum(not one.twice for one in self.false),
            twice=sum(one.twice for one in self.false),
        )


def find(clip: Clip, people: int) -> Found:
    """What the default engine finds in the whole pictures of a clip."""
    times, found = [], []
    video = data_folder() / clip.folder / "videos" / clip.name
    engine = open_engine(DEFAULT, PoseOptions(people=people, threads=1))
    with closing(engine), closing(VideoSource(str(video))) as source:
        for frame in iter(source.read, None):
            times.append(frame.t)
            found.append(estimate_one(engine, frame.image).keypoints)
    return Found(engine.skeleton, np.array(times), found, min(frame.image.shape[:2]))


def results(clip: Clip, found: Found, peer: bool) -> Iterator[tuple[str, Result]]:
    """Each tracker's result on what was found in a clip."""
    poses = [Poses(found.skeleton, people) for people in found.people]
    watched = Watched(clip.name, found.t, poses, [])
    answers = {"ours": tracked(watched)}
    if peer:
        answers |= {f"Norfair {i + 1}": ids for i, ids in enumerate(by_peer(watched, found.fps))}
    for name, ids in answers.items():
        yield name, Result(clip, follow(clip, found, ids), false_people(clip, found, ids))


def counts(found: Found, result: Result) -> Iterator[str]:
    """In words, how many foot switches the live analysis counts of those who were counted by eye,
    and how many jumps of others."""
    analysis = Analysis()
    marks = []
    for i, (t, people) in enumerate(zip(found.t, found.people, strict=True)):
        marks += analysis.update(Observed(i, float(t), Poses(found.skeleton, people)))
    jumps = [mark for mark in [*marks, *analysis.finish()] if isinstance(mark, Jump)]
    of = {p.letter: [m.frame for m in jumps if p.at(m.frame) == m.athlete] for p in result.people}
    for letter, (first, last, true) in result.clip.counted.items():
        said = sum(first <= frame <= last for frame in of.pop(letter))
        yield f"{result.clip.name}: {letter}, frames {first}-{last}: {said} of {true} foot switches"
    yield f"{result.clip.name}: others: {sum(map(len, of.values()))} jumps"


def by_size(people: Sequence[Followed]) -> Table:
    """Share of the labels on which somebody is found, by how tall he is in the picture."""
    sizes = np.concatenate([p.sizes for p in people])
    found = np.array([identity is not None for p in people for identity in p.ids.values()])
    shown = Table(title="found, by height in shorter sides of the picture", title_justify="left")
    row = []
    for low, high in pairwise(_SIZES):
        part = found[(sizes >= low) & (sizes < high)]
        shown.add_column(f"{low:.1f}-{high:.1f}" if high < 1 else f"{low:.1f}-", justify="right")
        row.append(f"{100 * part.mean():.0f} % of {len(part)}" if len(part) else "-")
    shown.add_row(*row)
    return shown


def table(title: str, rows: Iterable[tuple[str, Score]]) -> Table:
    shown = Table(title=title, title_justify="left")
    shown.add_column("")
    for column in _COLUMNS:
        shown.add_column(column, justify="right")
    for name, score in rows:
        shown.add_row(name, *score.cells())
    return shown


def listed(result: Result) -> Iterator[str]:
    """In words, what went wrong in a clip, with frame numbers."""
    for person in result.people:
        runs = []
        for identity, run in groupby(person.ids.items(), key=lambda pair: pair[1]):
            frames = [frame for frame, _ in run]
            name = "not found" if identity is None else f"id {identity}"
            runs.append(f"{frames[0]}-{frames[-1]} {name} ({len(frames)})")
        if len(runs) > 1 or person.found < len(person.ids):
            yield f"  {person.letter}: {', '.join(runs)}"
    for one in result.false:
        what = "second on somebody" if one.twice else "on nobody"
        yield f"  id {one.identity} {what} {one.first}-{one.last} at {one.x},{one.y}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--people", type=int, default=6, metavar="N", help="most that are followed")
    parser.add_argument("--only", metavar="VIDEO", help="this video only")
    parser.add_argument("--list", action="store_true", help="say what goes wrong, and where")
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args(arguments)
    peer = not options.no_peer
    if peer and not PEER.exists():
        sys.exit(f"{PEER} is missing; run: make .venv-norfair (or give --no-peer)")
    labelled = [clip for clip in clips() if options.only in (None, clip.name)]
    if not labelled:
        sys.exit(f"--only {options.only}: no labelled video; known: {[c.name for c in clips()]}")
    labelled.sort(key=lambda clip: not clip.counted)  # the longest first
    report(Console(width=130), labelled, options.people, peer=peer, wordy=options.list)


def report(
    console: Console, labelled: Sequence[Clip], people: int, *, peer: bool, wordy: bool
) -> None:
    ours: list[Result] = []
    everyone: dict[str, Score] = {}
    with ProcessPoolExecutor(2) as pool:
        for clip, found in zip(
            labelled, pool.map(partial(find, people=people), labelled), strict=True
        ):
            for name, result in results(clip, found, peer):
                everyone[name] = everyone.get(name, Score()) + result.score
                if name == "ours":
                    ours.append(result)
            said = [clip.name, *listed(ours[-1])] if wordy else []
            said += counts(found, ours[-1]) if clip.counted else []
            if said:
                console.print(*said, sep="\n", highlight=False, soft_wrap=True)
    console.print(table(f"ours, --people {people}", [(r.clip.name, r.score) for r in ours]))
    console.print(by_size([person for result in ours for person in result.people]))
    console.print(table("all videos together", everyone.items()))


if __name__ == "__main__":
    main()
