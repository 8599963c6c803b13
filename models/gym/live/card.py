"""The card of the live network: what it is, what it was trained on, how well it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from models.gym.live.corpus import FOLDS, Corpus
from models.gym.live.evaluation import ASKED_S, HELD_S, Call
from models.gym.live.features import FEATURES, STEP_S
from models.gym.live.judging import Scores
from models.gym.live.network import UNITS

_CLOSEST = 8
_WRONG = 12
_LIKELY = 0.5


def card(command: str, corpus: Corpus, counts: Mapping[str, int], scores: Scores) -> str:
    """The card as Markdown."""
    return (
        "\n\n".join(
            [
                "# flips: backflip or back handspring, live",
                _what(),
                "## Data",
                _data(corpus, counts),
                "## Command",
                f"`{command}`",
                "## Scores",
                _accuracy(scores),
                _by_athlete(scores),
                _others(scores),
                _calls(scores),
                "",
            ]
        ).rstrip()
        + "\n"
    )


def _what() -> str:
    return (
        f"`flips.npz` are the weights of `models.gym.live.network` ({FEATURES} features, {UNITS} "
        f"rectified units, {UNITS} gated recurrent units, 3 classes: neither, backflip, "
        f"handspring), `flips.tflite` is one step of it for LiteRT. It steps every "
        f"{1000 * STEP_S:.0f} ms through the 13 joints that all skeletons share and sees each body "
        "with its mirror image; an element is named from the second half of its flight until "
        "0.3 s after the landing."
    )


def _data(corpus: Corpus, counts: Mapping[str, int]) -> str:
    rows = {
        "gym recordings (OpenPose BODY_25)": (corpus.gym, "athletes"),
        "filmed backflips (BlazePose)": (corpus.filmed, "videos"),
        "videos of what is neither (BlazePose)": (corpus.neither, "groups of videos"),
        "Penn Action (annotated by people)": (corpus.penn, "sequences, in blocks of neighbours"),
        "simulated, with the errors of both networks": (corpus.simulated, ""),
    }
    table = _table(
        ("what", "streams", "with elements", "minutes", "split by"),
        (
            (
                name,
                str(len(streams)),
                str(sum(bool(s.elements) for s in streams)),
                f"{sum(float(np.ptp(s.t)) for s in streams) / 60:.1f}",
                f"{len({s.group for s in streams})} {unit}" if unit else "seen by every network",
            )
            for name, (streams, unit) in rows.items()
        ),
    )
    drawn = ", ".join(f"{FOLDS * count} {kind}" for kind, count in counts.items())
    return (
        f"{table}\n\nFrom these, examples of up to 8 s are drawn: {drawn}. Clips stand between "
        "other things, at 25 to 120 frames/s, with frames, joints and people lost, sides exchanged "
        "and skeletons turned over. None of the data is in this repository; most of it states no "
        "licence."
    )


def _accuracy(scores: Scores) -> str:
    rows = ((name, *_share(found)) for name, found in scores.stresses.items())
    return (
        f"{FOLDS} networks, none of which has seen the athletes, videos and sequences that it is "
        "asked about; the shipped one is trained on all. What is drawn for training was chosen by "
        "scores of earlier networks on the same folds. Clips named rightly "
        f"{1000 * ASKED_S:.0f} ms after the landing:\n\n{_table(('clips', 'right', '%'), rows)}"
    )


def _by_athlete(scores: Scores) -> str:
    rows = ((name, *_share(found)) for name, found in sorted(scores.athletes.items()))
    wrong = ", ".join(scores.wrong[:_WRONG]) or "none"
    if len(scores.wrong) > _WRONG:
        wrong += f" and {len(scores.wrong) - _WRONG} others"
    return f"{_table(('athlete', 'right', '%'), rows)}\n\nTaken for something else: {wrong}."


def _others(scores: Scores) -> str:
    rows = (
        ("filmed backflips, other videos", *_share(scores.filmed)),
        ("simulated elements, other athletes", *_share(scores.simulated)),
    )
    return _table(("elements", "right", "%"), rows)


def _calls(scores: Scores) -> str:
    sets: dict[str, Sequence[Call]] = {
        "videos": scores.videos,
        "Penn Action": scores.penn,
        "simulated": scores.lookalikes,
    }
    counts = (
        (name, str(len(calls)), *(str(_above(calls, p)) for p in (_LIKELY, 0.8, 0.95)))
        for name, calls in sets.items()
    )
    every = [(call.probability, name, call) for name, calls in sets.items() for call in calls]
    closest = sorted(every, key=lambda one: -one[0])[:_CLOSEST]
    rows = (
        (name, call.name, call.kind, f"{call.probability:.2f}", f"{call.at_s:.1f} s")
        for _, name, call in closest
    )
    head = ("what is neither", "streams", "above 0.5", "above 0.8", "above 0.95")
    return (
        f"The highest probability of an element that is held for {1000 * HELD_S:.0f} ms, in "
        f"streams that the network has not seen:\n\n{_table(head, counts)}\n\nThe closest calls:"
        f"\n\n{_table(('set', 'stream', 'taken for', 'probability', 'at'), rows)}"
    )


def _above(calls: Sequence[Call], probability: float) -> int:
    return sum(call.probability > probability for call in calls)


def _share(found: Sequence[bool]) -> tuple[str, str]:
    return f"{sum(found)} of {len(found)}", f"{100 * float(np.mean(found)):.1f}" if found else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
