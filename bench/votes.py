"""Whether a second vote beside the jump counter would pay: `python -m bench.votes --tracks DIR`.

DIR as for `bench.counting`; the labelled clips of jumping, with their sound and their pictures.
First the clicks of the rope in the sound (`votes_clicks`), then the flow around the legs
(`votes_flow`), each against the labels, with the median offset from them taken off: the best that
a vote could be calibrated to. With jumps 140 ms apart any beat of the cadence is mostly right, so
beside each F1 is that of the same beats with their intervals shuffled. Last, what each vote has
right that the counter has wrong, and the other way round; beside them, what the counter's own
decoder says before it is asked whether this is rope jumping.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder, timed_pictures
from bench.counting import STEP_KINDS, Track, count, poses, read_all, score
from bench.votes_clicks import HOP_S, STRETCH_S, clicks, flux, hop_times, rhythm, usual
from bench.votes_flow import beats, flows
from bench.votes_scores import (
    CLICK_S,
    Vote,
    against,
    aligned,
    attempt,
    f1,
    shuffled,
    slack,
    spans,
    within,
)
from realtime.judge.sound.soundtrack import SoundTrack, sound_of
from realtime.recognise.gait import FOOT, gait_row
from realtime.recognise.hopping import BODY_Y, FEET, HopDetector, hop_row
from realtime.recognise.resample import Resampler
from realtime.recognise.stride import STEP_S
from realtime.recognise.switching import SwitchDetector
from realtime.stream.ring import Floats

ON_THE_BEAT = 0.1
"""A spacing that differs by less than this part is the cadence."""
QUIET = 0.4
"""In a stretch whose sound repeats at the cadence at least so strongly the hall is quiet. Chosen
after the first look at these clips: what is gated by it is the most that can be hoped for."""
_BEFORE_S = 2.5  # of the flow, so that the decoder has begun


def heard(track: Track) -> Vote | None:
    """The clicks in a clip's sound; None where it has none."""
    sound = sound_of(_film(track))
    if sound is None:
        return None
    values = flux(sound.between(0.0, float(track.t[-1])), SoundTrack.RATE)
    return Vote(track, aligned(clicks(values), track.labels), values)


def flowing(track: Track) -> Vote:
    """The beats of the flow around the legs, from a little before the attempt to its end."""
    begin, end = attempt(track)
    flow = flows(
        timed_pictures(str(_film(track))), poses(track), begin - _BEFORE_S, end + _BEFORE_S
    )
    times = beats(flow, track.kind not in STEP_KINDS)
    return Vote(track, aligned(times, track.labels), np.zeros(0))


def unasked(track: Track) -> Vote:
    """The beats of the counter's own decoder of the key points, whatever they look like, from a
    little before the attempt to its end."""
    steps = track.kind in STEP_KINDS
    detector: SwitchDetector | HopDetector = SwitchDetector() if steps else HopDetector()
    resampler, found = Resampler(STEP_S), list[float]()
    for pose in poses(track):
        row = gait_row(pose) if steps else hop_row(pose)
        if np.isfinite(row[FOOT] if steps else row[FEET] + row[BODY_Y]):
            taken = (detector.update(t, one) for t, one in resampler.push(pose.t, row))
            found += [beat.t for beat in taken if beat is not None]
    begin, end = attempt(track)
    times = np.array([t for t in found if begin - _BEFORE_S <= t <= end + _BEFORE_S])
    return Vote(track, aligned(times, track.labels), np.zeros(0))


def rhythms(vote: Vote) -> tuple[float, float, float, float, float]:
    """Of all stretches in the attempt: the part whose sound repeats at the cadence, and the mean
    strength of the strongest repetition, then that outside. The part that is quiet, and the F1 of
    the clicks within that."""
    track, n = vote.track, round(STRETCH_S / HOP_S)
    times = hop_times(len(vote.flux))
    on, inside, outside = list[bool](), list[float](), list[float]()
    quiet = np.zeros(len(times), np.bool_)
    for begin in range(0, len(times) - n + 1, n // 2):
        ends = times[[begin, begin + n - 1]]
        lag, strength = rhythm(vote.flux[begin : begin + n])
        jumping = within(ends, track, CLICK_S)
        if jumping.all():
            inside.append(strength)
            on.append(_at_cadence(lag, track, ends))
            quiet[begin : begin + n] |= on[-1] and strength >= QUIET
        elif not jumping.any():
            outside.append(strength)
    heard, labels = (
        one[np.interp(one, times, quiet) > 0.5] for one in (vote.inside(CLICK_S), track.labels)
    )
    part = float(quiet[within(times, track, 0.0)].mean())
    gated = f1(heard, labels, CLICK_S)[2] if len(labels) else float("nan")
    return _mean(on), _mean(inside), _mean(outside), part, gated


def _at_cadence(lag: float, track: Track, ends: Floats) -> bool:
    """Whether sounds `lag` seconds apart are one jump apart, or two, as the feet sound unlike; of a
    double under, half a jump or one. False where there are no labels."""
    labels = track.labels[(track.labels >= ends[0]) & (track.labels <= ends[1])]
    if len(labels) < 3:
        return False
    jumps = lag / float(np.median(np.diff(labels)))
    wanted = (0.5, 1) if track.kind == "double_under" else (1, 2)
    return any(abs(jumps / one - 1) < ON_THE_BEAT for one in wanted)


def clicks_table(tracks: Sequence[Track], votes: Sequence[Vote | None]) -> Table:
    table = Table("clip", "on the beat", "r in", "r out", "quiet", "F1 there", "peak/usual")
    for name in ("precision", "recall", "F1", "shuffled", "a second in", "out"):
        table.add_column(name)
    table.title = "clicks of the rope"
    for track, vote in zip(tracks, votes, strict=True):
        if vote is None:
            table.add_row(track.name, "no sound")
            continue
        inside, seconds = vote.inside(CLICK_S), sum(b - a for a, b in spans(track))
        rates = len(inside) / seconds, (len(vote.times) - len(inside)) / (track.t[-1] - seconds)
        scores = (*f1(inside, track.labels, CLICK_S), shuffled(inside, track.labels, CLICK_S))
        scores = scores if len(track.labels) else (np.nan,) * 4
        figures = (*rhythms(vote), _contrast(vote), *scores, *rates)
        table.add_row(track.name, *(f"{v:.2f}" for v in figures))
    return table


def beats_table(title: str, tracks: Sequence[Track], votes: Sequence[Vote]) -> Table:
    names = ("labels", "inside", "outside", "precision", "recall", "F1", "shuffled")
    table = Table("clip", *names, title=title)
    for track, vote in zip(tracks, votes, strict=True):
        near = slack(track)
        inside = vote.inside(near)
        scores = (*f1(inside, track.labels, near), shuffled(inside, track.labels, near))
        shown = [f"{v:.2f}" for v in scores] if len(track.labels) else []
        outside = len(vote.times) - len(inside)
        table.add_row(track.name, str(track.expected), str(len(inside)), str(outside), *shown)
    return table


def bound_table(
    title: str,
    tracks: Sequence[Track],
    votes: Sequence[Vote | None],
    tolerance: Callable[[Track], float],
) -> Table:
    """A row per clip with labels, as `against` has them, and the total; `error` is the counter's
    inside the attempt."""
    names = ("clip", "error", "missed", "voted for", "wrong", "voted against", "unsure")
    table = Table(*names, "vote right", "trust right", "spoilt", "added", title=title)
    rows = []
    for track, vote in zip(tracks, votes, strict=True):
        jumps = count(track)
        error = score(track, jumps).error
        if vote is None or not len(track.labels):
            table.add_row(track.name, f"{error:+d}", "no vote" if vote is None else "no labels")
            continue
        rows.append(against(track, jumps, vote, tolerance(track)))
        table.add_row(track.name, f"{error:+d}", *map(str, rows[-1]))
    table.add_row("total", "", *map(str, np.sum(rows, axis=0)))
    return table


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _contrast(vote: Vote) -> float:
    """How far the upper tenth of the flux stands over the usual, inside the attempt."""
    inside = within(hop_times(len(vote.flux)), vote.track, 0.0)
    values, floor = vote.flux[inside], usual(vote.flux)[inside]
    return float(np.percentile(values, 90) / max(float(np.median(floor)), 1e-9))


def _film(track: Track) -> Path:
    return data_folder() / "rope" / "videos" / f"{track.name}.mp4"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=Path, required=True, help="folder of key-point files")
    tracks, _ = read_all(parser.parse_args().tracks)
    console = Console(width=150)
    sounds, flowed = [heard(track) for track in tracks], [flowing(track) for track in tracks]
    own = [unasked(track) for track in tracks]
    console.print(clicks_table(tracks, sounds))
    console.print(beats_table("flow around the legs", tracks, flowed))
    console.print(beats_table("the counter's decoder, unasked", tracks, own))
    console.print(bound_table("counter and clicks", tracks, sounds, lambda _: CLICK_S))
    console.print(bound_table("counter and flow", tracks, flowed, slack))
    console.print(bound_table("counter and its decoder, unasked", tracks, own, slack))


if __name__ == "__main__":
    main()
