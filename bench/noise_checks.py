"""Do simulated key points pass for real ones: to the flip rule, and to a classifier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.rotation import around_events
from models.simulation.noise.model import KeypointNoise
from models.simulation.noise.recordings import Recording
from models.simulation.noise.reference import seen_leg
from models.simulation.staging import build_scene
from models.skeleton import BODY, Keypoints, Skeleton, convert
from realtime.marks import Event, EventKind
from realtime.recognise.flips import FlipRecogniser
from realtime.stream.body import BodyStream

Floats = NDArray[np.float64]
_SEEDS = range(20)
_HELD_S = 0.1
_SPAN_S = 0.5
_RIDGE = 1.0
_STEPS = 30
_FOLDS = 5
_PARTS = {
    part: [i for i, joint in enumerate(BODY.joints) if joint.endswith(part)]
    for part in ("nose", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "toe")
}


def flip_kinds(keypoints: Keypoints, skeleton: Skeleton, t: Floats) -> list[EventKind]:
    """What the flip rule says of key points (T, J, 3) at times (T,)."""
    body, rule = BodyStream(skeleton), FlipRecogniser(evidence="kinematics")
    kinds: list[EventKind] = []
    for frame, (now, person) in enumerate(zip(t, keypoints, strict=True)):
        there = person if person[:, 2].any() else None
        marks = rule.update(body.update(frame, float(now), there))
        kinds += [mark.kind for mark in marks if isinstance(mark, Event)]
    return kinds + [mark.kind for mark in rule.finish() if isinstance(mark, Event)]


def flip_table(held: Sequence[Recording], noise: KeypointNoise) -> Table:
    """Recordings of which the rule says one event of the right kind, and no other."""
    table = Table("recordings", "backflips", "handsprings", title="flip rule right (OpenPose)")
    sets: dict[str, list[tuple[str, Keypoints, Floats, Skeleton]]] = {
        "real, held out": [(_kind(r), r.keypoints, r.t, r.skeleton) for r in held],
        "the same truth, model's noise": [
            (_kind(r), noise.apply(r.true, r.t, np.random.default_rng(i)), r.t, noise.skeleton)
            for i, r in enumerate(held)
        ],
        f"the same, the end held for {_HELD_S} s": [
            (_kind(r), noise.apply(r.true, r.t, np.random.default_rng(i)), r.t, noise.skeleton)
            for i, r in enumerate(map(_held, held))
        ],
        "simulated athlete, model's noise": [*_scenes(noise, 1.0)],
        "simulated athlete, no noise": [*_scenes(noise, 0.0)],
    }
    for name, recordings in sets.items():
        right, count = Counter[str](), Counter[str]()
        for kind, keypoints, t, skeleton in recordings:
            count[kind] += 1
            right[kind] += flip_kinds(keypoints, skeleton, t) == [kind]
        table.add_row(name, *(f"{right[k]}/{count[k]}" for k in ("backflip", "handspring")))
    return table


def _held(recording: Recording) -> Recording:
    """The recordings end while the athlete lands; here the last truth lasts a little longer."""
    step = float(np.median(np.diff(recording.t)))
    more = np.arange(step, _HELD_S + step / 2, step)
    return replace(
        recording,
        true=np.concatenate([recording.true, np.repeat(recording.true[-1:], len(more), axis=0)]),
        t=np.concatenate([recording.t, recording.t[-1] + more]),
    )


def _kind(recording: Recording) -> str:
    return "backflip" if recording.name.startswith("backflip") else "handspring"


def _scenes(
    noise: KeypointNoise, scale: float
) -> Iterable[tuple[str, Keypoints, Floats, Skeleton]]:
    for kind in ("backflip", "handspring"):
        for seed in _SEEDS:
            scene = build_scene(kind, fps=60.0, seed=seed)
            frames = around_events(scene)
            true = np.array([scene.joints(i) for i in frames])
            t = np.array([scene.time(i) for i in frames])
            rng = np.random.default_rng(seed)
            yield kind, noise.apply(true, t, rng, scale), t, noise.skeleton


def features(recording: Recording) -> tuple[list[str], Floats]:
    """Names, and summaries (n, features) of each half second: how the joints shake, are lost and
    sure, and how the trunk and the limbs change."""
    body = convert(recording.keypoints, recording.skeleton, BODY)
    leg = seen_leg(body)
    step = float(np.median(np.diff(recording.t)))
    span = max(round(_SPAN_S / step), 4)
    rows, names = [], []
    for begin in range(0, len(body) - span + 1, span):
        part = body[begin : begin + span].astype(np.float64)
        seen = part[..., 2] > 0
        xy = np.where(seen[..., None], part[..., :2], np.nan) / leg
        row: dict[str, float] = {}
        for name, joints in _PARTS.items():
            shake = np.linalg.norm(np.diff(xy[:, joints], n=2, axis=0), axis=-1)
            shake = shake[np.isfinite(shake)]
            for q in (25, 50, 90):
                row[f"shake {name} p{q}"] = _percentile(np.log(shake + 1e-3), q)
            row[f"lost {name}"] = float((~seen[:, joints]).mean())
            row[f"changes {name}"] = float(np.abs(np.diff(seen[:, joints], axis=0)).mean())
            sure = part[:, joints, 2]
            row[f"confidence {name}"] = float(sure[sure > 0].mean()) if sure.any() else 0.0
            row[f"confidence steps {name}"] = float(np.abs(np.diff(sure, axis=0)).mean())
        shank = np.linalg.norm(xy[:, _PARTS["knee"]] - xy[:, _PARTS["ankle"]], axis=-1)
        shank = shank[np.isfinite(shank)]
        row["shank varies"] = float(shank.std()) if len(shank) else 0.0
        apart = np.linalg.norm(np.diff(xy[:, _PARTS["hip"]], axis=1), axis=-1)
        row["hips apart"] = _percentile(apart[np.isfinite(apart)], 50)
        names = list(row)
        rows.append(list(row.values()))
    return names, np.array(rows).reshape(len(rows), -1)


def _percentile(values: Floats, q: float) -> float:
    return float(np.percentile(values, q)) if len(values) else -7.0


def discriminator(real: Sequence[Recording], made: Sequence[Recording], console: Console) -> float:
    """Share of half seconds that logistic regression calls real or simulated rightly (balanced), in
    recordings it was not trained on; prints the single summaries that tell most."""
    parts, labels, groups = [], [], []
    names: list[str] = []
    for label, recordings in enumerate((made, real)):
        for i, one in enumerate(recordings):
            names, rows = features(one)
            if len(rows):
                parts.append(rows)
                labels += [label] * len(rows)
                groups += [i % _FOLDS] * len(rows)
    x, y, fold = np.concatenate(parts), np.array(labels), np.array(groups)
    x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-6)
    right = np.zeros(len(y))
    for k in range(_FOLDS):
        weights = _logistic(x[fold != k], y[fold != k])
        right[fold == k] = ((x[fold == k] @ weights[:-1] + weights[-1]) > 0) == y[fold == k]
    accuracy = float(np.mean([right[y == label].mean() for label in (0, 1)]))
    alone = {
        name: _area(column[y == 1], column[y == 0]) for name, column in zip(names, x.T, strict=True)
    }
    telling = sorted(alone, key=lambda n: -abs(alone[n] - 0.5))[:8]
    console.print(
        f"told apart: {100 * accuracy:.0f} % of {len(y)} half seconds (50 = not at all); most by "
        + ", ".join(f"{n} ({alone[n]:.2f})" for n in telling)
    )
    return accuracy


def _logistic(x: Floats, y: NDArray[np.int_]) -> Floats:
    """Weights and bias of ridge logistic regression, by Newton's method."""
    x = np.column_stack([x, np.ones(len(x))])
    weights = np.zeros(x.shape[1])
    ridge = _RIDGE * np.eye(len(weights))
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (p - y) + ridge @ weights
        weights -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, gradient)
    return weights


def _area(one: Floats, other: Floats) -> float:
    """The chance that a value of `one` is above one of `other` (area under the ROC curve)."""
    return float((np.sign(one[:, None] - other).mean() + 1) / 2)
