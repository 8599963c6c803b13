"""The flip rule on real key points: found by athlete, false events, the closest calls, the time.

    python -m bench.flips DATA TRACKS

DATA is the folder of real recordings (its `gym/index.csv` and `gym/clips/*.npz`); TRACKS holds
`rope/`, `flips/` and `other/` with one key-point `.npz` per video.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from realtime.marks import Event
from realtime.recognise.flips import Element, FlipRule
from realtime.sources.errors import SourceError
from realtime.sources.keypoints import read_keypoints
from realtime.stream.body import BodyStream

FEW = 6


@dataclass
class Run:
    """What the rule said about one recording, what it measured, and what each frame cost."""

    events: list[Event] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    frame_s: list[float] = field(default_factory=list)


def run(path: Path) -> Run:
    """Replay one recording; of several people the first is followed."""
    recording = read_keypoints(path)
    body, rule, result = BodyStream(recording.skeleton), FlipRule(), Run()
    for frame, (t, poses) in enumerate(zip(recording.t, recording.poses, strict=True)):
        people = poses.keypoints
        pose = body.update(frame, float(t), people[0] if len(people) else None)
        began = time.thread_time()
        marks = rule.update(pose)
        result.frame_s.append(time.thread_time() - began)
        result.events += [mark for mark in marks if isinstance(mark, Event)]
        result.elements += rule.measured
    result.events += [mark for mark in rule.finish() if isinstance(mark, Event)]
    result.elements += rule.measured
    return result


def gym(folder: Path, table: Table) -> list[float]:
    """Rows by athlete and kind; the index gives take-off and landing in frames at 60 fps."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    errors: list[tuple[float, float]] = []
    heights: dict[str, list[float]] = defaultdict(list)
    cost: list[float] = []
    with (folder / "index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        result = run(folder / "clips" / f"{row['clip']}.npz")
        cost += result.frame_s
        kinds = [event.kind for event in result.events]
        right = kinds == [row["label"]]
        found[row["label"], row["subject"]].append("" if right else f"{row['clip']}: {kinds}")
        heights[row["label"]] += [e.height for e in result.elements[-1:]]
        if right:
            event = result.events[0]
            truth = int(row["takeoff"]) / 60, int(row["landing"]) / 60
            errors.append((event.start_s - truth[0], event.end_s - truth[1]))
    for (label, subject), wrong in sorted(found.items()):
        failed = [text for text in wrong if text]
        table.add_row(
            f"{label}, {subject}", f"{len(wrong) - len(failed)}/{len(wrong)}", ", ".join(failed)
        )
    total = sum(len(w) for w in found.values())
    passed = sum(text == "" for w in found.values() for text in w)
    lowest, highest = min(heights["backflip"]), max(heights["handspring"])
    table.add_row(
        "all",
        f"{passed}/{total}",
        f"lowest backflip {lowest:.2f}, highest handspring {highest:.2f}",
    )
    for name, error in zip(("take-off", "landing"), np.array(errors).T, strict=True):
        low, middle, high = np.percentile(error * 1000, (5, 50, 95))
        table.add_row(f"{name} error", "", f"5/50/95 %: {low:.0f}/{middle:.0f}/{high:.0f} ms")
    table.add_section()
    return cost


def videos(folder: Path, table: Table, *, each: bool) -> list[float]:
    """One row per video where `each`, else the sum; then what came nearest to an event."""
    cost: list[float] = []
    seconds, events = 0.0, 0
    closest: list[tuple[str, Element]] = []
    for path in sorted(folder.glob("*.npz")):
        try:
            result = run(path)
            seconds += float(np.ptp(read_keypoints(path).t))
        except SourceError as error:
            table.add_row(f"{folder.name}, {path.stem}", "not read", str(error))
            continue
        cost += result.frame_s
        events += len(result.events)
        said = ", ".join(f"{e.kind} {e.start_s:.2f}-{e.end_s:.2f} s" for e in result.events)
        if each or said:
            table.add_row(f"{folder.name}, {path.stem}", str(len(result.events)), said)
        if not said and result.elements:
            closest.append((path.stem, max(result.elements, key=lambda e: e.height)))
    table.add_row(f"{folder.name}, {seconds:.0f} s", str(events), "")
    for name, e in sorted(closest, key=lambda call: -call[1].height)[:FEW]:
        table.add_row(
            f"  closest: {name}",
            "",
            f"{e.end_s:.2f} s: height {e.height:.2f}, turned {e.turned:.0f}, over {e.over_s:.2f} s,"
            f" head down {e.head_down_s:.2f} s, floor {e.floor_step:+.2f}, feet {e.feet:.2f}",
        )
    table.add_section()
    return cost


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("tracks", type=Path)
    arguments = parser.parse_args()
    table = Table("set", "found", "what", title="flip rule")
    cost = gym(arguments.data / "gym", table)
    for name in ("flips", "rope", "other"):
        cost += videos(arguments.tracks / name, table, each=name == "flips")
    middle, high = np.percentile(np.array(cost) * 1000, (50, 99))
    table.add_row("processor time of a frame", "", f"p50 {middle:.3f} ms, p99 {high:.3f} ms")
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
