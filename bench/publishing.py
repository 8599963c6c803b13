"""What publishing costs the station, and how soon a subscriber has a mark.

    python -m bench.publishing [--marks 2000]

A thread as the station's says marks at 60 a second's pace (ten times what an athlete does) while
the state is published as always. Subscribers are other processes: none, one, ten, and ten of which
five are suspended. Printed: what a mark costs the station's thread, from the mark to the
subscriber (both on the machine's monotonic clock), the processor time of publishing, memory, and
what a suspended subscriber missed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zmq
from rich.console import Console
from rich.table import Table

from bench.dashboard import attempt
from bench.machine import resident_bytes
from realtime.marks import Jump
from realtime.publishing.publisher import Publisher

_PACE_HZ = 60.0
_WARM_S = 1.0
_QUIET_MS = 3000


@dataclass(frozen=True, slots=True)
class Heard:
    """What one subscriber got: how long after they were said, and how many numbers are missing."""

    delays_ms: list[float]
    missed: int


def listen(endpoint: str) -> None:
    """Until the end; prints what was heard as JSON."""
    context: zmq.Context[zmq.SyncSocket] = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.connect(endpoint)
    for wanted in ("mark", "hello", "end"):
        socket.subscribe(wanted)
    delays, last = [], -1
    missed = 0
    while socket.poll(_QUIET_MS):
        topic, line = socket.recv_multipart()
        now = time.monotonic()
        said = json.loads(line)
        if topic == b"hello":
            print("there", flush=True)
        elif topic == b"mark":
            missed += said["seq"] - last - 1
            last = said["seq"]
            delays.append((now - said["mark"]["emitted_s"]) * 1e3)
        else:
            missed += said["marks"] - last - 1
            break
    print(json.dumps({"delays_ms": delays, "missed": missed}), flush=True)


@contextmanager
def subscribers(endpoint: str, count: int) -> Iterator[Sequence[subprocess.Popen[str]]]:
    """That many, each in its own process, all connected."""
    command = [sys.executable, "-m", "bench.publishing", "--listen", endpoint]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    try:
        for each in started:
            if each.stdout is None or not each.stdout.readline():
                raise RuntimeError("a subscriber did not start")
        yield started
    finally:
        for each in started:
            each.kill()
            each.wait()
            if each.stdout is not None:
                each.stdout.close()


def heard(subscriber: subprocess.Popen[str]) -> Heard:
    """What it prints at the end."""
    lines, _ = subscriber.communicate()
    return Heard(**json.loads(lines.splitlines()[-1]))


def measure(folder: Path, count: int, suspended: int, marks: int) -> Sequence[str]:
    """A row of the table: `count` subscribers, of which some are `suspended`."""
    endpoint = f"ipc://{folder}/{count}-{suspended}"
    publisher = Publisher(endpoint)
    snapshot = attempt(150.0)
    publisher.start(lambda: snapshot)
    with subscribers(endpoint, count) as all_of_them:
        slow, quick = all_of_them[:suspended], all_of_them[suspended:]
        for each in slow:
            os.kill(each.pid, signal.SIGSTOP)
        time.sleep(_WARM_S)
        before, cpu, begin = resident_bytes(os.getpid()), time.process_time(), time.monotonic()
        costs = say(publisher, marks)
        share = (time.process_time() - cpu - sum(costs)) / (time.monotonic() - begin)
        grown = resident_bytes(os.getpid()) - before
        publisher.close()
        delays = [ms for each in quick for ms in heard(each).delays_ms]
        for each in slow:
            os.kill(each.pid, signal.SIGCONT)
        missed = [heard(each).missed for each in slow]
    return (
        f"{count}" + (f", {suspended} of them suspended" if suspended else ""),
        " / ".join(f"{ms:.3f}" for ms in np.percentile(np.array(costs) * 1e3, (50, 99, 100))),
        " / ".join(f"{ms:.2f}" for ms in np.percentile(delays, (50, 95, 99))) if delays else "-",
        f"{share:.1%}",
        f"{grown / 1e6:.1f} MB",
        f"{np.mean(missed):.0f} of {marks}" if missed else "-",
    )


def say(publisher: Publisher, marks: int) -> list[float]:
    """Seconds that each mark cost the thread that said it."""
    costs = []
    begin = time.monotonic()
    for number in range(marks):
        time.sleep(max(begin + number / _PACE_HZ - time.monotonic(), 0))
        said = time.monotonic()
        publisher.said([Jump(1, number, said, "left", said)])
        costs.append(time.monotonic() - said)
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--marks", type=int, default=2000)
    parser.add_argument("--listen", metavar="ENDPOINT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.listen:
        listen(options.listen)
        return
    table = Table(title=f"Publishing: {options.marks} marks at {_PACE_HZ:g} a second, state 10 Hz")
    table.add_column("subscribers")
    table.add_column("a mark costs the station\np50 / p99 / most, ms", justify="right")
    table.add_column("mark to subscriber\np50 / p95 / p99, ms", justify="right")
    table.add_column("processor", justify="right")
    table.add_column("memory grew by", justify="right")
    table.add_column("suspended ones missed", justify="right")
    with tempfile.TemporaryDirectory() as folder:
        for count, suspended in ((0, 0), (1, 0), (10, 0), (10, 5)):
            table.add_row(*measure(Path(folder), count, suspended, options.marks))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
