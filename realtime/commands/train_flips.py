"""`fliptally train flips`: the live network, judged and then trained on everything."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from models.pose.modules import is_installed
from models.recordings.errors import KeypointsError
from realtime import exits
from realtime.commands.gym_data import data_folder, need_keras
from realtime.recognise.flip_network import body_rows
from realtime.sources.errors import SourceError

if TYPE_CHECKING:
    from models.gym.live.corpus import Corpus
    from models.gym.live.shipping import Settings

_SETTINGS = ("examples", "simulated", "steps", "seed", "jobs")


def flips(options: argparse.Namespace) -> int:
    """Write weights, flatbuffer and card, and print the card."""
    need_keras()
    from models.gym.live import shipping  # noqa: PLC0415 - Keras takes seconds to load
    from models.litert import ExportError  # noqa: PLC0415

    settings = shipping.Settings(**_given(options))
    _check(settings)
    known = _corpus(options)
    if not is_installed("tensorflow"):
        raise SourceError(
            "training: tensorflow, which writes the LiteRT file, is not installed; "
            "run: pip install --upgrade 'fliptally[train]'"
        )
    try:
        shipping.ship(
            known, body_rows, options.out, command=_command(options), settings=settings, told=_tell
        )
    except ExportError as error:
        raise SourceError(str(error)) from None
    except OSError as error:
        raise SourceError(f"{options.out}: cannot be written ({error.strerror})") from None
    sys.stdout.write((options.out / f"{shipping.NAME}.md").read_text("utf-8"))
    return exits.DONE


def _corpus(options: argparse.Namespace) -> Corpus:
    from models.gym.live import corpus  # noqa: PLC0415

    data: Path = options.data or data_folder()
    try:
        known = corpus.load(data, options.tracks)
    except KeypointsError as error:
        raise SourceError(f"training data: {error}") from None
    except OSError as error:
        raise SourceError(
            f"{error.filename}: {error.strerror}; expected the folders gym, flips and penn_action "
            f"in {data}; give theirs with --data"
        ) from None
    if not (known.gym and known.filmed and known.neither and known.penn):
        raise SourceError(
            f"{options.tracks}: expected the folders rope, flips and other with key points of "
            f"videos; run: python -m bench.tracks {options.tracks}"
        )
    return known


def _given(options: argparse.Namespace) -> dict[str, int]:
    given = {name: getattr(options, name) for name in _SETTINGS}
    return {name: value for name, value in given.items() if value is not None}


def _check(settings: Settings) -> None:
    from models.gym.live.shipping import FRESH  # noqa: PLC0415

    if settings.simulated <= FRESH:
        raise SourceError(
            f"--simulated {settings.simulated}: expected more than {FRESH}, which are kept to "
            "judge by"
        )


def _command(options: argparse.Namespace) -> str:
    given = (f" --{name} {value}" for name, value in _given(options).items() if name != "jobs")
    return f"fliptally train flips --tracks DIR{''.join(given)}"


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
