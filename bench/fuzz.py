"""Random and mutated messages on every socket that leaves a process.

`python -m bench.fuzz [--messages N] [--seed N]` prints for each socket how many were sent, what it
cost in memory (resident, before and after; before is after a hundredth of the messages, so that
what is allocated once is there), and what went on meanwhile. It exits with 1 when something broke.

The socket between capture and channel is within one process: nobody else can send to it.
"""

from __future__ import annotations

import argparse
import gc
import os
import socket as network
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, redirect_stderr, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import zmq
from rich.console import Console
from rich.table import Table

from bench.fuzz_attackers import Nobody
from bench.machine import resident_bytes
from realtime.feed import FrameFeed
from realtime.observations import Observed
from realtime.publishing.publisher import Publisher
from realtime.publishing.viewer import Viewer
from realtime.scoreboard import Scoreboard
from realtime.show.dashboard import render
from realtime.sources.protocol import Frame, SourceInfo
from realtime.supervision.states import StateChange
from realtime.transport.link import LinkError
from realtime.transport.serving import serve

_FPS = 60.0
_WARM_UP = 100  # a part of so many messages, first
_INFO = SourceInfo("pictures", 64, 48, _FPS)
SHORT_S = 2.0
HEALED_S = 3.0
GROWTH = 30e6
"""Bytes; a process that keeps a tenth of what came would have grown more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`told` is how often something was said of it; `rate` (per second) what went on meanwhile, of
    `normal` before and `again` soon after (None: it goes on in an attack only)."""

    socket: str
    sent: int
    seconds: float
    before: int
    after: int
    went_on: str
    rate: float
    normal: float | None
    again: float | None
    told: int

    @property
    def broke(self) -> bool:
        """Whether it grew, or does not go on."""
        return self.after - self.before > GROWTH or self.again == 0


class Pictures:
    """A camera without an end, 60 per second."""

    def __init__(self) -> None:
        self.info = _INFO
        self.live = True
        self._image = np.zeros((48, 64, 3), np.uint8)
        self._begin = time.monotonic()
        self._count = 0

    def read(self) -> Frame:
        self._count += 1
        t = self._count / _FPS
        time.sleep(max(self._begin + t - time.monotonic(), 0.0))
        return Frame(t, self._image, time.monotonic())

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


class _Attack:
    """A process that sends `count` messages; `lifeline` is readable when it has ended."""

    def __init__(self, kind: str, endpoint: str, count: int, seed: int) -> None:
        arguments = [kind, endpoint, str(count), str(seed)]
        self._begin = time.monotonic()
        self.lifeline, its = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.fuzz_attackers", *arguments],
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[its],
        )
        os.close(its)

    @property
    def goes_on(self) -> bool:
        return self._process.poll() is None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begin

    def sent(self) -> int:
        """How many it has sent. Raises RuntimeError when it broke."""
        said, _ = self._process.communicate()
        os.close(self.lifeline)
        if self._process.returncode:
            raise RuntimeError("the attacker broke; nothing was measured")
        return int(said)


class _Quiet:
    """So many seconds without an attack, from now on."""

    lifeline = None

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def goes_on(self) -> bool:
        return time.monotonic() < self._end


_During = _Attack | _Quiet


def _free_endpoint() -> str:
    with network.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


def _command(endpoints: Sequence[str], identity: str) -> list[str]:
    return [sys.executable, "-m", "bench.fuzz_attackers", "work", endpoints[0], identity]


def station(count: int, seed: int) -> Outcome:
    """The socket of a station to its workers, with a worker of its own that works on."""

    def poses(during: _During) -> tuple[float, int]:
        begin, seen, told = time.monotonic(), 0, 0
        while during.goes_on:
            for observation in feed.poll(0.02):
                seen += isinstance(observation, Observed)
                told += isinstance(observation, StateChange) and observation.is_fault
        return seen / (time.monotonic() - begin), told

    with closing(
        FrameFeed(Pictures(), command=_command, endpoint="tcp://127.0.0.1:*", workers=1)
    ) as feed:
        attacks = partial(_Attack, "station", feed.endpoint)
        return _measured("station to workers", attacks, count, seed, ("poses", poses))


def a_worker(count: int, seed: int) -> Outcome:
    """The socket of a worker to a station that is none; it is started again when it gives up."""

    def starts(during: _During) -> tuple[float, int]:
        begin, served = time.monotonic(), 0
        while during.goes_on:
            with suppress(LinkError):  # it gives up, as it should
                serve(Nobody(), [endpoint], f"w{served}", lifeline=during.lifeline)
            served += 1
        return served / (time.monotonic() - begin), served

    endpoint = _free_endpoint()
    attacks = partial(_Attack, "worker", endpoint)
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        name = "worker to its station"
        return _measured(name, attacks, count, seed, ("times started", starts), otherwise=False)


def publisher(count: int, seed: int) -> Outcome:
    """The socket on which events are published, with a viewer who hears on."""

    def states(during: _During) -> tuple[float, int]:
        begin, seen = time.monotonic(), 0
        while during.goes_on:
            while socket.poll(20):
                socket.recv_multipart()
                seen += 1
        return seen / (time.monotonic() - begin), len(told)

    told: list[StateChange] = []
    endpoint = _free_endpoint()
    context: zmq.Context[zmq.SyncSocket] = zmq.Context()
    with closing(Publisher(endpoint)) as published, context, context.socket(zmq.SUB) as socket:
        published.start(Scoreboard(_INFO, "live").snapshot, tell=told.append)
        socket.setsockopt(zmq.SUBSCRIBE, b"state")
        socket.connect(endpoint)
        attacks = partial(_Attack, "publisher", endpoint)
        return _measured("events, published", attacks, count, seed, ("states", states))


def viewer(count: int, seed: int) -> Outcome:
    """The socket of `fliptally watch`, which draws what it hears."""

    def pictures(during: _During) -> tuple[float, int]:
        begin, drawn = time.monotonic(), 0
        while during.goes_on:
            render(seen.snapshots[0](), 80, 24)
            drawn += 1
            time.sleep(0.05)
        return drawn / (time.monotonic() - begin), 0

    endpoint = _free_endpoint()
    with Viewer([endpoint], [None]) as seen:
        attacks = partial(_Attack, "viewer", endpoint)
        return _measured("events, watched", attacks, count, seed, ("pictures", pictures))


def _measured(
    socket: str,
    attacks: Callable[[int, int], _Attack],
    count: int,
    seed: int,
    what: tuple[str, Callable[[_During], tuple[float, int]]],
    *,
    otherwise: bool = True,
) -> Outcome:
    """`what` goes on meanwhile: its name, and what gives how often it does per second and how often
    something was told; `otherwise`: it goes on without an attack too."""
    went_on, meanwhile = what
    normal = again = None
    if otherwise:
        meanwhile(_Quiet(SHORT_S))
        normal, _ = meanwhile(_Quiet(SHORT_S))
    first = attacks(count // _WARM_UP, seed + 1)
    meanwhile(first)
    first.sent()
    gc.collect()
    before = resident_bytes()
    attack = attacks(count, seed)
    rate, told = meanwhile(attack)
    seconds = attack.seconds
    if otherwise:
        meanwhile(_Quiet(HEALED_S))
        again, _ = meanwhile(_Quiet(SHORT_S))
    gc.collect()
    memory = before, resident_bytes()
    return Outcome(socket, attack.sent(), seconds, *memory, went_on, rate, normal, again, told)


_GOES_ON = ("went on", "/s before", "meanwhile", "after it")
SOCKETS = (station, a_worker, publisher, viewer)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=100_000, metavar="N", help="on each socket")
    parser.add_argument("--seed", type=int, default=8)
    options = parser.parse_args()
    table = Table(title=f"{options.messages} messages, seed {options.seed}")
    for name in (*("socket", "sent", "s", "MB before", "after"), *_GOES_ON, "told"):
        table.add_column(name, justify="left" if name in {"socket", "went on"} else "right")
    rows = [attacked(options.messages, options.seed) for attacked in SOCKETS]
    for row in rows:
        memory = (f"{row.before / 1e6:.1f}", f"{row.after / 1e6:.1f}")
        rates = ("" if r is None else f"{r:.1f}" for r in (row.normal, row.rate, row.again))
        told = row.went_on, *rates, str(row.told)
        table.add_row(row.socket, str(row.sent), f"{row.seconds:.0f}", *memory, *told)
    Console(width=120).print(table)
    return int(any(row.broke for row in rows))


if __name__ == "__main__":
    sys.exit(main())
