"""How well backflips and handsprings are recognised on key points: `python -m bench.flips`.

    python -m bench.flips --tracks DIR [--evidence both kinematics network] [--only gym streams]

DIR holds key points of the real videos, as `bench.tracks DIR` makes them; the other recordings are
those in FLIPTALLY_DATA (default `../shared/data`). Every table has a column for each evidence.
`--only` takes some of:

- gym: the real recordings by kind and athlete; what is left of that under stress
  (`bench/flips_stress.py`); and through the whole analysis, among other people.
- streams: recordings and simulated athletes in streams of other movement (`bench/streams.py`):
  events within 200 ms, how long after the landing they are said, precision of both moments.
- false: events where nobody flips backward: the videos of rope and other, plain and under stress
  ("30 fps" is half of the frames), Penn Action, the gym recordings played backwards; and what came
  nearest to one.
- time: processor time of a frame.

`bench.flip_pixels` begins with pictures.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from bench.flips_cases import Case, gym_cases, penn_cases, video_cases
from bench.flips_company import LIVE, in_company
from bench.flips_recognised import RECOGNISERS, judge_all
from bench.flips_stress import STRESSES
from bench.flips_tables import cost_table, error_table, false_tables, found_tables, stream_tables
from bench.streams import joined_streams, simulated_streams

PARTS = ("gym", "streams", "false", "time")
_ON_VIDEOS = (
    *("mirrored", "30 fps", "COCO-17", "30 % dropped for 0.1 s"),
    *("10 % of frames lost, times +-2 ms", "turned over now and then"),
)


def gym(data: Path, evidence: Sequence[str], jobs: int) -> Iterator[Table]:
    cases = gym_cases(data / "gym")
    plain = judge_all(cases, evidence, jobs)
    yield from found_tables("gym recordings by athlete", plain, evidence)
    yield error_table("gym recordings", plain, evidence)
    stressed = [
        replace(stress(case), group=name) for name, stress in STRESSES.items() for case in cases
    ]
    found = judge_all(stressed, evidence, jobs)
    yield from found_tables("gym recordings under stress", found, evidence)
    yield from found_tables("gym recordings in company", in_company(cases, jobs), [LIVE])


def streams(options: argparse.Namespace, data: Path, evidence: Sequence[str]) -> Iterator[Table]:
    cases = [
        *joined_streams(data / "gym", options.tracks),
        *simulated_streams(options.streams, options.jobs),
    ]
    found = judge_all([*cases, *map(_half, cases)], evidence, options.jobs)
    yield from stream_tables(found, evidence)


def _half(case: Case) -> Case:
    """Every other frame."""
    half = case.part(np.arange(len(case.t)) % 2 == 0)
    return replace(half, group=f"{case.group}, 30 fps")


def no_flips(tracks: Path, data: Path, every: int) -> Iterator[Case]:
    for name in ("rope", "other"):
        for case in video_cases(tracks / name):
            yield case
            for stress in _ON_VIDEOS:
                yield replace(STRESSES[stress](case), group=f"{name}, {stress}")
    for case in gym_cases(data / "gym"):
        yield backwards(case)
    yield from penn_cases(data / "penn_action", every)


def backwards(case: Case) -> Case:
    """A film that runs backwards: who flips backward flips forward in it."""
    t = case.t[0] + case.t[-1] - case.t[::-1]
    keypoints = case.keypoints[::-1]
    return replace(case, group="gym, played backwards", keypoints=keypoints, t=t, truth=())


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tracks", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--evidence", nargs="+", choices=list(RECOGNISERS), default=list(RECOGNISERS)
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--streams", type=int, default=12, metavar="N", help="simulated ones")
    parser.add_argument("--penn-every", type=int, default=1, metavar="N", help="sequences taken")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    return parser


def tables(part: str, options: argparse.Namespace) -> Iterator[Table]:
    """Those of one of PARTS."""
    data, evidence, jobs = data_folder(), options.evidence, options.jobs
    if part == "gym":
        yield from gym(data, evidence, jobs)
    elif part == "streams":
        yield from streams(options, data, evidence)
    elif part == "false":
        cases = no_flips(options.tracks, data, options.penn_every)
        yield from false_tables(judge_all(cases, evidence, jobs, peaks=True), evidence)
    else:
        cases = video_cases(options.tracks / "rope")
        yield cost_table(judge_all(cases, evidence, 1), evidence)


def main() -> None:
    options = parser().parse_args()
    console = Console(width=160)
    for part in options.only:
        for table in tables(part, options):
            console.print(table)


if __name__ == "__main__":
    main()
