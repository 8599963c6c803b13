"""What was found, in a few lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from models.simulation.motion import Truth
from models.simulation.scene import Scene
from realtime.record.document import SessionDocument


def describe_frames(document: SessionDocument) -> str:
    """What became of the frames, in one line; counts and events are the display's to say."""
    frames = document.frames
    text = (
        f"{frames.processed} of {frames.captured} frames processed, {frames.dropped} dropped, "
        f"{frames.lost} lost"
    )
    return text if document.athletes else f"{text}; nobody was seen"


def describe_scene(scene: Scene) -> str:
    """The truth of a simulated scene in one line."""
    return f"scene: {_truth(scene.truth)}"


def compare(truth: Truth, document: SessionDocument) -> tuple[bool, str]:
    """Whether the count is the truth of the scene, and both in lines."""
    feet = Counter(jump.foot for jump in document.jumps)
    kinds = [event.kind for event in document.events]
    same = feet == Counter(jump.foot for jump in truth.jumps)
    same &= kinds == [event.kind for event in truth.events]
    counted = _counts(len(document.jumps), feet.elements()) + _events(kinds)
    verdict = "equal" if same else "NOT equal"
    return same, f"truth:   {_truth(truth)}\ncounted: {counted}\n{verdict}"


def _truth(truth: Truth) -> str:
    counts = _counts(len(truth.jumps), (jump.foot for jump in truth.jumps))
    return counts + _events(event.kind for event in truth.events)


def _counts(jumps: int, feet: Iterable[str]) -> str:
    count = Counter(feet)
    return f"{jumps} jumps ({count['right']} right, {count['left']} left)"


def _events(kinds: Iterable[str]) -> str:
    count = Counter(kinds)
    return "".join(f", {n} {kind}{'s' if n > 1 else ''}" for kind, n in sorted(count.items()))
