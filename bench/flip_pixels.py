"""Flips from pixels: `python -m bench.flip_pixels --tracks DIR [--only replay puppets simulated]`.

Everything goes through the real pose engine once and is kept in DIR, so that recognisers can be run
again in seconds; without DIR's contents that takes about an hour on two cores.

- replay: the videos of FLIPTALLY_DATA (default `../shared/data`) by `fliptally replay`, as a
  process, against the labels of `flips`; in `rope` and `other` nothing is to be said. The session
  is kept in `DIR/sessions` and replayed from there the next time.
- puppets: figures moved by the key points of the real gymnasts.
- simulated: figures that do single flips, series, and what is neither.

Rendered figures go through each evidence alone, following the first person, and through the whole
analysis of the live system (column "live"), which finds out by itself who is who.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from bench.flips_cases import Case, Expected, wanted
from bench.flips_company import LIVE, live
from bench.flips_filmed import Filmed, Shot, keep, puppet_shots, read, scene_shots, simulated_shots
from bench.flips_recognised import RECOGNISERS, Judged, Run, judged
from bench.flips_scores import Verdict, judge
from bench.flips_tables import error_table, found_tables, recall_table, said
from bench.staged import in_parallel
from models.skeleton import BLAZEPOSE_33
from realtime.marks import Event

PARTS = ("replay", "puppets", "simulated")
_SKILLS = {"backflip": "backflip", "back_handspring": "handspring"}
_LABELLED_NEAR_S = 0.3
"""Labels are read by eye, to two frames at 30 fps."""


def filmed_case(filmed: Filmed, group: str) -> Case:
    return Case(
        filmed.name, group, BLAZEPOSE_33, filmed.people[:, 0], filmed.t, tuple(filmed.truth)
    )


def seen(shot: Shot, folder: Path, evidence: Sequence[str]) -> Judged:
    """A shot, filmed if it was not before, by each evidence and by the whole analysis."""
    filmed = read(keep(shot, folder))
    group = shot.group if shot.puppet else f"{shot.group}, {shot.view}, {shot.fps:g} fps"
    one = judged([name for name in evidence if name != LIVE], filmed_case(filmed, group))
    events = live(BLAZEPOSE_33, filmed.people, filmed.t)
    verdict = judge(events, wanted(filmed.truth))
    return Judged(
        one.name,
        one.group,
        one.seconds,
        {**one.verdicts, LIVE: verdict},
        {**one.runs, LIVE: Run(events)},
    )


class ReplayError(Exception):
    """`fliptally replay` failed; one line."""


def rendered(title: str, shots: Iterable[Shot], options: argparse.Namespace) -> Iterator[Table]:
    evidence = [*options.evidence, LIVE]
    work = partial(seen, folder=options.tracks, evidence=evidence)
    found = in_parallel(work, list(shots), options.jobs)
    yield recall_table(title, found, evidence)
    yield from found_tables(title, found, evidence)
    yield error_table(title, found, evidence)


def replayed(video: Path, folder: Path) -> list[Event]:
    """The events of a video, replayed from its pixels the first time."""
    session = folder / f"{video.name}.fliptally"
    if session.exists():
        return _replay([str(session)])
    folder.mkdir(parents=True, exist_ok=True)
    partial_session = session.with_suffix(".part")
    partial_session.unlink(missing_ok=True)
    events = _replay([str(video), "--workers", "1", "--record", str(partial_session)])
    partial_session.rename(session)
    return events


def _replay(arguments: Sequence[str]) -> list[Event]:
    """`fliptally replay --json -`, whose standard output is the session document."""
    command = [sys.executable, "-m", "realtime", "replay", *arguments, "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReplayError(f"{arguments[0]} not replayed: {done.stderr.strip().splitlines()[-1]}")
    events = json.loads(done.stdout)["events"]
    return [msgspec.convert(event, Event) for event in events]


def replay_tables(options: argparse.Namespace, data: Path) -> Iterator[Table]:
    sessions: Path = options.tracks / "sessions"
    labels = json.loads((data / "flips" / "labels.json").read_text())
    table = Table("video", "labelled", "said", "right", "wrong kind", "missed", "false")
    table.title = "fliptally replay, flips: event by event"
    for name, entry in labels.items():
        events = replayed(data / "flips" / "videos" / name, sessions / "flips")
        truth = labelled(entry)
        verdict = judge(events, truth, _LABELLED_NEAR_S)
        expected = ", ".join(f"{e.kind} {e.takeoff_s:.2f}-{e.landing_s:.2f} s" for e in truth)
        table.add_row(name, expected, said(verdict), *_counts(verdict))
    yield table
    table = Table("set", "videos", "false", "said", title="fliptally replay, where nobody flips")
    for which in ("rope", "other"):
        false, words = 0, []
        videos = sorted((data / which / "videos").iterdir())
        for video in videos:
            try:
                events = replayed(video, sessions / which)
            except ReplayError as error:
                words.append(str(error))
                continue
            false += len(events)
            words += [f"{video.name}: {said(judge(events, ()))}"] if events else []
        table.add_row(which, str(len(videos)), str(false), "; ".join(words))
    yield table


def labelled(entry: dict[str, object]) -> tuple[Expected, ...]:
    """The elements of one video that are to be said; frames are of the rate of its entry."""
    recorded = msgspec.convert(entry, _Entry)
    fps = recorded.video.fps
    return tuple(
        Expected(_SKILLS[one.skill], one.takeoff / fps, one.landing / fps)
        for one in recorded.events
        if one.skill in _SKILLS and one.takeoff is not None and one.landing is not None
    )


class _Labelled(msgspec.Struct):
    skill: str
    takeoff: int | None = None
    landing: int | None = None


class _Video(msgspec.Struct):
    fps: float


class _Entry(msgspec.Struct):
    events: list[_Labelled]
    video: _Video


def _counts(verdict: Verdict) -> list[str]:
    counts = verdict.right, verdict.wrong, verdict.missed, verdict.false
    return [str(count) for count in counts]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tracks", type=Path, required=True, metavar="DIR")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument(
        "--evidence", nargs="+", choices=list(RECOGNISERS), default=list(RECOGNISERS)
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    options = parser.parse_args()
    data, console = data_folder(), Console(width=160)
    tables: dict[str, Iterator[Table]] = {
        "replay": replay_tables(options, data),
        "puppets": rendered("puppets", puppet_shots(data / "gym"), options),
        "simulated": rendered("simulated", [*simulated_shots(), *scene_shots()], options),
    }
    for part in options.only:
        for table in tables[part]:
            console.print(table)


if __name__ == "__main__":
    main()
