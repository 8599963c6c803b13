"""The pose worker: a process that asks stations for frames and gives poses back."""

from __future__ import annotations

import argparse
import math
import os
import signal
import socket as network
import sys
import time
from collections.abc import Sequence
from contextlib import closing

import numpy as np

from models.pose import engines
from models.pose.errors import EngineError, WeightsError
from models.pose.protocol import CameraFrame, PoseEstimator
from realtime import exits
from realtime.messages import SLOWEST_S
from realtime.options.pose import EngineChoice, add_options, chosen
from realtime.transport import names
from realtime.transport.curve import Credentials
from realtime.transport.link import LinkError
from realtime.transport.serving import complain, serve

_WARM_UP = -1  # a camera that no station has
_NICE = 10


def warm_up(estimator: PoseEstimator, stations: int = 1) -> float:
    """The first inference is slow, and that of every number of frames where they are compiled for
    it (powers of two); spend it before frames are asked for. Returns the seconds that a frame of
    each of so many `stations` takes after that.

    Raises EngineError when the engine is so slow that no station would wait for it.
    """
    blank = CameraFrame(np.zeros((720, 1280, 3), np.uint8), _WARM_UP)
    count = 1
    while count <= estimator.batch:
        estimator.estimate([blank] * count)
        count *= 2
    call_s = min(_seconds(estimator, [blank] * estimator.batch) for _ in range(2))
    estimator.forget(_WARM_UP)
    round_s = call_s * math.ceil(stations / estimator.batch)
    if round_s > SLOWEST_S:
        mend = "serve fewer stations" if stations > 1 else f"take --engine {engines.DEFAULT}"
        raise EngineError(
            f"engine {estimator.name}: {round_s:.0f} s for a frame of each station on this "
            f"machine, expected at most {SLOWEST_S:g} s; give a smaller --net-size, or {mend}"
        )
    return round_s


def _seconds(estimator: PoseEstimator, frames: Sequence[CameraFrame]) -> float:
    begin = time.perf_counter()
    estimator.estimate(frames)
    return time.perf_counter() - begin


def run(
    choice: EngineChoice,
    endpoints: Sequence[str],
    *,
    identity: str | None = None,
    lifeline: int | None = None,
    keys: Sequence[Credentials | None] = (),
) -> int:
    """Open the engine and serve; the exit code. One line on stderr when that cannot be.

    An engine that fails at work is no bad input: the reason may pass, as when another program has
    taken the memory.
    """
    # A signal to the whole group must not take a station's workers away before it has ended.
    interrupt = signal.default_int_handler if lifeline is None else signal.SIG_IGN
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    identity = identity or names.identity(network.gethostname(), str(os.getpid()))
    try:
        with closing(engines.open_engine(choice.engine, choice.options)) as estimator:
            round_s = warm_up(estimator, len(endpoints))
            return serve(
                estimator,
                endpoints,
                identity,
                round_s=round_s,
                longest_side=engines.longest_side(choice.engine, choice.options),
                lifeline=lifeline,
                keys=keys,
            )
    except (EngineError, WeightsError, LinkError) as error:
        complain(error)
        return exits.BAD_INPUT


def _yield_to_station() -> None:
    """The station's threads need a processor for less than a millisecond at a time, and must not
    wait behind a network that keeps all of them busy, nor be interrupted by it."""
    os.nice(_NICE)
    if hasattr(os, "SCHED_BATCH"):  # Linux
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def main() -> int:
    """The command a station starts: `python -m realtime.worker`."""
    parser = argparse.ArgumentParser(prog="python -m realtime.worker")
    parser.add_argument("--connect", required=True, action="append", metavar="ENDPOINT")
    parser.add_argument("--identity")
    add_options(parser)
    options = parser.parse_args()
    _yield_to_station()
    return run(
        chosen(options),
        options.connect,
        identity=options.identity,
        lifeline=sys.stdin.fileno(),
    )


if __name__ == "__main__":
    sys.exit(main())
