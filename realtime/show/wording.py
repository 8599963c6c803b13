"""The same words for the same things on every display."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from realtime.marks import Beep, Click, Edit, Event, Expected, Fault, Jump, Lock, Mark, Miss, Ruling
from realtime.show.snapshot import Link, Snapshot

UNOFFICIAL = "unofficial count"


def clock(seconds: float) -> str:
    """A stopwatch: `0:17.4`, with hours `1:02:03.4`; tenths are cut off, not rounded."""
    tenths = int(max(seconds, 0.0) * 10 + 1e-6)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{tenths // 10:02d}.{tenths % 10}"


def lasting(seconds: float) -> str:
    """A length of time in its largest unit or two: `12 s`, `3 min 20 s`, `2 h 5 min`."""
    minutes, rest = divmod(int(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def time_of(mark: Mark) -> float:
    """The moment a mark is about, seconds: contact, start of the element, time of the fault."""
    return mark.start_s if isinstance(mark, Event | Expected) else mark.time_s


def describe(mark: Mark) -> str:
    """A mark in words, without its time."""
    match mark:
        case Jump():
            words = f"jump {mark.foot}" if mark.foot != "both" else "jump both feet"
            words = "double under" if mark.turns == 2 else words
        case Miss():
            words = "miss"
        case Event() | Expected():
            words = performed(mark)
        case Fault():
            frames = "frame" if mark.frames_lost == 1 else "frames"
            lost = f", {mark.frames_lost} {frames} lost" if mark.frames_lost else ""
            words = f"! {one_line(mark.what)}{lost}"
        case Lock():
            words = f"following athlete {mark.athlete}: {mark.why}"
        case Beep():
            words = f"{mark.kind} beep ({mark.heard})"
        case Click():
            words = f"{one_line(mark.judge)} {mark.by:+d}"
        case Ruling():
            many = "as the machine says" if mark.count is None else f"{mark.count}"
            words = f"{mark.what}: {many}, by {one_line(mark.who)}"
        case Edit():
            thing = f"edit {mark.edit}" if mark.action == "undo" else mark.what
            words = f"{mark.action} {thing}, by {one_line(mark.who)}"
    return words


def performed(mark: Event | Expected) -> str:
    """An element that was done, in capitals, or that seems to be."""
    if isinstance(mark, Expected):
        return f"{mark.kind}?  in the air, said {mark.emitted_s:.2f} s"
    return f"{mark.kind.upper()}  landed {mark.end_s:.2f} s, {measured(mark)}"


def measured(event: Event) -> str:
    """How sure an event is, and how it was done: time in the air, height of the lowest joint, mean
    rotation."""
    if event.airtime_s is None or event.clearance is None or event.rotation_deg_s is None:
        return f"confidence {event.confidence:.0%}"  # recorded before they were measured
    return (
        f"{event.confidence:.0%}, air {event.airtime_s:.2f} s, {event.clearance:.2f} legs, "
        f"{event.rotation_deg_s:.0f} deg/s"
    )


def dated(mark: Mark) -> str:
    """A mark in words after its time, seconds in a column of ten."""
    return f"{time_of(mark):8.2f} s  {describe(mark)}"


def rates(snapshot: Snapshot) -> str:
    """Frames per second in and processed."""
    return f"{snapshot.fps_in:.1f} fps in, {snapshot.fps_processed:.1f} processed"


def latency(snapshot: Snapshot) -> str:
    """Latency in whole milliseconds, a dash until it is measured."""
    return (
        f"latency p50 {_milliseconds(snapshot.latency_p50_ms)}, "
        f"p95 {_milliseconds(snapshot.latency_p95_ms)} ms"
    )


def analysis(snapshot: Snapshot) -> str:
    """For how many people the analysis works, and what a frame costs it."""
    cost = "-" if snapshot.analysis_ms is None else f"{snapshot.analysis_ms:.1f}"
    people = "person" if snapshot.analysed == 1 else "people"
    return f"{snapshot.analysed} {people}, analysis {cost} ms"


def drops(links: Sequence[Link], width: int) -> str:
    """Frames dropped on every link, with the frames that went in if that fits `width`."""
    full = "   ".join(f"{link.name} {link.dropped} of {link.frames}" for link in links)
    short = ", ".join(f"{link.name} {link.dropped}" for link in links)
    text = f"dropped  {full}"
    return text if cell_len(text) <= width else f"dropped {short}"


def status(snapshot: Snapshot) -> str:
    """The state in one line; at the end, the result."""
    count = (
        f"{snapshot.elapsed_s:8.2f} s  {snapshot.state}  {snapshot.jumps} jumps "
        f"(R {snapshot.right}, L {snapshot.left})"
    )
    if snapshot.state == "ended":
        return count
    return (
        f"{count}  {snapshot.cadence:.1f}/s  "
        f"{snapshot.fps_processed:.1f} of {snapshot.fps_in:.1f} fps, {snapshot.dropped} dropped  "
        f"athlete {'seen' if snapshot.athlete_seen else 'NOT SEEN'}"
    )


def one_line(text: str) -> str:
    """`text`, as long as it is, with a blank for every control character."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
