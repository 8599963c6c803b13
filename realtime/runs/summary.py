"""What was found, in a few lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from models.simulation.truth import Truth
from realtime.marks import EventKind, whole_jumps
from realtime.record.document import SessionDocument

_FEW = 0.01
"""A share of missing frames that costs no count (5 % was measured to cost none)."""


def describe_run(document: SessionDocument) -> list[str]:
    """What became of the frames, and what to think of the result; counts and events are the
    display's to say."""
    frames = document.frames
    lines = [
        f"{frames.processed} of {frames.captured} frames processed, {frames.dropped} dropped, "
        f"{frames.lost} lost"
    ]
    if frames.dropped + frames.lost > _FEW * frames.captured:
        lines.append("the count may be incomplete: frames are missing")
    others = [other for other in document.athletes[1:] if other.jumps]
    lines += [f"athlete {other.id}, who was not meant: {other.jumps} jumps" for other in others]
    if not document.athletes:
        lines.append("nobody was seen")
    elif not document.jumps and not document.events:
        lines.append(
            "nothing was counted: jumps over a rope, backflips and back handsprings are, of "
            "somebody whose feet are in the picture; in a crowd, give the place: "
            "--zone x,y,width,height"
        )
    return lines


def compare(truth: Truth, document: SessionDocument) -> tuple[bool, str]:
    """Whether the count of the athlete who is meant is the truth of the scene, in a word and in a
    line."""
    meant = document.athletes[0].id if document.athletes else None
    whole = whole_jumps([*document.jumps, *document.misses])
    feet: Counter[str] = Counter(jump.foot for jump in whole if jump.athlete == meant)
    kinds = [event.kind for event in document.events if event.athlete == meant]
    same = feet == _feet(truth) and kinds == _recognised(truth)
    return same, f"counted: {_listed(feet, kinds)}, {'as' if same else 'NOT as'} expected"


def describe_truth(truth: Truth) -> str:
    """The truth of a simulated scene in one line."""
    return _listed(_feet(truth), _recognised(truth))


def _feet(truth: Truth) -> Counter[str]:
    """The jumps by foot."""
    return Counter(jump.foot for jump in truth.jumps)


def _recognised(truth: Truth) -> list[str]:
    """The kinds of the elements that are to be recognised; all others are to be passed over."""
    return [event.kind for event in truth.events if event.kind in get_args(EventKind)]


def _listed(feet: Counter[str], kinds: Sequence[str]) -> str:
    both = f", {feet['both']} both" if feet["both"] else ""
    jumps = f"{feet.total()} jumps ({feet['right']} right, {feet['left']} left{both})"
    events = Counter(kinds)
    return jumps + "".join(f", {n} {k}{'s' if n > 1 else ''}" for k, n in sorted(events.items()))
