"""What is wrong with a data set, and what whoever trains on it must know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from models.gym.dataset import LABELS, Recording
from models.gym.duplicates import duplicates
from models.gym.preparation import Preparation, never_seen
from models.gym.statistics import Measures, measure

_UNSURE = 0.5  # mean confidence
_REPEATS = 0.1  # share of a recording's frames


class Finding(NamedTuple):
    """A `fault` must be mended before training, the rest is to know. `clips` are concerned."""

    fault: bool
    what: str
    text: str
    clips: tuple[str, ...]


def check(recordings: Sequence[Recording]) -> list[Finding]:
    """All findings, faults first."""
    measures = [measure(recording) for recording in recordings]
    found = [
        *_twice(recordings),
        *_unnamed(recordings),
        *_unrecognisable(recordings),
        *_people(recordings),
        *_rates(recordings, measures),
        *_one_side(recordings, measures),
    ]
    counts: list[tuple[str, str, Callable[[Measures], int]]] = [
        ("nobody seen", "frames in which nobody is seen", lambda m: m.lost),
        ("somebody else", "jumps of the whole body: another person, or a false one",
         lambda m: m.elsewhere),
        ("turned over", "turns of the skeleton by about 180 degrees", lambda m: m.turned_over),
        ("sides swapped", "exchanges of left and right, arms or legs", lambda m: m.swapped),
    ]  # fmt: skip
    for what, text, count in counts:
        counted = [(r.name, count(m)) for r, m in zip(recordings, measures, strict=True)]
        clips = tuple(name for name, number in counted if number)
        if clips:
            total = sum(number for _, number in counted)
            found.append(Finding(False, what, f"{total} {text}", clips))
    unsure = [r.name for r, m in zip(recordings, measures, strict=True) if m.confidence < _UNSURE]
    if unsure:
        found.append(Finding(False, "unsure", f"mean confidence below {_UNSURE:g}", tuple(unsure)))
    return sorted(found, key=lambda finding: not finding.fault)


def _twice(recordings: Sequence[Recording]) -> list[Finding]:
    pairs = duplicates(recordings)
    return [Finding(True, "twice", pair.how, (pair.first, pair.second)) for pair in pairs]


def _unnamed(recordings: Sequence[Recording]) -> list[Finding]:
    found = []
    for what, said in (
        ("no label", [r.label for r in recordings]),
        ("no person", [r.subject for r in recordings]),
    ):
        clips = tuple(r.name for r, one in zip(recordings, said, strict=True) if not one.strip())
        if clips:
            found.append(Finding(True, what, "cannot be trained on, or not be split", clips))
    others = {r.label for r in recordings} - {*LABELS, ""}
    for label in sorted(others):
        clips = tuple(r.name for r in recordings if r.label == label)
        text = f"'{label}' is not one of {', '.join(LABELS)}"
        found.append(Finding(False, "other class", text, clips))
    return found


def _unrecognisable(recordings: Sequence[Recording]) -> list[Finding]:
    by_joints: dict[str, list[str]] = {}
    for recording in recordings:
        joints = ", ".join(never_seen(recording, Preparation()))
        if joints:
            by_joints.setdefault(joints, []).append(recording.name)
    return [
        Finding(
            True, "joints unseen", f"never seen: {joints}; dropped by the preparation", tuple(clips)
        )
        for joints, clips in by_joints.items()
    ]


def _people(recordings: Sequence[Recording]) -> list[Finding]:
    found = []
    for label in sorted({r.label for r in recordings}):
        people = {r.subject for r in recordings if r.label == label}
        if len(people) == 1:
            clips = tuple(r.name for r in recordings if r.label == label)
            text = f"{label} is done by {people.pop()} only: cannot be split by athlete"
            found.append(Finding(False, "one person", text, clips))
    return found


def _rates(recordings: Sequence[Recording], measures: Sequence[Measures]) -> list[Finding]:
    found = []
    rates = Counter(round(m.fps) for m in measures)
    if len(rates) > 1:
        usual = rates.most_common(1)[0][0]
        clips = tuple(
            r.name for r, m in zip(recordings, measures, strict=True) if round(m.fps) != usual
        )
        text = f"{', '.join(f'{n} at {rate} fps' for rate, n in rates.most_common())}"
        found.append(Finding(False, "frame rates", text, clips))
    repeats = [
        r for r, m in zip(recordings, measures, strict=True) if m.repeated > _REPEATS * m.frames
    ]
    if repeats:
        shares = "; ".join(
            f"{label} {sum(r.label == label for r in repeats)} of "
            f"{sum(r.label == label for r in recordings)}"
            for label in sorted({r.label for r in recordings})
        )
        text = f"pictures come twice, so that the true rate is lower: {shares}"
        found.append(Finding(False, "repeated", text, tuple(r.name for r in repeats)))
    return found


def _one_side(recordings: Sequence[Recording], measures: Sequence[Measures]) -> list[Finding]:
    sides = Counter(m.facing for m in measures)
    if len(recordings) > 1 and len(sides) == 1 and "unclear" not in sides:
        text = f"all face {sides.popitem()[0]}: train on mirrored ones too"
        return [Finding(False, "one side", text, tuple(r.name for r in recordings))]
    return []
