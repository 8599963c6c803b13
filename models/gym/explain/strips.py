"""Neurons over time as a picture, in the way of the thesis's figures 5.9 to 5.11: red for -1, green
for 1, four lines of half a second for single recordings, then all recordings side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from models.gym.dataset import LABELS, Recording
from models.gym.explain.activations import Neurons, Shown, Watched

Image = NDArray[np.uint8]
"""(height, width, 3) BGR."""

SAMPLES = 3
"""Recordings of each kind that are drawn one by one."""
LINE = 30
"""Frames of one line: half a second of the thesis's recordings."""
_BLUE = 128
_CELL, _NEURON, _INDEX = 21, 16, 15
_LABEL_W, _MARGIN, _GAP, _HEAD = 132, 28, 36, 110
_THIN = 5
_PAPER, _INK, _PALE = (252, 252, 252), (40, 40, 40), (120, 120, 120)
_GREY, _WRONG = (200, 200, 200), (40, 40, 220)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def colours(states: NDArray[np.floating]) -> Image:
    """(..., 3) BGR of states -1 to 1, as the thesis's appendix has them: the redder the lower, the
    greener the higher, blue always 128."""
    score = (np.clip(states, -1, 1) + 1) / 2
    bgr = np.stack([np.full_like(score, _BLUE), 255 * score, 255 * (1 - score)], axis=-1)
    return bgr.astype(np.uint8)


def picture(watched: Watched, shown: Shown) -> Image:
    """All of one network: `SAMPLES` recordings of each kind frame by frame, then all of them."""
    kinds = [np.flatnonzero(shown.labels == label) for label in range(len(LABELS))]
    columns = [
        [_sample(watched, shown, int(row)) for row in rows[:SAMPLES]]
        + [_overview(watched, shown, rows)]
        for rows in kinds
        if len(rows)
    ]
    body = _beside([_stacked(column, _GAP) for column in columns], _GAP)
    sheet = _stacked([_heading(watched, shown, body.shape[1]), body], 0)
    height, width = sheet.shape[:2]
    image = _paper(height + 2 * _MARGIN, width + 2 * _MARGIN)
    image[_MARGIN : _MARGIN + height, _MARGIN : _MARGIN + width] = sheet
    return image


def _heading(watched: Watched, shown: Shown, width: int) -> Image:
    image = _paper(_HEAD, width)
    _text(image, watched.design.title, (0, 26), 0.9, _INK)
    said = (
        f"Trained on {shown.others} other athletes; of {len(shown.labels)} recordings of "
        f"{shown.athlete} it says {watched.right} right. Two neurons a layer: red -1, grey 0, "
        "green 1. A line is 30 frames; black: take-off and landing; right of the white line the "
        "recording has ended and is padded with zeros."
    )
    other = next((n.sees for n in watched.neurons if n.sees != n.part), None)
    if other:
        said += f" * as coded: this layer is given the {other}."
    for i, line in enumerate(textwrap.wrap(said, width // 9)):
        _text(image, line, (0, 54 + 20 * i), 0.45, _PALE)
    return image


def _sample(watched: Watched, shown: Shown, row: int) -> Image:
    """One recording, in lines of `LINE` frames with their numbers above and the parts beside."""
    recording = shown.recordings[row]
    frames = shown.inputs.shape[1]
    lines = [
        _line(watched, row, range(start, min(start + LINE, frames)), recording)
        for start in range(0, frames, LINE)
    ]
    probability = watched.probabilities[row]
    said = int(probability.argmax())
    title = _paper(26, lines[0].shape[1])
    _text(title, recording.name, (0, 15), 0.5, _INK)
    verdict = f"says {LABELS[said]} ({probability[said]:.2f})"
    colour = _PALE if said == shown.labels[row] else _WRONG
    _text(title, verdict, (_LABEL_W + 250, 15), 0.45, colour)
    return _stacked([title, *lines], 6)


def _line(watched: Watched, row: int, frames: range, recording: Recording) -> Image:
    count = sum(neurons.states.shape[2] for neurons in watched.neurons)
    image = _paper(_INDEX + count * _NEURON, _LABEL_W + LINE * _CELL)
    width = len(frames) * _CELL
    image[:_INDEX, _LABEL_W : _LABEL_W + width] = _GREY
    for i, frame in enumerate(frames):
        _text(image, str(frame), (_LABEL_W + i * _CELL + 1, 11), 0.31, _INK)
    y = _INDEX
    for neurons in watched.neurons:
        _text(image, _labelled(neurons), (0, y + 13), 0.38, _INK)
        states = neurons.states[row, frames.start : frames.stop].T
        cells = colours(states).repeat(_NEURON, axis=0).repeat(_CELL, axis=1)
        image[y : y + len(cells), _LABEL_W : _LABEL_W + width] = cells
        image[y, _LABEL_W : _LABEL_W + width] = _PAPER
        y += len(cells)
    for mark, colour in (
        (recording.takeoff, (0, 0, 0)),
        (recording.landing, (0, 0, 0)),
        (len(recording), (255, 255, 255)),
    ):
        if mark is not None and mark in frames:
            x = _LABEL_W + (mark - frames.start) * _CELL
            cv2.line(image, (x, _INDEX), (x, image.shape[0]), colour, 2)
    return image


def _overview(watched: Watched, shown: Shown, rows: NDArray[np.intp]) -> Image:
    """All of `rows`, one below the other, for each neuron."""
    frames, width = shown.inputs.shape[1], LINE * _CELL
    axis = _paper(26 + _INDEX, _LABEL_W + width)
    _text(axis, f"all {len(rows)} {LABELS[shown.labels[rows[0]]]}s", (0, 15), 0.5, _INK)
    for frame in range(0, frames, LINE):
        _text(axis, str(frame), (_LABEL_W + frame * width // frames, 38), 0.38, _INK)
    blocks = [axis]
    height = len(rows) * _THIN
    for neurons in watched.neurons:
        for unit in range(neurons.states.shape[2]):
            block = _paper(height, _LABEL_W + width)
            cells = colours(neurons.states[rows, :, unit])
            block[:, _LABEL_W:] = cv2.resize(
                cells, (width, height), interpolation=cv2.INTER_NEAREST
            )
            if unit == 0:
                _text(block, _labelled(neurons), (0, 13), 0.38, _INK)
            blocks.append(block)
    return _stacked(blocks, 3)


def _labelled(neurons: Neurons) -> str:
    return neurons.part if neurons.part == neurons.sees else f"{neurons.part}*"


def _paper(height: int, width: int) -> Image:
    return np.full((height, width, 3), _PAPER, np.uint8)


def _stacked(images: Sequence[Image], gap: int) -> Image:
    width = max(image.shape[1] for image in images)
    parts: list[Image] = []
    for image in images:
        wide = _paper(image.shape[0], width)
        wide[:, : image.shape[1]] = image
        parts += [wide, _paper(gap, width)]
    return np.concatenate(parts[:-1])


def _beside(images: Sequence[Image], gap: int) -> Image:
    height = max(image.shape[0] for image in images)
    parts: list[Image] = []
    for image in images:
        tall = _paper(height, image.shape[1])
        tall[: image.shape[0]] = image
        parts += [tall, _paper(height, gap)]
    return np.concatenate(parts[:-1], axis=1)


def _text(
    image: Image, text: str, at: tuple[int, int], size: float, colour: tuple[int, int, int]
) -> None:
    cv2.putText(image, text, at, _FONT, size, colour, 1, cv2.LINE_AA)
