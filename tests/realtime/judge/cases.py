"""The cases of `cases.toml`, and marks from their short forms."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from models.rope.rules import RULES, Event, custom_event
from realtime.marks import BY_HAND, Beep, Click, Foot, Jump, Lock, Mark, Miss, Offence, Ruling

CASES: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parent / "cases.toml").read_text("utf-8")
)
FEET: dict[str, Foot] = {"R": "right", "L": "left", "B": "both"}
OFFENCES: dict[str, Offence] = {"false_starts": "false start", "false_switches": "false switch"}
STEP_S = 0.2


def each(kind: str) -> pytest.MarkDecorator:
    """Run a test with every case of a kind."""
    return pytest.mark.parametrize("case", CASES[kind], ids=lambda case: case["name"])


def jump(t: float, foot: Foot, athlete: int = 1, confidence: float = 1.0) -> Jump:
    return Jump(athlete, round(t * 60), t, foot, t + 0.1, confidence)


def marks_of(letters: str) -> list[Jump | Miss]:
    """The marks of `R L B x ~`, in the order in which they are said. A miss says which jump was the
    last whole one: before an `x` the one before the last."""
    marks: list[Jump | Miss] = []
    contacts = [-math.inf, -math.inf]
    t = 0.0
    for letter in letters.split():
        if letter in "x~":
            whole = contacts[-2] if letter == "x" else contacts[-1]
            marks.append(Miss(1, whole, t + 0.6))
            t += 2.0
        else:
            t += STEP_S
            contacts.append(t)
            marks.append(jump(t, FEET[letter]))
    return marks


def run(first_s: float, contacts: int, step_s: float, foot: str, athlete: int) -> list[Jump]:
    feet: list[Foot] = ["both"] if foot == "B" else ["right", "left"]
    if foot == "L":
        feet.reverse()
    return [jump(first_s + step_s * n, feet[n % len(feet)], athlete) for n in range(contacts)]


def attempt_marks(case: dict[str, Any]) -> list[Mark]:
    marks: list[Mark] = [mark for row in case["runs"] for mark in run(*row)]
    marks += [Miss(athlete, t, said) for t, athlete, said in case.get("misses", ())]
    marks += [Beep(kind, t, *(heard or ["microphone"])) for kind, t, *heard in case["beeps"]]
    for judge, first_s, clicks, apart_s, by in case.get("clicks", ()):
        marks += [Click(judge, first_s + apart_s * n, by) for n in range(clicks)]
    for name, count in case.get("ruling", {}).items():
        marks.append(Ruling("Ada", case["beeps"][-1][1], OFFENCES[name], count))
    marks += [
        Ruling("Ada", t, what, *(count or [None])) for t, what, *count in case.get("rulings", ())
    ]
    if "chosen" in case:
        why = BY_HAND if case.get("by_hand", True) else "largest in view"
        marks.append(Lock(case["chosen"], 9.0, why))
    return marks


def event_of(case: dict[str, Any]) -> Event:
    if "event" in case:
        return RULES.events[case["event"]]
    return custom_event(case.get("legs", 1), case.get("leg_s", 4.0))


def total(cases: dict[str, Sequence[object]]) -> int:
    return sum(map(len, cases.values()))
