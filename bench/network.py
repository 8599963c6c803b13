"""A pose worker on another machine: `python -m bench.network [--delay-ms 15]`, as root on Linux.

Station and worker (BlazePose, real) run in two network namespaces, with a line between them that is
throttled; frames of 720p come at 60 a second. Printed for each line, after it has settled: how the
frames are sent and at what rate the line was measured, poses a second, the time from a frame to its
poses, and the processor time of the station's side. `--delay-ms` puts as much into each direction,
where the kernel has netem. What goes wrong ends with the message of `ip` or `tc`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import numpy as np
import zmq
from rich.console import Console
from rich.table import Table

from bench.transport import pictures
from models.pose import engines
from models.pose.options import PoseOptions
from models.pose.protocol import Image
from realtime.messages import FrameHeader, encode, to_ns
from realtime.observations import Observed
from realtime.supervision.states import StateChange
from realtime.transport.channel import FrameChannel
from realtime.transport.serving import serve
from realtime.worker import warm_up

FPS = 60.0
LINES: tuple[float | None, ...] = (None, 300.0, 100.0, 20.0, 5.0)
"""Mbit/s."""
_SPACE, _HERE, _THERE = "fliptally", "ftally0", "ftally1"
_STATION, _WORKER = "10.77.31.1", "10.77.31.2"
_SETTLE_S, _COUNTED_S = 10.0, 6.0


def _do(command: str) -> None:
    subprocess.run(command.split(), check=True)


@contextmanager
def spaces() -> Iterator[None]:
    """Another namespace, with a pair of devices to it."""
    _do(f"ip netns add {_SPACE}")
    try:
        _do(f"ip link add {_HERE} type veth peer name {_THERE} netns {_SPACE}")
        _do(f"ip addr add {_STATION}/24 dev {_HERE}")
        _do(f"ip link set {_HERE} up")
        _do(f"ip -n {_SPACE} addr add {_WORKER}/24 dev {_THERE}")
        _do(f"ip -n {_SPACE} link set {_THERE} up")
        yield
    finally:
        _do(f"ip netns del {_SPACE}")


def throttle(mbit: float | None, delay_ms: float) -> None:
    """The line from the station to the worker; both ways delayed."""
    subprocess.run(f"tc qdisc del dev {_HERE} root".split(), stderr=subprocess.DEVNULL, check=False)
    if delay_ms:
        rate = f" rate {mbit:g}mbit" if mbit else ""
        _do(f"tc qdisc replace dev {_HERE} root netem delay {delay_ms:g}ms limit 10000{rate}")
        _do(f"tc -n {_SPACE} qdisc replace dev {_THERE} root netem delay {delay_ms:g}ms")
    elif mbit:
        # As small a burst as lets the rate through: a frame must not pass in one.
        burst = max(3000, round(mbit * 125))
        _do(f"tc qdisc add dev {_HERE} root tbf rate {mbit:g}mbit burst {burst} latency 200ms")


@dataclass
class Station:
    """The station's end, fed by a thread in the place of a camera."""

    context: zmq.Context[zmq.SyncSocket]
    images: list[Image]
    latencies: list[float] = field(default_factory=list)
    told: str = ""

    def __post_init__(self) -> None:
        self.channel = FrameChannel(
            self.context,
            capture_address="inproc://capture",
            endpoint=f"tcp://{_STATION}:*",
            lossless=False,
            window=2,
        )
        self._stop = threading.Event()
        self._capture = threading.Thread(target=self._film)

    def _film(self) -> None:
        with self.context.socket(zmq.PUSH) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.SNDHWM, 1)
            socket.connect("inproc://capture")
            begin = time.monotonic()
            for number in range(1 << 30):
                self._stop.wait(max(0.0, begin + number / FPS - time.monotonic()))
                if self._stop.is_set():
                    return
                now = to_ns(time.monotonic())
                header = FrameHeader(number, to_ns(number / FPS), now, 1280, 720)
                pixels = self.images[number % len(self.images)].copy().data.cast("B")
                if socket.poll(100, zmq.POLLOUT):
                    socket.send_multipart([encode(header), pixels], copy=False)

    def run(self, seconds: float) -> list[float]:
        """Seconds from frame to poses of all that come meanwhile."""
        latencies = []
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            for observation in self.channel.poll(0.02):
                if isinstance(observation, Observed) and observation.captured_at is not None:
                    latencies.append(time.monotonic() - observation.captured_at)
                elif isinstance(observation, StateChange) and observation.why:
                    self.told = observation.why.partition(": ")[2]
            if not self._capture.ident and self.channel.hello:
                self._capture.start()
                end = now + seconds
        return latencies

    def close(self) -> None:
        self._stop.set()
        if self._capture.ident:
            self._capture.join()
        self.channel.close()


def measure(mbit: float | None, delay_ms: float, images: list[Image]) -> list[str]:
    throttle(mbit, delay_ms)
    with zmq.Context() as context, closing(Station(context, images)) as station:
        command = ["ip", "netns", "exec", _SPACE, sys.executable, "-m", "bench.network"]
        with subprocess.Popen(
            [*command, "--serve", station.channel.endpoint], stdout=subprocess.DEVNULL
        ) as worker:
            station.run(_SETTLE_S)
            used = time.process_time()
            latencies = station.run(_COUNTED_S)
            used = time.process_time() - used
            station.close()
            worker.terminate()  # the last word may not get through in time
    times = np.percentile(latencies, (50, 95)) if latencies else (np.nan, np.nan)
    return [
        "as it is" if mbit is None else f"{mbit:g} Mbit/s",
        station.told or "frames as at first",
        f"{len(latencies) / _COUNTED_S:.1f}",
        *(f"{1000 * value:.1f}" for value in times),
        f"{100 * used / _COUNTED_S:.0f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        choice = PoseOptions(threads=2)
        with closing(engines.open_engine(engines.DEFAULT, choice)) as engine:
            longest_side = engines.longest_side(engines.DEFAULT, choice)
            round_s = warm_up(engine)
            serve(engine, [options.serve], "far", round_s=round_s, longest_side=longest_side)
        return
    table = Table(title="a pose worker in another network namespace, 720p at 60 a second")
    columns = ("line", "how frames are sent", "poses/s", "p50 ms", "p95 ms", "CPU here %")
    for column in columns:
        table.add_column(column, justify="left" if column in columns[:2] else "right")
    images = pictures()
    with spaces():
        for mbit in LINES:
            table.add_row(*measure(mbit, options.delay_ms, images))
    Console().print(table)


if __name__ == "__main__":
    main()
