"""`fliptally explain gym`: what the thesis's networks respond to, as pictures and as a page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2

from models.gym.thesis import Design
from realtime import exits
from realtime.commands.gym_data import (
    COPIES_BY_ATHLETE,
    chosen_designs,
    epochs_bar,
    load_recordings,
    need_keras,
    settings,
    write_text,
)
from realtime.sources.errors import SourceError


def gym(options: argparse.Namespace) -> int:
    """Train on all athletes but one, then draw what he makes the neurons do."""
    need_keras()
    from models.gym.explain.activations import watch  # noqa: PLC0415 - Keras takes seconds to load
    from models.gym.explain.page import page  # noqa: PLC0415
    from models.gym.explain.strips import picture  # noqa: PLC0415

    recordings = load_recordings(options)
    designs = chosen_designs(options)
    how = settings(options, COPIES_BY_ATHLETE)
    _make(options.out)
    with epochs_bar(len(designs) * options.epochs) as (bar, task):

        def progress(design: Design) -> None:
            bar.update(task, description=design.title, advance=1)

        try:
            shown, watched = watch(designs, recordings, how, options.athlete, progress)
        except ValueError as error:  # nobody else to train on
            raise SourceError(str(error)) from None
    for each in watched:
        path = options.out / f"{each.design.name}.png"
        if not cv2.imwrite(str(path), picture(each, shown)):
            raise SourceError(f"{path}: cannot be written")
        sys.stdout.write(
            f"{path}: {each.design.title}, {each.right} of {len(shown.labels)} recordings of "
            f"{shown.athlete} right\n"
        )
    path = options.out / "activations.html"
    write_text(path, page(watched, shown))
    sys.stdout.write(f"{path}: all of it, to open in a browser\n")
    return exits.DONE


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(
            f"--out {folder}: cannot be made ({error.strerror}); give another folder"
        ) from None
