"""Does the counter hold with other cameras? `python -m bench.filmed_otherwise --tracks DIR`.

The labelled clips of FLIPTALLY_DATA (default `../shared/data`) with rope jumping, and those without
that are nearest to it, are filmed otherwise: their pictures are changed (mirrored, dark, blurred,
shaken, cut, ...), the default pose engine sees them anew, and everything behind it works as in
`fliptally replay`; nothing is set. Key points are kept in DIR, so that the engine runs once (an
hour); `--only` asks for some of the ways. Printed are, for each clip, the error inside the labelled
interval, counts outside it in brackets, and F1 at two frames of the clip as it was filmed; misses
that are said (no clip has one), and counts of others in the picture. The athlete is whoever is
counted most, as in `fliptally judge`; where another was meant in the end, it is said.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from bench.counting import BOTH_KINDS, STEP_KINDS, Score, Track, labelled, score
from bench.filmed_otherwise_film import AS_FILMED, WAYS
from bench.filmed_otherwise_tracks import Clip, Company, clips, film_otherwise, kept
from bench.staged import in_parallel
from models.poses import Poses
from models.skeleton import BLAZEPOSE_33
from realtime.analysis import Analysis
from realtime.marks import Jump, Mark, Miss, whole_jumps
from realtime.observations import Observed

PACES = {"played at 0.85": 0.85, "played at 1.2": 1.2}
"""The key points as filmed, at other times."""


@dataclass(frozen=True)
class Answer:
    """What is said of a clip that was filmed in one way: of the athlete, whether he was meant in
    the end, the misses said of him, and how often anybody else is counted."""

    clip: Clip
    way: str
    score: Score
    steps: bool
    meant: bool
    misses: int
    others: int


@dataclass(frozen=True)
class Followed:
    """The jumps that count of somebody who was followed, and how many misses were said of him."""

    jumps: list[Jump]
    misses: int


def followed(company: Company) -> tuple[dict[int, Followed], int | None]:
    """What is said of each, and who was meant in the end."""
    analysis = Analysis()
    marks: list[Mark] = []
    for frame, (t, people) in enumerate(zip(company.t.tolist(), company.people, strict=True)):
        there = people[(people[..., 2] > 0).any(axis=1)]
        marks += analysis.update(Observed(frame, t, Poses(BLAZEPOSE_33, there)))
    theirs: dict[int, list[Mark]] = {}
    for mark in marks + analysis.finish():
        if isinstance(mark, Jump | Miss):
            theirs.setdefault(mark.athlete, []).append(mark)
    said = {
        number: Followed(whole_jumps(his), sum(isinstance(mark, Miss) for mark in his))
        for number, his in theirs.items()
    }
    return said, analysis.athlete


def expected(clip: Clip, company: Company) -> Track:
    """The clip's labels, at the times at which it is played; without key points."""
    labels = json.loads((data_folder() / clip.which / "labels.json").read_text())
    entry, t = labels.get(clip.name, {}), company.clip_t
    jumping = entry.get("kind") in STEP_KINDS | BOTH_KINDS
    times = t[entry.get("frames", [])] if jumping else np.empty(0)
    nobody = np.zeros((len(t), 0, 3), np.float32)
    track = Track(clip.name, BLAZEPOSE_33, nobody, t, times, float(np.median(np.diff(t))))
    return labelled(track, entry) if jumping else track


def answer(asked: tuple[Clip, str], tracks: Path) -> Answer:
    clip, way = asked
    pace = PACES.get(way, 1.0)
    company = kept(clip, AS_FILMED if way in PACES else way, tracks).played(pace)
    said, meant = followed(company)
    number = max(said, key=lambda n: (len(said[n].jumps), n == meant), default=meant)
    his = said.pop(number, Followed([], 0)) if number is not None else Followed([], 0)
    track, others = expected(clip, company), sum(len(one.jumps) for one in said.values())
    result, steps = score(track, his.jumps), track.kind in STEP_KINDS
    return Answer(clip, way, result, steps, number == meant, his.misses, others)


def jumping_table(answers: Sequence[Answer]) -> Table:
    """A row for each way, a column for each clip."""
    names = list(dict.fromkeys(one.clip.name for one in answers))
    table = Table("filmed", *(name.split(".")[0].replace("_", " ") for name in names))
    for column in ("error sum", "steps within 1", "outside", "misses", "others", "F1 of steps"):
        table.add_column(column, justify="right")
    for way in dict.fromkeys(one.way for one in answers):
        row = {one.clip.name: one for one in answers if one.way == way}
        cells = [_cell(row[name]) if name in row else "" for name in names]
        table.add_row(way, *cells, *_sums(list(row.values())))
    table.add_section()
    table.add_row("all", *("" for _ in names), *_sums(answers))
    return table


def _cell(answered: Answer) -> str:
    one = answered.score
    outside = f" ({one.outside})" if one.outside else ""
    f1 = "" if np.isnan(one.f1) else f"\n{one.f1:.3f}"
    another = "" if answered.meant else "\nanother meant"
    return f"{one.error:+d}{outside}{f1}{another}"


def _sums(answers: Sequence[Answer]) -> list[str]:
    steps = [one.score for one in answers if one.steps]
    near = sum(abs(one.error) <= 1 and not one.outside for one in steps)
    return [
        str(sum(abs(one.score.error) for one in answers)),
        f"{near} of {len(steps)}",
        str(sum(one.score.outside for one in answers)),
        str(sum(one.misses for one in answers)),
        str(sum(one.others for one in answers)),
        f"{np.mean([one.f1 for one in steps]):.3f}" if steps else "",
    ]


def others_table(answers: Sequence[Answer]) -> Table:
    """What is counted where nobody jumps over a rope."""
    table = Table("filmed", "clips", "counts", "in", title="no rope")
    for way in dict.fromkeys(one.way for one in answers):
        row = [(one, one.score.outside + one.others) for one in answers if one.way == way]
        where = ", ".join(f"{one.clip.name} {counts}" for one, counts in row if counts)
        table.add_row(way, str(len(row)), str(sum(counts for _, counts in row)), where)
    return table


def _make(asked: tuple[Clip, str], tracks: Path) -> None:
    film_otherwise(*asked, tracks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tracks", type=Path, required=True, help="where key points are kept")
    known = [*WAYS, *PACES]
    parser.add_argument("--only", nargs="+", choices=known, default=known, metavar="WAY")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    jumping, others = clips()
    filmed = [AS_FILMED, *(way for way in WAYS if way != AS_FILMED and way in options.only)]
    for way in filmed:
        missing = [(c, way) for c in jumping + others if not c.kept(options.tracks, way).exists()]
        in_parallel(partial(_make, tracks=options.tracks), missing, options.jobs)
    console = Console(width=170)
    ask = partial(answer, tracks=options.tracks)
    for some, table in ((jumping, jumping_table), (others, others_table)):
        asked = [(clip, way) for way in options.only for clip in some]
        console.print(table(in_parallel(ask, asked, options.jobs)))


if __name__ == "__main__":
    main()
