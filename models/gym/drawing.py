"""A sheet that shows what each step of the preparation does to a recording."""

from __future__ import annotations

import textwrap
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from models.gym.augmentation import augment
from models.gym.dataset import Recording
from models.gym.preparation import JOINTS, Points, Preparation, Step, never_seen, steps
from models.skeleton import BODY_25, convert

Image = NDArray[np.uint8]
"""(height, width, 3) BGR."""

Floats = NDArray[np.floating]
_Colour = tuple[int, int, int]

_WIDTH, _HEAD, _ROW, _MARGIN = 1680, 76, 236, 24
_TEXT_W, _CELL_W, _MOMENTS = 290, 112, 8
_TRACE_X = _MARGIN + _TEXT_W + _MOMENTS * _CELL_W + 56
_PAPER, _INK, _PALE, _RULE = (252, 252, 252), (40, 40, 40), (150, 150, 150), (215, 215, 215)
_LEFT, _RIGHT, _TRUNK = (190, 110, 20), (40, 90, 215), (70, 70, 70)
_NEW, _GAP = (60, 140, 40), (60, 60, 220)
_SIDES = ("left", "right")
_BONES = (
    *((("nose", "neck"), _TRUNK), (("neck", "mid_hip"), _TRUNK)),
    *(
        ((f"{side}_{a}" if a not in ("neck", "mid_hip") else a, f"{side}_{b}"), colour)
        for side, colour in zip(_SIDES, (_LEFT, _RIGHT), strict=True)
        for a, b in (
            *(("neck", "shoulder"), ("shoulder", "elbow"), ("elbow", "wrist")),
            *(("mid_hip", "hip"), ("hip", "knee"), ("knee", "ankle")),
            *(("ankle", "heel"), ("heel", "toe"), ("ankle", "toe")),
        )
    ),
)
_MID_HIP = BODY_25.index("mid_hip")
_MEANS = ("centred mean", "trailing mean")
_COPIES, _SEED = 3, 0
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def preparation_sheet(
    recording: Recording, preparation: Preparation, frames: int | None = None
) -> Image:
    """One row for each step: what it does in words and numbers, the skeleton at eight moments, and
    the joint that is missed most often over time, grey as it was before the step. Raises ValueError
    where nobody is seen.

    The last rows are the zero padding to `frames` (None: a quarter more than there are) and three
    copies with limbs turned at random, always the same.
    """
    sheet = _Sheet(recording, preparation)
    done = steps(recording, preparation)
    sheet.row(done[0], None)
    for before, after in pairwise(done):
        sheet.row(after, before)
    sheet.verdict()
    sheet.padding(done[-1].points, frames)
    if preparation.joints15:
        sheet.copies(done[-1].points)
    return sheet.image()


class _Panel(NamedTuple):
    """Where one coordinate is drawn over time, and its values at the lower and upper edge."""

    x: int
    y: int
    width: int
    height: int
    bottom: float
    top: float
    frames: int

    def place(self, frame: float, value: float) -> tuple[int, int]:
        share = (value - self.top) / (self.bottom - self.top or 1.0)
        return (
            round(self.x + frame / max(self.frames - 1, 1) * self.width),
            round(self.y + share * self.height),
        )


class _Sheet:
    """Rows that are added from the top downwards."""

    def __init__(self, recording: Recording, preparation: Preparation) -> None:
        self._recording, self._preparation = recording, preparation
        body = convert(recording.keypoints, recording.skeleton, BODY_25)
        self._seen = np.asarray(body[..., 2] > preparation.low)
        if not self._seen.any():
            raise ValueError(f"{recording.name}: nobody is seen in it; give another recording")
        self._joint = int(np.argmin(self._seen[:, : len(JOINTS)].sum(axis=0)))
        self._moments = np.linspace(0, len(recording) - 1, _MOMENTS).round().astype(int)
        below = body[..., 1] - body[:, _MID_HIP, None, 1]
        reach = np.abs(below[self._seen & self._seen[:, _MID_HIP, None]])
        tallest = float(np.percentile(reach, 98)) if len(reach) else 1.0
        self._scale = (_ROW / 2 - 18) / max(tallest, 1.0)
        self._rows: list[Image] = [self._head()]

    def image(self) -> Image:
        return np.concatenate(self._rows)

    def row(self, step: Step, before: Step | None) -> None:
        """What `step` does to what was there `before`; None: the first."""
        row = _blank(step.name, self._says(step, before))
        seen = self._known(raw=before is None)
        self._skeletons(row, [step.points], seen)
        grey = before.points if before and step.name in ("filled", *_MEANS) else None
        self._trace(row, [step.points], grey, seen, _NEW if before else _TRUNK)
        self._rows.append(row)

    def verdict(self) -> None:
        """A line on whether the recording is kept."""
        never = never_seen(self._recording, self._preparation)
        line = np.full((44, _WIDTH, 3), _PAPER, np.uint8)
        if never:
            verb = "dropped" if self._preparation.drop else "kept all the same"
            text = f"{verb}; never seen: {', '.join(never)}"
        else:
            text = "kept: every joint is seen at some time"
        _write(line, text, (_MARGIN, 28), _GAP if never else _NEW, 0.6)
        cv2.line(line, (_MARGIN, 0), (_WIDTH - _MARGIN, 0), _RULE, 1, cv2.LINE_AA)
        self._rows.append(line)

    def padding(self, points: Points, frames: int | None) -> None:
        """`points` with zeros after them."""
        frames = max(len(points), round(1.25 * len(points)) if frames is None else frames)
        more = frames - len(points)
        row = _blank("zero padding", f"zeros after the {len(points)} frames, here up to {frames}")
        seen = self._known(raw=False)
        self._skeletons(row, [points], seen)
        zeros = np.zeros((more, *points.shape[1:]), np.float32)
        long = np.concatenate([seen, np.ones((more, seen.shape[1]), bool)])
        self._trace(row, [np.concatenate([points, zeros])], None, long, _NEW)
        self._rows.append(row)

    def copies(self, points: Points) -> None:
        """`points` with limbs turned at random."""
        made = list(augment(points, np.random.default_rng(_SEED), _COPIES))
        way = float(np.median([np.linalg.norm(copy - points, axis=-1) for copy in made]))
        row = _blank(
            "augmentation",
            f"{_COPIES} copies; every limb is turned by its own 0 to 15 degrees, the same in all "
            f"frames; joints move by {way:.0f} px (median)",
        )
        seen = self._known(raw=False)
        self._skeletons(row, made, seen)
        self._trace(row, made, points, seen, _NEW)
        self._rows.append(row)

    def _known(self, *, raw: bool) -> NDArray[np.bool_]:
        """Which joints there are, as recorded or after the steps."""
        if raw or not self._preparation.fill:
            return self._seen
        return np.broadcast_to(self._seen.any(axis=0), self._seen.shape)

    def _head(self) -> Image:
        head = np.full((_HEAD, _WIDTH, 3), _PAPER, np.uint8)
        r = self._recording
        told = f"{r.label}, {r.subject}, {len(r)} frames at {r.fps:.4g} fps, {r.skeleton.name}"
        (width, _), _ = cv2.getTextSize(r.name, _FONT, 0.9, 1)
        _write(head, r.name, (_MARGIN, 38), _INK, 0.9)
        _write(head, told, (_MARGIN + width + 24, 38), _PALE, 0.5)
        for i, frame in enumerate(self._moments):
            x = _MARGIN + _TEXT_W + round((i + 0.5) * _CELL_W) - 20
            _write(head, f"{r.t[frame] - r.t[0]:.2f} s", (x, 70), _PALE, 0.45)
        for i, (side, colour) in enumerate(zip(_SIDES, (_LEFT, _RIGHT), strict=True)):
            _write(head, f"{side} side", (_MARGIN + 100 * i, 70), colour, 0.5)
        joint = BODY_25.joints[self._joint].replace("_", " ")
        text = f"{joint}, px, over time; red: not seen"
        _write(head, text, (_TRACE_X, 70), _PALE, 0.5)
        return head

    def _says(self, step: Step, before: Step | None) -> str:
        if before is None:
            unseen = 1 - self._seen[:, : len(JOINTS)].mean()
            return f"{100 * unseen:.0f} % of the 15 joints are not seen, and are zeros"
        if step.points.shape != before.points.shape:
            return f"instead of {before.points.shape[1]}: without face, heels and toes"
        way = np.linalg.norm(step.points - before.points, axis=-1)
        if step.name == "filled":
            filled = np.count_nonzero(self._known(raw=False) & ~self._seen)
            return (
                f"{filled} of {self._seen.size} key points: the mean of the one before and the "
                "next that is seen"
            )
        if step.name == "centred":
            x, y = (before.points - step.points)[self._seen[:, _MID_HIP].argmax(), _MID_HIP]
            return f"the first mid-hip, at {x:.0f}, {y:.0f}, is the origin of all frames"
        return (
            f"of three frames: joints move by {np.median(way):.1f} px (median), at most "
            f"{way.max():.0f}"
        )

    def _skeletons(self, row: Image, versions: list[Points], seen: NDArray[np.bool_]) -> None:
        for i, frame in enumerate(self._moments):
            middle = np.array([_MARGIN + _TEXT_W + (i + 0.5) * _CELL_W, _ROW / 2])
            known = seen[frame, : versions[0].shape[1]]
            if not known.any():
                continue
            one = versions[0][frame]
            centre = one[_MID_HIP] if known[_MID_HIP] else np.median(one[known], axis=0)
            for points in versions:
                places = ((points[frame] - centre) * self._scale + middle).round().astype(int)
                _bones(row, places, known, thick=2 if len(versions) == 1 else 1)

    def _trace(
        self,
        row: Image,
        versions: list[Points],
        before: Points | None,
        seen: NDArray[np.bool_],
        colour: _Colour,
    ) -> None:
        """x and y of the joint, with gaps where it is not `seen`; in grey as it was `before`."""
        known = seen[:, self._joint]
        height = (_ROW - 56) // 2
        for axis, name in enumerate("xy"):
            was = self._seen[:, self._joint] if len(versions) == 1 else known
            drawn = [one[known, self._joint, axis] for one in versions]
            if before is not None:
                drawn.append(before[was, self._joint, axis])
            values = np.concatenate(drawn)
            ends = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
            bottom, top = ends if name == "x" else ends[::-1]  # up is to the right, or up
            x = _TRACE_X + 44
            panel = _Panel(
                *(x, 22 + axis * (height + 14), _WIDTH - x - _MARGIN, height),
                bottom=bottom,
                top=top,
                frames=len(versions[0]),
            )
            self._axes(row, panel, name)
            if before is not None:
                _line(row, panel, np.where(was, before[:, self._joint, axis], np.nan), _RULE, 4)
            for one in versions:
                _line(row, panel, np.where(known, one[:, self._joint, axis], np.nan), colour, 2)

    def _axes(self, row: Image, panel: _Panel, name: str) -> None:
        for value, down in ((panel.bottom, 0), (panel.top, 10)):
            _, y = panel.place(0, value)
            _write(row, f"{value:.0f}", (_TRACE_X - 14, y + down), _PALE, 0.38)
        if min(panel.bottom, panel.top) < 0 < max(panel.bottom, panel.top):
            start, end = panel.place(0, 0), panel.place(panel.frames - 1, 0)
            cv2.line(row, start, end, _RULE, 1, cv2.LINE_AA)
        _write(row, name, (_TRACE_X - 14, panel.y + panel.height // 2 + 6), _PALE, 0.45)
        for frame in np.flatnonzero(~self._seen[:, self._joint]):
            x, y = panel.place(float(frame), panel.bottom)
            cv2.line(row, (x, y + 3), (x, y + 7), _GAP, 2)


def _blank(title: str, text: str) -> Image:
    row = np.full((_ROW, _WIDTH, 3), _PAPER, np.uint8)
    cv2.line(row, (_MARGIN, 0), (_WIDTH - _MARGIN, 0), _RULE, 1, cv2.LINE_AA)
    _write(row, title, (_MARGIN, 34), _INK, 0.65)
    for i, part in enumerate(textwrap.wrap(text, 32)):
        _write(row, part, (_MARGIN, 64 + 22 * i), _PALE, 0.48)
    return row


def _bones(row: Image, places: NDArray[np.int_], known: NDArray[np.bool_], thick: int) -> None:
    for (a, b), colour in _BONES:
        i, k = BODY_25.index(a), BODY_25.index(b)
        if max(i, k) < len(places) and known[i] and known[k]:
            start, end = (tuple(map(int, places[j])) for j in (i, k))
            cv2.line(row, start, end, colour, thick, cv2.LINE_AA)


def _line(row: Image, panel: _Panel, values: Floats, colour: _Colour, thick: int) -> None:
    """`values` (T,), with gaps where they are NaN."""
    known = np.isfinite(values)
    for i in np.flatnonzero(known[:-1] & known[1:]):
        start, end = (panel.place(float(k), float(values[k])) for k in (i, i + 1))
        cv2.line(row, start, end, colour, thick, cv2.LINE_AA)


def _write(image: Image, text: str, at: tuple[int, int], colour: _Colour, size: float) -> None:
    cv2.putText(image, text, at, _FONT, size, colour, 1, cv2.LINE_AA)
