"""What training and explaining share: the recordings, how they are prepared, Keras, the progress
that is shown."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from models.gym.dataset import Recording, load
from models.gym.preparation import Preparation
from models.gym.thesis import DESIGNS, Design
from models.pose.modules import is_installed
from realtime.sources.errors import SourceError

if TYPE_CHECKING:
    from models.gym.protocols import Settings

COPIES_BY_ATHLETE = 10
"""Augmented copies of each recording that are trained on where athletes are held apart."""
_NEEDED = ("keras", "jax")
_MEND = "run: pip install --upgrade 'fliptally[train]'"


def need_keras() -> None:
    """Raises SourceError where networks cannot be trained here."""
    absent = next((name for name in _NEEDED if not is_installed(name)), None)
    if absent:
        raise SourceError(f"training: {absent} is not installed; {_MEND}")
    backend = os.environ.get("KERAS_BACKEND") or "jax"
    if backend != "jax":
        raise SourceError(f"training: KERAS_BACKEND is {backend}, expected jax; unset it")


def load_recordings(options: argparse.Namespace) -> list[Recording]:
    """Of `--data`. Raises SourceError for a data set that is absent, KeypointsError for a damaged
    one."""
    folder: Path = options.data or data_folder() / "gym"
    if not folder.is_dir():
        raise SourceError(
            f"{folder}: no such folder; expected a data set of gymnastic elements; give one with "
            "--data, or make one with fliptally data import"
        )
    return load(folder)


def data_folder() -> Path:
    """The real recordings, where `--data` names no others."""
    return Path(os.environ.get("FLIPTALLY_DATA") or Path("..", "shared", "data"))


def named(recordings: Sequence[Recording], name: str) -> Recording:
    """Raises SourceError where there is none."""
    for recording in recordings:
        if recording.name == name:
            return recording
    raise SourceError(
        f"{name}: no such recording; expected one of {len(recordings)} as {recordings[0].name}"
    )


def preparation(options: argparse.Namespace) -> Preparation:
    """The steps that the command line leaves on."""
    return Preparation(
        fill=not options.no_fill,
        smooth=None if options.smooth == "none" else options.smooth,
        drop=not options.keep_all,
        centre=not options.no_centre,
        joints15=not options.all_joints,
    )


def chosen_designs(options: argparse.Namespace) -> list[Design]:
    """The networks that `--network` names, once each."""
    return [DESIGNS[name] for name in dict.fromkeys(options.network or DESIGNS)]


def settings(options: argparse.Namespace, copies: int) -> Settings:
    """How to train; `copies` unless the command line says how many."""
    from models.gym.protocols import Settings  # noqa: PLC0415 - Keras takes seconds to load

    return Settings(
        copies=copies if options.copies is None else options.copies,
        repetitions=options.repetitions,
        epochs=options.epochs,
        seed=options.seed,
        preparation=preparation(options),
    )


def write_text(path: Path, text: str) -> None:
    """Raises SourceError where that cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{path}: cannot be written ({error.strerror})") from None


@contextmanager
def epochs_bar(total: int) -> Iterator[tuple[Progress, TaskID]]:
    """Epochs done of `total`, where somebody looks."""
    columns = (
        *(BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()),
        TextColumn("{task.description}"),
    )
    console = Console(stderr=True)
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with bar:
        yield bar, bar.add_task("", total=total)
